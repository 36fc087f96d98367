/** Live results of rows and groups that are hard to tell apart: each is what a select gives. */
import { describe, it } from 'node:test';
import type { Params } from '../../lib/index.ts';
import { allEngines, done, withServer } from '../support/databases.ts';
import { LiveCheck, type Watchable } from '../support/live-check.ts';

interface Given {
  readonly schema: string;
  readonly queries: readonly Watchable[];
  readonly writes: readonly (string | readonly [sql: string, params: Params])[];
}

const given: Readonly<Record<string, Given>> = {
  'a key WITHOUT ROWID that compares otherwise than its column does': {
    schema: `
      CREATE TABLE t (k TEXT COLLATE NOCASE, n INT, PRIMARY KEY (k COLLATE BINARY)) WITHOUT ROWID;
      CREATE TABLE u (a INT, k TEXT COLLATE RTRIM, n INT, PRIMARY KEY (a, k COLLATE BINARY)) WITHOUT ROWID;
      INSERT INTO t VALUES ('a', 1), ('A', 2), ('b', 3); INSERT INTO u VALUES (1, 'a', 1), (1, 'a ', 2), (2, 'a', 3);`,
    queries: [
      'SELECT n FROM t ORDER BY n',
      'SELECT k, n FROM t ORDER BY n LIMIT 2',
      'SELECT x.n, y.k FROM t x LEFT JOIN t y ON x.n = y.n ORDER BY x.n',
      'SELECT k, count(*) AS c, sum(n) AS s FROM t GROUP BY k ORDER BY s',
      'SELECT n FROM u ORDER BY n',
    ],
    writes: [
      'UPDATE t SET n = 10 WHERE n = 1',
      'UPDATE u SET n = 10 WHERE n = 1',
      'DELETE FROM t WHERE n = 2',
      'UPDATE u SET a = 2 WHERE n = 2',
    ],
  },
  'a key that names a column twice': {
    schema: `
      CREATE TABLE t (a TEXT, b INT, c INT, d INT, PRIMARY KEY (a COLLATE NOCASE, a)) WITHOUT ROWID;
      INSERT INTO t VALUES ('a', 1, 1, 1), ('b', 2, 2, 2);`,
    queries: [
      'SELECT (SELECT max(b) FROM t) AS m',
      'SELECT (SELECT max(c) FROM t) AS m',
      'WITH z AS (SELECT c FROM t) SELECT c FROM z ORDER BY c',
      'SELECT a, d FROM t ORDER BY a',
    ],
    writes: [
      "UPDATE t SET b = 10 WHERE a = 'a'",
      "UPDATE t SET c = 10 WHERE a = 'a'",
      "UPDATE t SET d = 10 WHERE a = 'a'",
    ],
  },
  'a blob, and a text that looks like the name of it': {
    schema: `
      CREATE TABLE t (k PRIMARY KEY, n INT) WITHOUT ROWID;
      CREATE TABLE g (id INTEGER PRIMARY KEY, x, n INT);
      INSERT INTO t VALUES (x'01', 1), ('x1:1;', 2), (char(0) || 'x1:1;', 3), (char(0) || 's6:' || char(0) || 'x1:1;', 4);
      INSERT INTO g (x, n) VALUES (x'01', 1), (char(0) || 'blob 1', 2), (5, 3), ('blob 1', 4);`,
    queries: [
      'SELECT n FROM t ORDER BY n',
      'SELECT typeof(x) AS type, length(x) AS l, count(*) AS c, sum(n) AS s FROM g GROUP BY x ORDER BY 1, 2',
    ],
    writes: [
      'UPDATE t SET n = n + 10',
      "INSERT INTO g (x, n) VALUES (x'01', 10)",
      "INSERT INTO g (x, n) VALUES (char(0) || 'blob 1', 10)",
      ['UPDATE t SET n = 0 WHERE k = ?', [new Uint8Array([1])]],
      "DELETE FROM g WHERE x = x'01'",
    ],
  },
  'zeros of both signs, and a type whose name is no ASCII': {
    schema: `
      CREATE TABLE t (id INTEGER PRIMARY KEY, x, d ﬂOAT);
      INSERT INTO t VALUES (5, 0.0, 1), (6, 1.5, 2.5);`,
    queries: [
      'SELECT min(x) AS least FROM t',
      'SELECT typeof(d) AS z, count(*) AS c FROM t GROUP BY typeof(d) ORDER BY 1',
    ],
    writes: [['INSERT INTO t VALUES (1, ?, NULL)', [-0]], 'UPDATE t SET d = 7.0 WHERE id = 6'],
  },
};

for (const engine of allEngines) {
  describe(`a live result on ${engine.name} tells apart`, () => {
    for (const [what, { schema, queries, writes }] of Object.entries(given)) {
      it(what, () =>
        withServer(
          async (bench) => {
            await done(bench.db.executeScript(schema));
            const check = await LiveCheck.of(bench, queries);
            for (const write of writes) await check.write(write);
            check.stop();
          },
          { engine },
        ),
      );
    }
  });
}
