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
