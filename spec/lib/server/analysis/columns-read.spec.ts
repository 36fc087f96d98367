/** The columns that a query reads are found from its program: each whose change can change the result, whatever the query. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betterSqlite3 } from '../../../../engines/better-sqlite3.ts';
import type { Engine } from '../../../../engines/engine.ts';
import { nodeSqlite } from '../../../../engines/node-sqlite.ts';
import { sqliteWasm } from '../../../../engines/sqlite-wasm.ts';
import { columnsReadBy } from '../../../../lib/server/analysis/columns-read.ts';
import { rowidColumn } from '../../../../lib/server/analysis/table-columns.ts';
import { Schema } from '../../../../lib/server/schema.ts';
import { openEngine, rowsOf } from '../../../engines/engine-under-test.ts';

const database = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c, d);
  CREATE TABLE u (id INTEGER PRIMARY KEY, t, e, f);
  CREATE TABLE w (k, l, m, n, PRIMARY KEY (l, k)) WITHOUT ROWID;
  CREATE TABLE g (id INTEGER PRIMARY KEY, a, twice AS (a * 2), kept AS (a + 1) STORED);
  CREATE TABLE p (x, y);
  CREATE INDEX t_ab ON t (a, b);
  CREATE INDEX t_c ON t (c);
  CREATE INDEX u_t ON u (t);
  CREATE INDEX w_n ON w (n);
  CREATE INDEX p_x ON p (x) WHERE y > 0;
  CREATE INDEX p_sum ON p (x + y);
  CREATE VIEW v AS SELECT a, b FROM t WHERE c > 0;
  CREATE VIEW o AS SELECT d FROM t ORDER BY c;
  INSERT INTO t VALUES (1, 1, 5, 2, 'p'), (2, 2, 4, 1, 'q'), (3, 2, 3, 4, 'r'), (4, 3, 2, 3, 's');
  INSERT INTO u VALUES (1, 1, 1, 'x'), (2, 1, 2, 'y'), (3, 3, 3, 'z');
  INSERT INTO w VALUES ('k1', 'l1', 1, 3), ('k2', 'l1', 2, 2), ('k3', 'l2', 3, 1);
  INSERT INTO g (id, a) VALUES (1, 1), (2, 2);
  INSERT INTO p VALUES (1, 1), (2, 2), (3, -1);`;

/** Queries, and the columns that they read of each table. */
const queries: readonly (readonly [sql: string, read: Readonly<Record<string, readonly string[] | 'all'>>])[] = [
  ['SELECT b FROM t', { t: ['b'] }],
  ['SELECT d FROM t', { t: ['d'] }],
  ['SELECT count(*) FROM t', { t: [] }],
  ['SELECT id FROM t', { t: ['id'] }],
  ['SELECT d FROM t WHERE id = 2', { t: ['id', 'd'] }],
  ['SELECT d FROM t WHERE id > 1 AND id < 4', { t: ['id', 'd'] }],
  ['SELECT d FROM t WHERE a = 2', { t: ['a', 'd'] }],
  ['SELECT b FROM t WHERE a = 2', { t: ['a', 'b'] }],
  ['SELECT d FROM t WHERE a = 2 AND b > 3', { t: ['a', 'b', 'd'] }],
  ['SELECT d FROM t WHERE a = 2 OR c = 3', { t: ['a', 'c', 'd'] }],
  ['SELECT d FROM t WHERE a IN (1, 3)', { t: ['a', 'd'] }],
  ['SELECT max(a) FROM t', { t: ['a'] }],
  ['SELECT max(id) FROM t', { t: ['id'] }],
  ['SELECT d FROM t ORDER BY c', { t: ['c', 'd'] }],
  ['SELECT d FROM t ORDER BY c LIMIT 2', { t: ['c', 'd'] }],
  ['SELECT d FROM t INDEXED BY t_c WHERE c > 0', { t: ['c', 'd'] }],
  ['SELECT DISTINCT a FROM t', { t: ['a'] }],
  ['SELECT a, max(d) FROM t GROUP BY a', { t: ['a', 'd'] }],
  ['SELECT d, sum(id) OVER (ORDER BY c) FROM t', { t: ['id', 'c', 'd'] }],
  ['SELECT t.d, u.f FROM t JOIN u ON u.t = t.id', { t: ['id', 'd'], u: ['t', 'f'] }],
  ['SELECT t.d, u.f FROM t LEFT JOIN u ON u.t = t.id AND u.e > 1', { t: ['id', 'd'], u: ['t', 'e', 'f'] }],
  ['SELECT x.d, y.b FROM t x JOIN t y ON y.c = x.c', { t: ['b', 'c', 'd'] }],
  ['SELECT f FROM u WHERE t IN (SELECT id FROM t WHERE d > 0)', { t: ['id', 'd'], u: ['t', 'f'] }],
  ['SELECT f FROM u WHERE EXISTS (SELECT 1 FROM t WHERE t.id = u.t AND c > 1)', { t: ['id', 'c'], u: ['t', 'f'] }],
  ['SELECT (SELECT max(d) FROM t WHERE t.id = u.t) FROM u', { t: ['id', 'd'], u: ['t'] }],
  ['SELECT a FROM v', { t: ['a', 'c'] }],
  ['SELECT d FROM o', { t: ['c', 'd'] }],
  ['SELECT d FROM t UNION SELECT f FROM u', { t: ['d'], u: ['f'] }],
  ['WITH few AS (SELECT a, d FROM t WHERE c < 9) SELECT d FROM few', { t: ['c', 'd'] }],
  ['SELECT m FROM w', { w: ['m'] }],
  ["SELECT m FROM w WHERE l = 'l1'", { w: ['l', 'm'] }],
  ['SELECT m FROM w WHERE n = 2', { w: ['k', 'l', 'm', 'n'] }],
  ['SELECT twice FROM g', { g: ['a'] }],
  ['SELECT kept FROM g', { g: ['kept'] }],
  ['SELECT x FROM p', { p: ['x'] }],
  ['SELECT x FROM p WHERE y > 0 AND x > 1', { p: 'all' }],
  ['SELECT y FROM p WHERE x + y = 2', { p: 'all' }],
  ['SELECT rowid FROM p', { p: ['rowid'] }],
];

