/** Live results that were once wrong, late or never there, each found by attacking the public surface. */
import assert from 'node:assert/strict';
import { spawn as spawnProcess } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { firstValueFrom } from 'rxjs';
import { type Database, type HostOptions, host, type Params } from '../../lib/index.ts';
import { done, type EngineCase, onBetterSqlite3, onSqliteWasm, withFile, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

interface Attack {
  readonly schema: string;
  readonly query: string;
  readonly params?: Params;
  readonly writes: readonly (string | readonly [string, Params])[];
  readonly setup?: HostOptions['setup'];
  readonly engine?: EngineCase;
}

/** Enough rows for it to be cheaper to follow changes than to read the table. */
const filled = (table: string, values: string): string =>
  `WITH RECURSIVE s (n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM s WHERE n < 4000)
   INSERT INTO ${table} SELECT ${values} FROM s;`;

/** After each write, the live query must give what the query gives that is run afresh. */
const staysExact = (attack: Attack) => () =>
  withFile(async (file) => {
    const { schema, query, params = [], writes, setup, engine = onBetterSqlite3 } = attack;
    const server = host(engine.spec(file), setup ? { setup } : {});
    const db = server.connect();
    try {
      await done(db.executeScript(schema));
      const live = record(db.watch(query, params));
      const fresh = () => firstValueFrom(db.select(query, params)).catch((error: Error) => error.message);
      await live.until(({ values }) => values.length > 0);
      assert.deepEqual(live.last, await fresh());
      for (const write of writes) {
        const [sql, values] = typeof write === 'string' ? [write, []] : write;
        await done(db.execute(sql, values));
        const wanted = await fresh();
        await live
          .until(
            ({ last, error }) => isSame(typeof wanted === 'string' ? (error as Error)?.message : last, wanted),
            1000,
          )
          .catch(() => assert.deepEqual(live.error ?? live.last, wanted, sql));
      }
      live.unsubscribe();
    } finally {
      await done(server.shutdown());
    }
  });

function isSame(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

const t = `CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT, n INTEGER); ${filled('t', `n, n % 50, 'b' || (n % 7), n`)}`;

/** Another process changes the schema, holding the lock for a while. */
async function changesElsewhere(file: string, sql: string): Promise<void> {
  const script = `const db = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
    db.exec('BEGIN IMMEDIATE;' + process.argv[2]); console.log('held');
    setTimeout(() => { db.exec('COMMIT'); db.close(); }, 200);`;
  const other = spawnProcess(process.execPath, ['-e', script, file, sql], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(other.stdout, 'data');
}

const watched = async (db: Database): Promise<ReturnType<typeof record>> => {
  await done(db.executeScript('CREATE TABLE t (id INTEGER PRIMARY KEY, b, n); CREATE TABLE u (n);'));
  await record(db.watch(`SELECT id FROM t WHERE b = 'q'`)).until(({ values }) => values.length > 0);
  const other = record(db.watch('SELECT n FROM u'));
  await other.until(({ values }) => values.length > 0);
  await done(db.execute('INSERT INTO t VALUES (1, 2, 3)'));
  return other;
};

describe('exact results, under attack', () => {
  it(
    'a bigint that would fit a number finds its row',
    staysExact({
      schema: t,
      query: 'SELECT * FROM t WHERE id = ?',
      params: [5n],
      writes: [`INSERT INTO t VALUES (5, 1, 'x', 3)`],
    }),
  );

  it(
    'columns are named as the query writes them, parameters and all',
    staysExact({ schema: t, query: `SELECT id + ?, ? FROM t WHERE a = ?`, params: [1, 'k', 3], writes: [] }),
  );

  it(
    'a subquery in LIMIT is read like any other',
    staysExact({
      schema:
        'CREATE TABLE t (id INTEGER PRIMARY KEY, a, n INTEGER); INSERT INTO t VALUES (1, 9, 1), (2, 8, 1), (3, 7, 1)',
      query: 'SELECT a FROM t WHERE a > 5 ORDER BY a LIMIT (SELECT sum(n) - 2 FROM t)',
      writes: ['UPDATE t SET n = 2 WHERE id = 1', 'INSERT INTO t VALUES (9, 0, 1)'],
    }),
  );

  for (const condition of [`typeof(v) = 'real'`, 'v / 2 = 2.5', `v || '' = '5.0'`, `v LIKE '5.%'`]) {
    it(
      `a column without a type tells 5.0 from 5 in ${condition}`,
      staysExact({
        schema: `CREATE TABLE t (id INTEGER PRIMARY KEY, v); ${filled('t', 'n, n')}`,
        query: `SELECT id FROM t WHERE ${condition}`,
        writes: ['INSERT INTO t VALUES (1, 5.0)', 'INSERT INTO t VALUES (2, 5)', 'UPDATE t SET v = 5 WHERE id = 1'],
      }),
    );
  }

  it(
    'groups by an expression over a column without a type are told apart',
    staysExact({
      schema: `CREATE TABLE t (id INTEGER PRIMARY KEY, v); ${filled('t', 'n, n % 5')}`,
      query: `SELECT v || '' AS k, count(*) AS c FROM t GROUP BY v || '' ORDER BY k`,
      writes: ['INSERT INTO t VALUES (1, 3.0)', 'UPDATE t SET v = 3 WHERE id = 1'],
    }),
  );

  it(
    'groups by an expression over another table of the join are read',
    staysExact({
      schema: `CREATE TABLE p (c); CREATE TABLE q (id INTEGER PRIMARY KEY, a, b, c, d, e); INSERT INTO p VALUES (1)`,
      query: 'SELECT count(*) AS c FROM p JOIN q ON q.d IS p.c GROUP BY typeof(q.e)',
      writes: ['INSERT INTO q VALUES (1, 1, 1, 1, 1, 1)', 'INSERT INTO p VALUES (1)'],
    }),
  );

  for (const ordinal of ['+2', '0x2']) {
    it(
      `ORDER BY ${ordinal} means the second column`,
      staysExact({
        schema: t,
        query: `SELECT id, b FROM t ORDER BY ${ordinal}, id`,
        writes: [`INSERT INTO t VALUES (1, 1, 'zz', 1)`],
      }),
    );
  }

  for (const event of ['UPDATE OF a', 'DELETE']) {
    it(
      `a trigger that writes the row before its ${event} does not count twice`,
      staysExact({
        schema: `${t} CREATE TRIGGER tr BEFORE ${event} ON t BEGIN UPDATE t SET n = n + 1 WHERE id = old.id; END;`,
        query: 'SELECT count(*) AS c, sum(n) AS s FROM t',
        writes: ['UPDATE t SET a = 77 WHERE id = 1005', 'DELETE FROM t WHERE id = 1005'],
      }),
    );
  }

  it(
    'an aggregate of the application keeps its meaning under the name of a built-in one',
    staysExact({
      schema: t,
      query: 'SELECT a, sum(n) AS s FROM t GROUP BY a ORDER BY a',
      writes: ['UPDATE t SET n = 8 WHERE id = 1003'],
      setup: (db) =>
        db.aggregate<number>('sum', {
          start: () => 0,
          step: (total, value) => (total * 2 + Number(value)) % 1000,
          result: (total) => total,
        }),
    }),
  );

  it(
    'a sum that overflows on its way fails as the query does',
    staysExact({
      schema: `CREATE TABLE t (id INTEGER PRIMARY KEY, g, n INTEGER); ${filled('t', 'n, n, n')}
        INSERT INTO t VALUES (1, 1, 9223372036854775807);`,
      query: 'SELECT g, sum(n) AS s FROM t WHERE g = 1 GROUP BY g',
      writes: ['INSERT INTO t VALUES (2, 1, 5), (3, 1, -7)'],
    }),
  );

  it(
    'columns whose names differ by the case of a letter beyond ASCII are two',
    staysExact({
      schema: 'CREATE TABLE t (id INTEGER PRIMARY KEY, "ü", "Ü"); INSERT INTO t VALUES (1, 1, 1)',
      query: 'SELECT "Ü" FROM t WHERE "Ü" > 0',
      writes: ['UPDATE t SET "Ü" = 5', 'UPDATE t SET "Ü" = -5', 'UPDATE t SET "Ü" = 7'],
    }),
  );

  it(
    'a table whose name looks like one of another database is its own',
    staysExact({
      schema: `ATTACH ':memory:' AS other; CREATE TABLE "other.t" (x, id INTEGER PRIMARY KEY, a);
        CREATE TABLE other.t (id INTEGER PRIMARY KEY, c)`,
      query: 'SELECT a FROM "other.t" WHERE a > 1',
      writes: [
        'INSERT INTO "other.t" VALUES (0, 1, 5)',
        'UPDATE "other.t" SET a = 6',
        'INSERT INTO other.t VALUES (1, 1)',
      ],
    }),
  );

  it(
    'half of a pair of surrogates finds the text that stands for it',
    staysExact({
      schema: t,
      query: 'SELECT * FROM t WHERE b = ?',
      params: ['\ud83d'],
      writes: [['INSERT INTO t VALUES (5, 1, ?, 3)', ['\ud83d']]],
    }),
  );

  it(
    'NOCASE compares up to a zero byte',
    staysExact({
      schema: `CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT COLLATE NOCASE); ${filled('t', `n, 'x' || n`)}`,
      query: 'SELECT * FROM t WHERE b = ?',
      params: ['a\0b'],
      writes: [
        ['INSERT INTO t VALUES (5, ?)', ['A\0c']],
        ['INSERT INTO t VALUES (6, ?)', ['A\0cd']],
      ],
    }),
  );

  it(
    'a text that is no UTF-8 may be a key',
    staysExact({
      schema: `CREATE TABLE t (k TEXT PRIMARY KEY, v) WITHOUT ROWID; ${filled('t', `'x' || n, n`)}`,
      query: 'SELECT k, v FROM t ORDER BY k',
      writes: [`INSERT INTO t VALUES (CAST(x'ff' AS TEXT), 1)`, 'UPDATE t SET v = 2 WHERE v = 1'],
    }),
  );

  it(
    'a text that is no UTF-8 may be a group',
    staysExact({
      schema: `CREATE TABLE t (id INTEGER PRIMARY KEY, g TEXT, v); ${filled('t', `n, 'x' || n, n`)}`,
      query: 'SELECT g, count(*) AS c, max(v) AS m FROM t GROUP BY g ORDER BY g',
      writes: [`INSERT INTO t VALUES (1, CAST(x'ff' AS TEXT), 1)`, 'UPDATE t SET v = 2 WHERE v = 1'],
    }),
  );

  it(
    'texts of a database in UTF-16 are in its order',
    staysExact({
      schema: `PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT); ${filled('t', `n, 'b' || n`)}`,
      query: 'SELECT b FROM t ORDER BY b',
      writes: [`INSERT INTO t VALUES (1, 'āx')`, `INSERT INTO t VALUES (2, 'z')`],
    }),
  );

  it(
    'PRAGMA temp_store, which drops what is TEMP, hides no change',
    staysExact({
      schema: t,
      query: 'SELECT * FROM t WHERE a = 3',
      writes: [
        `INSERT INTO t VALUES (1, 3, 'a', 1)`,
        'PRAGMA temp_store = MEMORY',
        `INSERT INTO t VALUES (2, 3, 'a', 1)`,
        `INSERT INTO t VALUES (3, 3, 'a', 1)`,
      ],
    }),
  );

  for (const pragma of [
    'PRAGMA "temp_store" = MEMORY',
    'PRAGMA main.[temp_store](2)',
    "PRAGMA 'TEMP_STORE' = 2",
    'PRAGMA/* which drops what is TEMP */temp_store = 2',
    'EXPLAIN PRAGMA temp_store = 2',
    '-- acts when it is prepared\nEXPLAIN QUERY PLAN PRAGMA temp_store = 2',
  ]) {
    it(
      `${pragma} hides no change`,
      staysExact({
        schema: t,
        query: 'SELECT * FROM t WHERE a = 3',
        writes: [
          `INSERT INTO t VALUES (1, 3, 'a', 1)`,
          pragma,
          `INSERT INTO t VALUES (2, 3, 'a', 1)`,
          'UPDATE t SET b = a',
        ],
      }),
    );
  }

  for (const query of [
    `SELECT * FROM t WHERE name = 'ä'`,
    `SELECT * FROM t WHERE name >= 'ä' AND name <= 'ä'`,
    'SELECT * FROM t ORDER BY name',
    'SELECT count(*) FROM t GROUP BY name ORDER BY 1',
    `SELECT name = 'ä', count(*) FROM t GROUP BY name = 'ä'`,
    'SELECT max(name) FROM t',
  ]) {
    for (const collation of ['NOCASE', 'own']) {
      it(
        `a collation ${collation} of the application is what compares in ${query}`,
        staysExact({
          schema: `CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT COLLATE ${collation});
            INSERT INTO t VALUES (1, 'ä'), (3, 'ö'); ${filled('t', `n, 'n' || (n % 9)`)}`,
          query,
          writes: [
            `INSERT INTO t VALUES (2, 'Ä')`,
            `INSERT INTO t VALUES (4, 'Ñ')`,
            `UPDATE t SET name = 'À' WHERE id = 1`,
            `UPDATE t SET name = 'Þ' WHERE id = 3`,
            `INSERT INTO t VALUES (5, 'ù')`,
          ],
          engine: onSqliteWasm,
          setup: (db) =>
            db.collation(collation.toLowerCase(), (a, b) => {
              const [left, right] = [a.toLowerCase(), b.toLowerCase()];
              return left < right ? -1 : Number(left > right);
            }),
        }),
      );
    }
  }

  it(
    'PRAGMA case_sensitive_like counts from when it is given',
    staysExact({
      schema: t,
      query: `SELECT id FROM t WHERE b LIKE 'ZZ%'`,
      writes: [
        `INSERT INTO t VALUES (1, 3, 'zz', 1)`,
        'PRAGMA case_sensitive_like = ON',
        `INSERT INTO t VALUES (2, 3, 'ZZ', 1)`,
        'PRAGMA case_sensitive_like = OFF',
        `INSERT INTO t VALUES (3, 3, 'zz', 1)`,
      ],
    }),
  );

  it('a list of 5,000 parameters is followed as soon as it is asked for', { timeout: 20_000 }, () =>
    staysExact({
      schema: t,
      query: `SELECT id, b FROM t WHERE id IN (${Array(5000).fill('?').join()}) ORDER BY id`,
      params: Array.from({ length: 5000 }, (_, index) => index + 1000),
      writes: [`UPDATE t SET b = 'q' WHERE id = 1001`],
    })(),
  );

  for (const kind of ['execute', 'transaction'] as const) {
    it(`a column that another process drops while ${kind} waits for it does not fail the write`, () =>
      withServer(async ({ db, file }) => {
        await watched(db);
        await changesElsewhere(file, 'ALTER TABLE t DROP COLUMN b');
        const write = 'UPDATE t SET n = 5';
        await done(kind === 'execute' ? db.execute(write) : db.transaction((tx) => tx.execute(write)));
        assert.deepEqual(await firstValueFrom(db.select('SELECT n FROM t')), [{ n: 5 }]);
      }));
  }

  it('a watched table that another process drops while a write waits does not end the server', () =>
    withServer(async ({ db, file }) => {
      const other = await watched(db);
      await changesElsewhere(file, 'DROP TABLE t');
      await done(db.execute('INSERT INTO u VALUES (1)'));
      await done(db.execute('INSERT INTO u VALUES (2)'));
      await other.until(({ values }) => (values.at(-1) as unknown[]).length === 2);
    }));

  it('a watched table that another process dropped does not fail a later ALTER TABLE', () =>
    withServer(async ({ db, file }) => {
      await watched(db);
      await changesElsewhere(file, 'DROP TABLE t');
      await done(db.execute('INSERT INTO u VALUES (1)'));
      await done(db.execute('INSERT INTO u VALUES (2)'));
      await done(db.execute('ALTER TABLE u RENAME TO v'));
      await done(db.executeScript('CREATE TABLE t (z); INSERT INTO t VALUES (3)'));
      const names = 'SELECT name FROM sqlite_schema UNION ALL SELECT name FROM temp.sqlite_schema ORDER BY name';
      assert.deepEqual(await firstValueFrom(db.select(names)), [{ name: 't' }, { name: 'v' }]);
    }));
});
