/** Every engine keeps the contract, and the file of one is a file for the others. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { EngineError, type EngineSpec } from '../../engines/engine.ts';
import { nodeSqlite } from '../../engines/node-sqlite.ts';
import { sqliteWasm } from '../../engines/sqlite-wasm.ts';
import { fileEngines, withFile } from '../support/databases.ts';
import { engineConformance } from './conformance.ts';
import { engineOn, openEngine, rowsOf, type WithEngine } from './engine-under-test.ts';
import { fileConformance, memoryConformance } from './file-conformance.ts';

const apart = { tellsPrefixesApart: true };
const together = { tellsPrefixesApart: false };

onFile('better-sqlite3 on a file', (file) => betterSqlite3({ file }), together);
inMemory('better-sqlite3 in memory', () => betterSqlite3({}), together);
onFile('node:sqlite on a file', (file) => nodeSqlite({ file }), apart);
inMemory('node:sqlite in memory', () => nodeSqlite({}), apart);
inMemory('sqlite-wasm in memory', () => sqliteWasm(), apart);

describe('a file', () => {
  for (const writer of fileEngines) {
    for (const reader of fileEngines.filter((engine) => engine !== writer)) {
      it(`that ${writer.name} wrote is read and written by ${reader.name}, also at the same time`, () =>
        withFile(async (file) => {
          const first = await openEngine(writer.spec(file));
          first.exec('CREATE TABLE t (v)');
          const insert = 'INSERT INTO t VALUES (?), (?), (?)';
          const row = [2n ** 62n, 'größe\0', 0.1] as const;
          first.prepare(insert, [null, null, null]).run(row);
          const second = await openEngine(reader.spec(file));
          assert.deepEqual(rowsOf(second, 'SELECT v FROM t').flat(), row);
          second.exec('DELETE FROM t WHERE rowid > 1');
          assert.deepEqual(rowsOf(first, 'SELECT v FROM t'), [[row[0]]]);
          first.close();
          second.close();
        }));
    }
  }
});

describe('sqlite-wasm', () => {
  it('refuses a file by name, in place of forgetting what is written to it', () =>
    withFile((file) => assert.rejects(openEngine({ ...sqliteWasm(), options: { file } }), EngineError)));
});

describe('the options of an engine', () => {
  for (const [name, engine] of Object.entries({ betterSqlite3, nodeSqlite })) {
    it(`name a file by its path, or say that there is none, to ${name}`, () => {
      for (const none of [undefined, null, 'todos.db'])
        assert.throws(() => engine(none as never), { name: 'TypeError', message: /\{ file: 'path' \}/ });
      assert.throws(() => engine({ file: new URL('file:///todos.db') as never }), /fileURLToPath/);
      assert.throws(() => engine({ file: 7 as never }), /file takes a path, not number/);
    });
  }

  for (const [name, engine] of Object.entries({ betterSqlite3, nodeSqlite, sqliteWasm })) {
    it(`have values that mean something to ${name}`, () => {
      for (const busyTimeoutMs of [Number.NaN, '5', null, -1, Number.POSITIVE_INFINITY] as never[])
        assert.throws(() => engine({ busyTimeoutMs }), { name: 'TypeError', message: /busyTimeoutMs takes a number/ });
      for (const durability of ['none', 'OFF', null] as never[])
        assert.throws(() => engine({ durability }), { name: 'TypeError', message: /durability takes/ });
      engine({ busyTimeoutMs: 0, durability: 'full' });
    });
  }
});

function onFile(
  name: string,
  spec: (file: string) => EngineSpec,
  flags: { readonly tellsPrefixesApart: boolean },
): void {
  const withEngine: WithEngine = (body, options) => withFile((file) => engineOn(() => spec(file))(body, options));
  engineConformance(name, withEngine, { ...flags, journalMode: 'wal' });
  fileConformance(name, spec);
}

function inMemory(name: string, spec: () => EngineSpec, flags: { readonly tellsPrefixesApart: boolean }): void {
  engineConformance(name, engineOn(spec), { ...flags, journalMode: 'memory' });
  memoryConformance(name, spec);
}
