/** Batches of many rows, over a real worker: they do what the same rows do one by one, and never hold the thread for long. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { firstValueFrom, timer } from 'rxjs';
import {
  type Bindable,
  type Database,
  OutcomeUnknownError,
  type SqlValue,
  StatementError,
  spawn,
  TransactionEndedError,
} from '../../lib/index.ts';
import { allEngines, type Bench, done, fileEngines, withFile, withServer } from '../support/databases.ts';

const schema = `
  CREATE TABLE plain (id INTEGER PRIMARY KEY, a, b TEXT);
  CREATE TABLE checked (id INTEGER PRIMARY KEY, a INTEGER CHECK (length(a) < 4), b NOT NULL);
  CREATE TABLE pair (a, b UNIQUE ON CONFLICT REPLACE);
  CREATE TABLE stubborn (a UNIQUE ON CONFLICT FAIL);
  CREATE TABLE strict (a INTEGER, b REAL, c BLOB) STRICT;
  CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, a);
  CREATE TABLE parent (id INTEGER PRIMARY KEY, name UNIQUE);
  CREATE TABLE child (id INTEGER PRIMARY KEY, parent REFERENCES parent ON DELETE CASCADE);
  CREATE TABLE tree (id INTEGER PRIMARY KEY, up REFERENCES tree);
  CREATE TABLE keyed (a PRIMARY KEY, b) WITHOUT ROWID;
  CREATE TABLE made (a, b AS (a * 2) STORED, c DEFAULT (last_insert_rowid()), d DEFAULT 7);
  CREATE TABLE seen (a, before);
  CREATE TABLE told (a);
  CREATE TRIGGER tell AFTER INSERT ON told BEGIN INSERT INTO seen VALUES (new.a, (SELECT count(*) FROM told)); END;
  CREATE VIEW shown AS SELECT a FROM plain;
  CREATE TRIGGER show INSTEAD OF INSERT ON shown BEGIN INSERT INTO plain (a) VALUES (new.a * 10); END;
  INSERT INTO parent VALUES (1, 'one'), (2, 'two');`;

const tables = 'plain checked pair stubborn strict counted parent child tree keyed made seen told'.split(' ');

/** All but the parents. */
const emptying = tables.map((table) => (table === 'parent' ? '' : `DELETE FROM ${table};`)).join('');

const count = 457;
const each = (row: (n: number) => readonly Bindable[]): (readonly Bindable[])[] =>
  Array.from({ length: count }, (_, n) => row(n));