/** Queries whose result depends on more than it names: on the order of rows, by a key or an index. */
const ordered: readonly string[] = [
  'SELECT d FROM t ORDER BY id DESC',
  'SELECT m FROM w ORDER BY l, k',
  'SELECT d, (SELECT 1) FROM t ORDER BY id',
  'SELECT d FROM (SELECT d FROM t ORDER BY id) LIMIT 2',
  'SELECT d FROM (SELECT d, id FROM t ORDER BY id DESC LIMIT 3)',
  'SELECT d FROM (SELECT d FROM t ORDER BY c LIMIT 2)',
  'WITH few AS (SELECT d FROM t ORDER BY id) SELECT d FROM few',
  'SELECT m FROM (SELECT m FROM w ORDER BY l, k)',
  'SELECT m FROM (SELECT m FROM w ORDER BY n)',
  'SELECT d FROM (SELECT d, row_number() OVER (ORDER BY id) AS place FROM t) WHERE place < 3',
  "SELECT group_concat(d, '') FROM (SELECT d FROM t ORDER BY c)",
  'SELECT group_concat(d ORDER BY id) FROM t WHERE (SELECT 1)',
  'SELECT f FROM u ORDER BY (SELECT c FROM t WHERE t.id = u.t), f',
  'SELECT d FROM t ORDER BY id LIMIT (SELECT count(*) FROM u)',
  'SELECT d FROM o LIMIT 1',
];

const writes: readonly string[] = [
  ...[
    'id = id + 10',
    'id = -id',
    'a = 9 - a',
    "a = 'z'",
    'b = -b',
    'b = NULL',
    'c = 9 - c',
    'c = NULL',
    "d = d || '!'",
    'd = NULL',
  ].flatMap((set) => ['1', '2', 'id'].map((id) => `UPDATE t SET ${set} WHERE id = ${id}`)),
  ...['id = -id', 't = 4', 't = NULL', 'e = -e', 'f = f || f'].flatMap((set) =>
    ['1', 'id'].map((id) => `UPDATE u SET ${set} WHERE id = ${id}`),
  ),
  ...["k = k || 'z'", "l = 'l9'", 'm = -m', 'n = 9 - n'].flatMap((set) =>
    ['m = 1', 'm < 9'].map((which) => `UPDATE w SET ${set} WHERE ${which}`),
  ),
  'UPDATE g SET a = 7 WHERE id = 1',
  ...['x = 7', 'y = 7', 'y = -7', 'rowid = 99'].map((set) => `UPDATE p SET ${set} WHERE rowid = 1`),
];

