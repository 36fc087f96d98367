/** What the engine over WebAssembly has beyond the contract: images, names, interruption, and a reader of its own. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import sqlite3 from '@sqlite.org/sqlite-wasm';
import { type SqliteWasmOptions, sqliteWasm } from '../../engines/sqlite-wasm.ts';
import { SluiceError, StorageUnavailableError } from '../../lib/model/errors.ts';
import { withFile } from '../support/databases.ts';
import { openEngine, refusal, rowsOf, valueFrom } from './engine-under-test.ts';

describe('sqlite-wasm given an image', () => {
  for (const journal of ['DELETE', 'WAL']) {
    it(`begins as that database, was its journal ${journal}, and is changed alone`, async () => {
      const image = await imageOf(`PRAGMA journal_mode = ${journal}; PRAGMA page_size = 1024; CREATE TABLE t (v);
        INSERT INTO t VALUES ('größe'), (9223372036854775807)`);
      const before = image.slice();
      const [first, second] = [await openEngine(sqliteWasm({ image })), await openEngine(sqliteWasm({ image }))];
      first.exec('DELETE FROM t');
      assert.deepEqual(rowsOf(second, 'SELECT v FROM t'), [['größe'], [2n ** 63n - 1n]]);
      assert.equal(valueFrom(first, 'SELECT count(*) FROM t'), 0);
      assert.deepEqual(image, before);
      first.close();
      second.close();
    });
  }

  it('refuses what is no database, and what is damaged, by code and words', async () => {
    const letter = new TextEncoder().encode('This is a letter, and not a database. '.repeat(100));
    const damaged = await imageOf('PRAGMA page_size = 1024; CREATE TABLE t (v); INSERT INTO t VALUES (zeroblob(5000))');
    damaged.fill(7, 1024);
    await assert.rejects(openEngine(sqliteWasm({ image: letter })), refusal(26, /^the image is not a database$/));
    await assert.rejects(openEngine(sqliteWasm({ image: new Uint8Array([1]) })), refusal(26, /not a database/));
    await assert.rejects(openEngine(sqliteWasm({ image: damaged })), refusal(11, /^the image is damaged$/));
  });
});

describe('sqlite-wasm', () => {
  it('refuses a name where there are no files of a site, and does with memory only if that is preferred', async () => {
    const refused = (error: unknown) =>
      error instanceof StorageUnavailableError && /'todos'.*no files/.test(error.message);
    await assert.rejects(openEngine(sqliteWasm({ name: 'todos' })), refused);
    const engine = await openEngine(sqliteWasm({ name: 'todos', persistence: 'preferred' }));
    assert.equal(engine.isTemporary, true);
    engine.close();
    const inMemory = await openEngine(sqliteWasm());
    assert.equal(inMemory.isTemporary, false);
    inMemory.close();
  });

  it('refuses options that it does not know at the call, by what is expected and what is given', () => {
    const misused: readonly (readonly [options: object, message: RegExp])[] = [
      [{ name: '' }, /name of a database is a text that is not empty/],
      [{ name: 7 }, /number given/],
      [{ image: 'bytes' }, /Uint8Array: string given/],
      [{ persistence: 'maybe' }, /one of required, preferred: maybe given/],
      [{ journal: 'off' }, /one of rollback, wal: off given/],
    ];
    for (const [options, message] of misused) {
      assert.throws(
        () => sqliteWasm(options as SqliteWasmOptions),
        (error: unknown) => {
          assert.ok(error instanceof SluiceError);
          assert.match(error.message, message);
          return true;
        },
      );
    }
  });

  it('gives a spec that can be sent, and opened where it arrives', async () => {
    const spec = structuredClone(sqliteWasm({ statementCacheSize: 3 }));
    assert.deepEqual(Object.keys(spec), ['module', 'options']);
    const engine = await openEngine(spec);
    assert.equal(valueFrom(engine, 'SELECT 1'), 1);
    engine.close();
  });

  it('ends a statement with code 9 once it is due, but none that ends a transaction', async () => {
    const engine = await openEngine(sqliteWasm());
    let isDue = false;
    engine.interruptWhen?.(() => isDue);
    const count = (to: number) =>
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${to}) SELECT count(*) FROM n`;
    assert.equal(valueFrom(engine, count(20_000)), 20_000);
    isDue = true;
    assert.throws(() => valueFrom(engine, count(1e9)), refusal(9, /interrupted/));
    const [begin, commit] = ['BEGIN', 'COMMIT'].map((sql) => engine.prepare(sql, []));
    // Their steps add up from run to run, until it is looked at the clock in one of them.
    for (let run = 0; run < 5_000; run++) {
      isDue = false;
      begin!.run([]);
      isDue = true;
      commit!.run([]);
    }
    assert.equal(engine.inTransaction, false);
    engine.close();
  });

  it('gives back texts of every length, short and long, ASCII and not', async () => {
    const engine = await openEngine(sqliteWasm());
    const select = engine.prepare('SELECT ?', [null]);
    const lengths = [
      ...Array.from({ length: 70 }, (_, length) => length),
      21_844,
      21_845,
      21_846,
      65_535,
      65_536,
      200_000,
    ];
    for (const length of lengths) {
      for (const text of ['a'.repeat(length), `${'a'.repeat(length)}é`, '€'.repeat(length), '😀'.repeat(length)]) {
        assert.ok(select.all([text])[0]![0] === text, `${length} times ${text.slice(0, 2)}`);
      }
    }
    engine.close();
  });

  it('goes on reading where the memory grows in the middle of a result', async () => {
    const engine = await openEngine(sqliteWasm());
    const rows = rowsOf(
      engine,
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
        SELECT i, 'text ' || i, zeroblob(i * 500000) FROM n`,
    );
    for (const [index, [i, text, blob]] of rows.entries()) {
      assert.deepEqual([i, text, (blob as Uint8Array).length], [index, `text ${index}`, index * 500_000]);
    }
    engine.close();
  });

  it('reads what the driver reads, and tells in what part of its time', async (test) => {
    const make = `CREATE TABLE t (id INTEGER PRIMARY KEY, title TEXT, price REAL, stock INTEGER, note TEXT);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
      INSERT INTO t SELECT i, 'title number ' || i, i * 0.5, i % 7, iif(i % 3, NULL, 'größe ' || i) FROM n`;
    const engine = await openEngine(sqliteWasm());
    const driver = new (await sqlite3()).oo1.DB(':memory:', 'c');
    engine.exec(make);
    driver.exec(make);
    const select = engine.prepare('SELECT * FROM t', []);
    const [ours, theirs] = [() => select.all([]), () => driver.selectArrays('SELECT * FROM t')];
    assert.deepEqual(ours().at(-1), theirs().at(-1));
    const times = [ours, theirs].map((read) => Math.min(...[1, 2, 3].map(() => timeOf(read))));
    test.diagnostic(
      `20,000 rows of five columns: ${times[0]!.toFixed(0)} ms, by the driver ${times[1]!.toFixed(0)} ms`,
    );
    engine.close();
    driver.close();
  });
});

function timeOf(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/** The file of a database that was made so. */
function imageOf(sql: string): Promise<Uint8Array> {
  return withFile(async (file) => {
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
    return new Uint8Array(readFileSync(file));
  });
}