/** A statement, and the rows for which it runs: `count` of them, so that some are left over whatever the size of a group is. */
const runs: readonly (readonly [what: string, sql: string, rows: readonly (readonly Bindable[])[]])[] = [
  [
    'values of every kind',
    'INSERT INTO plain (a, b) VALUES (?, ?)',
    each((n) => [kindOf(n), n % 3 ? `text ${n}` : null]),
  ],
  ['numbers as they are typed', 'INSERT INTO plain (b, a) VALUES (?, ?)', each((n) => [n, n % 2 ? n : n / 2])],
  ['keys in any order', 'INSERT INTO plain (id, a) VALUES (?, ?)', each((n) => [(n * 7919) % 10_007, n])],
  ['a key that is taken', 'INSERT INTO plain (id) VALUES (?)', each((n) => [n === 301 ? 17 : n])],
  ['keys that are taken, ignored', 'INSERT OR IGNORE INTO plain (id, a) VALUES (?, ?)', each((n) => [n % 100, n])],
  ['keys that are taken, replaced', 'INSERT OR REPLACE INTO plain (id, a) VALUES (?, ?)', each((n) => [n % 100, n])],
  [
    'keys that are taken, updated',
    'INSERT INTO plain (id, a) VALUES (?, ?) ON CONFLICT DO UPDATE SET a = a + 1',
    each((n) => [n % 9, 1]),
  ],
  ['a check that fails', 'INSERT INTO checked (a, b) VALUES (?, ?)', each((n) => [n === 400 ? 12_345 : n, 'x'])],
  [
    'a NULL where none may be',
    'INSERT INTO checked (a, b) VALUES (?, ?)',
    each((n) => [1, n === 456 ? null : new Uint8Array([n % 256])]),
  ],
  ['failures, ignored', 'INSERT OR IGNORE INTO checked (a, b) VALUES (?, ?)', each((n) => [n * 10, n % 2 ? 1 : null])],
  ['a constraint that replaces', 'INSERT INTO pair VALUES (?, ?)', each((n) => [n, n % 50])],
  ['a constraint that fails midway', 'INSERT INTO stubborn VALUES (?)', each((n) => [n === 250 ? 3 : n])],
  ['a strict type', 'INSERT INTO strict VALUES (?, ?, ?)', each((n) => [n, n === 333 ? 'no' : 1.5, null])],
  ['counted keys', 'INSERT INTO counted (a) VALUES (?)', each((n) => [n])],
  ['parents that are there', 'INSERT INTO child (parent) VALUES (?)', each((n) => [1 + (n % 2)])],
  ['a parent that is not', 'INSERT INTO child (parent) VALUES (?)', each((n) => [n === 222 ? 3 : 1])],
  ['parents that are replaced', 'INSERT OR REPLACE INTO parent VALUES (?, ?)', each((n) => [n % 9, `${n}`])],
  ['a parent that comes after', 'INSERT INTO tree VALUES (?, ?)', each((n) => [n, n === 105 ? 106 : null])],
  ['a tree from its root', 'INSERT INTO tree VALUES (?, ?)', each((n) => [n, n === 0 ? null : n >> 1])],
  ['rows without rowids', 'INSERT INTO keyed VALUES (?, ?)', each((n) => [`${n}`, n])],
  ['rows that are made of others', 'INSERT INTO made (a) VALUES (?)', each((n) => [n])],
  ['a trigger that counts', 'INSERT INTO told VALUES (?)', each((n) => [n])],
  ['a trigger in the place of a view', 'INSERT INTO shown (a) VALUES (?)', each((n) => [n])],
  ['a constant among parameters', "INSERT INTO plain (a, b) VALUES (?, 'b')", each((n) => [n])],
  ['numbered parameters', 'INSERT INTO plain (a, b) VALUES (?2, ?1)', each((n) => [n, 'x'])],
  ['rows given back', 'INSERT INTO plain (a) VALUES (?) RETURNING id', each((n) => [n])],
  ['an update', 'UPDATE parent SET name = name || ? WHERE id = ?', each((n) => ['.', n])],
  ['too many values', 'INSERT INTO plain (a) VALUES (?)', each((n) => [n, n])],
];

function kindOf(n: number): SqlValue {
  const kinds = [n, n + 0.5, -0, 2n ** 60n, BigInt(n), `${n}`, '', 'a\0b', new Uint8Array([n % 256]), null, Infinity];
  return kinds[n % kinds.length]!;
}

const outcomeOf = async (db: Database, work: Promise<unknown>): Promise<unknown> => {
  const outcome = await work.then(
    (executed) => ({ executed }),
    (error: unknown) => {
      assert.ok(error instanceof StatementError, String(error));
      const { name, message, code, parameterTypes } = error;
      return { name, message, code, parameterTypes };
    },
  );
  const dump = tables.map((table) =>
    `SELECT '${table}', rowid, * FROM ${table}`.replace('rowid, * FROM keyed', '* FROM keyed'),
  );
  const rows = await Promise.all(dump.map((sql) => firstValueFrom(db.select(sql, [], { rows: 'arrays' }))));
  const sequence = await firstValueFrom(db.select('SELECT * FROM sqlite_sequence'));
  return { outcome, rows: rows.map((result) => result.rows), sequence };
};

for (const engine of allEngines) {
  const withTables = (body: (bench: Bench) => Promise<void>): Promise<void> =>
    withServer(
      async (bench) => {
        await done(bench.db.executeScript(schema));
        await body(bench);
      },
      { engine },
    );

  describe(`a batch of many rows on ${engine.name}`, () => {
    it('does what each of them does', async () => {
      await withTables(({ db: together }) =>
        withTables(async ({ db: oneByOne }) => {
          for (const [what, sql, rows] of runs) {
            const outcome = await outcomeOf(together, done(together.batch((b) => b.executeMany(sql, rows))));
            const each = done(oneByOne.batch((b) => rows.forEach((row) => void b.execute(sql, row))));
            assert.deepStrictEqual(outcome, await outcomeOf(oneByOne, each), what);
            for (const db of [together, oneByOne]) await done(db.executeScript(emptying));
          }
        }),
      );
    });

    it('takes values of 100,000 rows, exactly, and in their order', () =>
      withTables(async ({ db }) => {
        const rows = Array.from({ length: 100_000 }, (_, n) => ({ id: n, a: kindOf(n), b: `${n}` }));
        const { changes, lastInsertRowid } = (await done(db.batch((b) => b.insert('plain', rows))))!;
        assert.deepEqual([changes, lastInsertRowid], [100_000, 99_999]);
        const found = await firstValueFrom(db.select('SELECT * FROM plain ORDER BY id'));
        const wanted = rows.map((row) => ({
          ...row,
          a: typeof row.a === 'bigint' && row.a < 2n ** 53n ? Number(row.a) : row.a,
        }));
        assert.deepStrictEqual(found, wanted);
      }));
  });
}

