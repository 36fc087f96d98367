/** Statements are prepared once and kept, as many as may be, and how they are used is told. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstValueFrom } from 'rxjs';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { nodeSqlite } from '../../engines/node-sqlite.ts';
import { sqliteWasm } from '../../engines/sqlite-wasm.ts';
import { done, type EngineCase, withServer } from '../support/databases.ts';

const statementCacheSize = 10;
const engines: readonly EngineCase[] = [
  { name: 'better-sqlite3', spec: (file) => betterSqlite3({ file, statementCacheSize }) },
  { name: 'node:sqlite', spec: (file) => nodeSqlite({ file, statementCacheSize }) },
  { name: 'sqlite-wasm in memory', spec: () => sqliteWasm({ statementCacheSize }) },
];

for (const engine of engines) {
  describe(`the statements of a server on ${engine.name}`, () => {
    it('are kept as many as its cache holds, and inspect() tells how they are used', () =>
      withServer(
        async ({ db, server }) => {
          const used = async () => (await firstValueFrom(server.inspect())).statements;
          for (let round = 0; round < 3; round++) {
            for (let n = 0; n < 100; n++) {
              assert.deepEqual(await firstValueFrom(db.select(`SELECT ${n} AS n, ? AS p`, [round])), [{ n, p: round }]);
            }
            const { size, capacity, misses } = await used();
            assert.deepEqual({ size, capacity, misses }, { size: 10, capacity: 10, misses: 100 * (round + 1) });
          }
          const { hits, misses } = await used();
          for (let n = 0; n < 50; n++) await done(db.select('SELECT ? AS often', [n]));
          const after = await used();
          assert.equal(after.misses, misses + 1);
          assert.equal(after.hits, hits + 50);
          await done(db.execute('CREATE TABLE t (n)'));
          const before = await used();
          for (let n = 0; n < 10; n++) await done(db.select('INSERT INTO t VALUES (?) RETURNING n', [n]));
          assert.equal((await used()).hits, before.hits + 10);
        },
        { engine },
      ));
  });
}
