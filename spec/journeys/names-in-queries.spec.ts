/** What a name in a query means, SQLite decides: a live query shows what a select does, and misses no write for it. */
import { describe, it } from 'node:test';
import { allEngines, done, withServer } from '../support/databases.ts';
import { LiveCheck } from '../support/live-check.ts';

const schema = `
  CREATE TABLE a (id INTEGER PRIMARY KEY, x INTEGER);
  CREATE TABLE b (id INTEGER PRIMARY KEY, y);
  CREATE TABLE odd (id INTEGER PRIMARY KEY, "true" INTEGER);
  CREATE TABLE bare (x);
  CREATE TABLE named (rowid INTEGER, w);
  CREATE TABLE other (rowid INTEGER, u);
  CREATE VIEW recent AS WITH recent AS (SELECT * FROM a WHERE x > 1) SELECT * FROM recent;
  CREATE VIEW p AS SELECT * FROM a WHERE EXISTS (WITH q AS (SELECT 1 AS n) SELECT 1 FROM q);
  CREATE VIEW q AS SELECT * FROM p;
  CREATE VIEW of_all AS SELECT x, (SELECT max(a.id)) AS m FROM a;
  CREATE VIEW in_one AS SELECT id, x, (SELECT group_concat(a.id) FROM b) AS g FROM a;
  CREATE VIEW unnamed AS SELECT (x), id AS x FROM a;
  CREATE VIEW plain AS SELECT id, x FROM a WHERE x < 9;
  CREATE TABLE task (id INTEGER PRIMARY KEY, size INTEGER, owner TEXT);
  INSERT INTO a VALUES (1, 1), (2, 2); INSERT INTO b VALUES (1, 1); INSERT INTO odd VALUES (1, 5);
  INSERT INTO bare VALUES (1); INSERT INTO named VALUES (7, 2); INSERT INTO other VALUES (7, 3);
  INSERT INTO task VALUES (1, 1, 'ada'), (2, 4, 'bob'), (3, 2, 'ada');`;