for (const engine of fileEngines) {
  const withTables = (body: (bench: Bench) => Promise<void>) => () =>
    withServer(
      async (bench) => {
        await done(bench.db.executeScript(schema));
        await body(bench);
      },
      { engine },
    );
  const total = 150_000;
  const many = Array.from({ length: total }, (_, n) => [n, 'x'.repeat(n % 50)]);
  const insert = 'INSERT INTO plain (id, b) VALUES (?, ?)';
  const countOf = async (db: Database): Promise<unknown> =>
    (await firstValueFrom(db.select('SELECT count(*) AS n FROM plain')))[0]!.n;

  describe(`a batch that is sent in parts on ${engine.name}`, () => {
    it(
      'runs before what is asked after it',
      withTables(async ({ db }) => {
        const batch = done(db.batch((b) => b.executeMany(insert, many)));
        const after = countOf(db);
        assert.equal(await after, total);
        await batch;
      }),
    );

    it(
      'keeps the values of the call, though they are changed while it is sent',
      withTables(async ({ db }) => {
        const rows = many.map(([id]) => [id!, 'before']);
        const objects = many.map(([id]) => ({ id: Number(id) + total, b: 'before' }));
        const batch = done(
          db.batch((b) => {
            b.executeMany(insert, rows);
            b.insert('plain', objects);
          }),
        );
        for (const row of rows) row[1] = 'after';
        for (const object of objects) object.b = 'after';
        await batch;
        assert.deepEqual(await firstValueFrom(db.select('SELECT DISTINCT b FROM plain')), [{ b: 'before' }]);
      }),
    );

    it(
      'does nothing where it is unsubscribed while it is sent, and leaves the others alone',
      withTables(async ({ db }) => {
        await done(db.select('SELECT 1'));
        const subscription = db.batch((b) => b.executeMany(insert, many)).subscribe(() => assert.fail());
        // Some of it has left by then.
        await turn();
        subscription.unsubscribe();
        assert.equal(await countOf(db), 0);
        await done(db.batch((b) => b.executeMany(insert, many)));
        assert.equal(await countOf(db), total);
      }),
    );

    it(
      'does not happen where the server is shut down while it is sent',
      withTables(async ({ server, db }) => {
        await done(db.select('SELECT 1'));
        const batch = done(db.batch((b) => b.executeMany(insert, many)));
        await turn();
        const refused = assert.rejects(batch, { name: 'NotExecutedError' });
        await Promise.all([done(server.shutdown()), refused]);
      }),
    );

    it(
      'is refused in a transaction that has ended',
      withTables(async ({ db }) => {
        let late: Promise<unknown> | undefined;
        await done(
          db.transaction((tx) => {
            void timer(0).forEach(() => {
              late = assert.rejects(done(tx.batch((b) => b.executeMany(insert, many))), TransactionEndedError);
            });
          }),
        );
        while (late === undefined) await firstValueFrom(timer(1));
        await late;
        assert.equal(await countOf(db), 0);
      }),
    );
  });
}

describe('a batch that is sent in parts when the worker dies', () => {
  it('comes whole to the next one, or is not known to have happened', () =>
    withFile(async (file) => {
      const workers: Worker[] = [];
      const start = (): Worker => {
        const worker = new Worker(new URL('../support/serve-file.ts', import.meta.url), { workerData: file });
        workers.push(worker);
        return worker;
      };
      const server = spawn(start, { restart: true });
      const db = server.connect();
      await done(db.executeScript(schema));
      const rows = Array.from({ length: 200_000 }, (_, n) => [n]);
      const batch = done(db.batch((b) => b.executeMany('INSERT INTO plain (id) VALUES (?)', rows)));
      await turn();
      const [first] = workers;
      const [outcome] = await Promise.all([batch.catch((error: unknown) => error), first?.terminate()]);
      const [row] = await firstValueFrom(db.select('SELECT count(*) AS n, max(id) AS last FROM plain'));
      if (outcome instanceof Error) assert.ok(outcome instanceof OutcomeUnknownError, String(outcome));
      else assert.deepEqual(row, { n: 200_000, last: 199_999 });
      assert.ok(row!.n === 0 || row!.n === 200_000);
      await done(server.shutdown());
    }));
});