const engines = { 'better-sqlite3': betterSqlite3({}), 'node:sqlite': nodeSqlite({}), 'sqlite-wasm': sqliteWasm({}) };

for (const [name, spec] of Object.entries(engines)) {
  describe(`the columns that a query reads, told by ${name}`, () => {
    const withDatabase = async (
      body: (engine: Engine, read: (sql: string) => Map<string, 'all' | string[]>) => void,
    ) => {
      const engine = await openEngine(spec);
      engine.exec(database);
      const schema = new Schema(engine);
      body(engine, (sql) => namesRead(engine, schema, sql));
      engine.close();
    };

    it('are those that it uses: by a table, by an index, in a join, in a subquery, through a view', () =>
      withDatabase((_, read) => {
        for (const [sql, wanted] of queries) {
          const found = read(sql);
          for (const [table, columns] of Object.entries(wanted)) {
            const named = found.get(table);
            if (columns === 'all') assert.equal(named, 'all', sql);
            else
              for (const column of columns)
                assert.ok(named === 'all' || named?.includes(column), `${column} by ${sql}`);
          }
          assert.deepEqual([...found.keys()].sort(), Object.keys(wanted), sql);
        }
      }));

    it('are not those that it does not use', () =>
      withDatabase((_, read) => {
        for (const [sql, unused] of [
          ['SELECT d FROM t', 'abc'],
          ['SELECT d FROM t WHERE a = 2', 'bc'],
          ['SELECT count(*) FROM t', 'abcd'],
          ['SELECT max(a) FROM t', 'bcd'],
          ['SELECT a FROM v', 'bd'],
          ['SELECT f FROM u WHERE t IN (SELECT id FROM t WHERE d > 0)', 'abc'],
          ['SELECT t.d, u.f FROM t JOIN u ON u.t = t.id', 'abc'],
          ['WITH few AS (SELECT a, d FROM t WHERE c < 9) SELECT d FROM few', 'ab'],
          ['SELECT d FROM (SELECT d FROM t ORDER BY c)', 'ab'],
        ] as const) {
          const named = read(sql).get('t');
          assert.ok(named !== 'all' && named !== undefined, sql);
          assert.deepEqual(
            named.filter((column) => unused.includes(column)),
            [],
            sql,
          );
        }
      }));

    it('are all those whose change changes its result', () =>
      withDatabase((engine, read) => {
        const missed: string[] = [];
        for (const sql of [...queries.map(([query]) => query), ...ordered]) {
          const found = read(sql);
          const before = JSON.stringify(rowsOf(engine, sql));
          for (const write of writes) {
            const [, table = '', column = ''] = /^UPDATE (\w+) SET (\w+)/.exec(write)!;
            engine.exec('SAVEPOINT trial');
            engine.exec(write);
            const isChanged = JSON.stringify(rowsOf(engine, sql)) !== before;
            engine.exec('ROLLBACK TO trial; RELEASE trial');
            const named = found.get(table);
            // Without ORDER BY, the order in which rows come is nobody's promise.
            const isPromised = /order|max|count|group/i.test(sql) || rowsOf(engine, sql).length < 2;
            if (isChanged && isPromised && named !== 'all' && !named?.includes(column))
              missed.push(`${sql} | ${write}`);
          }
        }
        assert.deepEqual(missed, []);
      }));
  });
}

/** The names of the columns read, by table. */
function namesRead(engine: Engine, schema: Schema, sql: string): Map<string, 'all' | string[]> {
  // The view o has an ORDER BY.
  const isOrdered = /\border\b|\bFROM o\b/i.test(sql);
  return new Map(
    [...columnsReadBy(engine.explain(sql), schema, isOrdered)].map(([table, read]) => {
      const { columns } = schema.columnsOf(table)!;
      const names =
        read === 'all' ? 'all' : [...read].map((column) => (column === rowidColumn ? 'rowid' : columns[column]!.name));
      return [table, names] as const;
    }),
  );
}