const given: Readonly<Record<string, { readonly queries: readonly string[]; readonly writes: readonly string[] }>> = {
  'an alias in the ON of a LEFT JOIN, which counts to WHERE where it is all of a condition': {
    queries: [
      'SELECT a.id, b.id AS bid, a.x = b.y AS m FROM a LEFT JOIN b ON m ORDER BY 1, 2',
      'SELECT a.id, b.id AS bid, a.x = b.y AS m FROM a LEFT JOIN b ON b.id > 0 AND (m AND 1) ORDER BY 1, 2',
      'SELECT a.id, b.id AS bid, a.x = b.y AS m FROM a LEFT JOIN b ON m = 1 ORDER BY 1, 2',
      'SELECT a.id, b.id AS bid, a.x = b.y AS m FROM a JOIN b ON m ORDER BY 1, 2',
      'SELECT DISTINCT a.id, b.id IS NULL AS m FROM a LEFT JOIN b ON b.y = a.x AND m ORDER BY 1',
      'SELECT a.id, b.id IS NULL AS m FROM a LEFT JOIN b ON b.y = a.x AND m UNION SELECT 0, 0 FROM a',
    ],
    writes: ['INSERT INTO b VALUES (2, 2)', 'UPDATE b SET y = 5 WHERE id = 1', 'INSERT INTO a VALUES (3, 5)'],
  },
  '`true` and `false`, where a column or an alias has the name': {
    queries: [
      'SELECT id FROM odd WHERE EXISTS (SELECT 1 FROM b WHERE y = true)',
      'SELECT id FROM odd WHERE EXISTS (SELECT 1 FROM (SELECT y FROM b WHERE y = true) AS s)',
      'SELECT id FROM odd WHERE id = (SELECT count(*) FROM b WHERE y IN (true, 77))',
      'SELECT id, x AS true FROM a WHERE EXISTS (SELECT 1 FROM b WHERE y = true)',
      'SELECT id, x AS true FROM a WHERE id = true',
      'SELECT x AS false, count(*) AS n FROM a WHERE id > false GROUP BY x ORDER BY x',
      'SELECT id, (x = true) AS m, x AS true FROM a WHERE m',
      'WITH c (true) AS (SELECT 5) SELECT true FROM c WHERE EXISTS (SELECT 1 FROM b WHERE y = true)',
      'SELECT id FROM a WHERE x = true OR EXISTS (SELECT 1 FROM b WHERE y = false)',
    ],
    writes: [
      'INSERT INTO b VALUES (2, 5)',
      'UPDATE a SET x = x + 1',
      'UPDATE b SET y = 0',
      'UPDATE b SET y = 2',
      'UPDATE a SET x = 1 WHERE id = 2',
      'UPDATE odd SET "true" = 2',
    ],
  },
  '`rowid`, where one table has a column of that name': {
    queries: [
      'SELECT bare.x, other.u FROM bare JOIN named JOIN other USING (rowid)',
      'SELECT rowid + 0 AS r FROM bare JOIN named',
      'SELECT max(rowid) AS r FROM bare JOIN named UNION SELECT 1 FROM bare',
      'SELECT w FROM bare JOIN named WHERE rowid = 8',
      'SELECT x FROM bare WHERE EXISTS (SELECT 1 FROM other, bare AS z WHERE rowid = 9)',
    ],
    writes: [
      'UPDATE named SET rowid = 8',
      'UPDATE other SET rowid = 8',
      'UPDATE other SET rowid = 9',
      'UPDATE bare SET rowid = 8',
    ],
  },
  'a view with a common table expression of the name of a view': {
    queries: [
      'SELECT * FROM recent ORDER BY id',
      'SELECT id FROM a WHERE x IN (SELECT x FROM recent) ORDER BY id',
      'WITH recent AS (SELECT 1 AS k) SELECT * FROM recent',
      'SELECT id FROM p ORDER BY id',
      'SELECT id FROM q WHERE x = 2',
    ],
    writes: ['INSERT INTO a VALUES (7, 2)', 'UPDATE a SET x = 0 WHERE id = 2'],
  },
  'an aggregate in a subquery, which makes one row of all that are around it': {
    queries: [
      'SELECT * FROM of_all WHERE x = 1',
      'SELECT * FROM (SELECT x, (SELECT max(a.id)) AS m FROM a) WHERE x = 1',
      'SELECT * FROM in_one WHERE id = 1',
      'SELECT b.y, of_all.m FROM b LEFT JOIN of_all ON of_all.x = 1 ORDER BY 1',
      'SELECT x FROM (SELECT x, (SELECT count(*) FROM b) AS n FROM a) WHERE x = 2 ORDER BY 1',
    ],
    writes: ['INSERT INTO a VALUES (7, 3)', 'INSERT INTO a VALUES (0, 3)', 'DELETE FROM a WHERE id > 1'],
  },
  'columns that SQLite gives a name': {
    queries: [
      'SELECT * FROM unnamed WHERE x = 3',
      'SELECT * FROM (SELECT x COLLATE NOCASE, id AS x FROM a) s WHERE x = 3',
      'SELECT * FROM (SELECT x+0, id AS "x+0" FROM a) s WHERE "x+0" = 3',
      'SELECT * FROM (SELECT true, id AS column1 FROM a) WHERE column1 = 1',
      'SELECT * FROM (SELECT s1.*, s1.id AS x FROM (SELECT (x), id FROM a) s1) WHERE x = 3',
      `SELECT * FROM (SELECT a.x, b.y AS x, a.id AS "x:1" FROM a, b) s WHERE "x:1" = 3`,
      'SELECT id, (SELECT count(*) FROM (SELECT rowid, x FROM a) s WHERE id = x) AS n FROM b',
      'SELECT y FROM b WHERE EXISTS (SELECT 1 FROM (SELECT rowid, x FROM a) WHERE id = x)',
      'SELECT w, (SELECT count(*) FROM (SELECT oid, x FROM bare) s WHERE rowid = x) AS n FROM named',
    ],
    writes: [
      'INSERT INTO a VALUES (7, 3)',
      'UPDATE a SET x = 1 WHERE id = 1',
      'INSERT INTO b VALUES (5, 3)',
      'INSERT INTO a VALUES (9, 5)',
      'INSERT INTO bare VALUES (7)',
      'DELETE FROM a WHERE x = 5',
    ],
  },
  'a view that is read in two ways': {
    queries: [
      'SELECT id FROM plain WHERE x = 2 UNION SELECT id + 100 FROM plain ORDER BY 1',
      'SELECT p1.id FROM plain p1 JOIN plain p2 ON p2.id = p1.id + 1 WHERE p1.x = 1 AND p2.x = 2',
      'SELECT id FROM plain WHERE x = 2 AND (SELECT count(*) FROM (plain JOIN b ON b.id = plain.id)) > 0',
    ],
    writes: ['UPDATE a SET x = 3 WHERE id = 1', 'INSERT INTO a VALUES (3, 1), (4, 2)', 'DELETE FROM a WHERE id = 1'],
  },
  'a column by its schema': {
    queries: [
      'SELECT id, upper(main.task.owner) AS o FROM task',
      'SELECT sum(main.task.size) AS s FROM task',
      'SELECT id, upper(main.task.owner) AS o FROM task UNION SELECT 0, 0 FROM task',
      'SELECT count(*) AS n FROM task GROUP BY main.task.owner ORDER BY n',
      'SELECT owner FROM task GROUP BY owner HAVING max(main.task.size) > 2',
      'SELECT id FROM task ORDER BY main.task.size + 0, id LIMIT 2',
      'SELECT id, rank() OVER (ORDER BY main.task.size) AS place FROM task',
      'SELECT count(*) FILTER (WHERE main.task.size > 2) AS n FROM task',
      'SELECT DISTINCT main.task.owner FROM task',
      "SELECT id FROM task WHERE main.task.owner = 'ada'",
    ],
    writes: [
      "UPDATE task SET owner = 'cyd' WHERE id = 1",
      'UPDATE task SET size = 9 WHERE id = 3',
      'DELETE FROM task WHERE id = 2',
    ],
  },
};

for (const engine of allEngines) {
  describe(`a live query on ${engine.name} shows what a select does, whatever its names mean`, () => {
    for (const [what, { queries, writes }] of Object.entries(given)) {
      it(what, () =>
        withServer(
          async (bench) => {
            await done(bench.db.executeScript(schema));
            const check = await LiveCheck.of(bench, queries);
            await check.assertFresh('nothing');
            for (const write of writes) await check.write(write);
            check.stop();
          },
          { engine },
        ),
      );
    }
  });
}
