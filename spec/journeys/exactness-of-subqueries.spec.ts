/** Whom a commit concerns, where a query is made of several SELECTs: each lets in the rows that meet its own conditions. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Bench, done, fileEngines, withServer } from '../support/databases.ts';
import { assertRuns, LiveCheck } from '../support/live-check.ts';

const tasks = `
  CREATE TABLE list (id INTEGER PRIMARY KEY, name TEXT, team INTEGER);
  CREATE TABLE task (id INTEGER PRIMARY KEY, list INTEGER, owner TEXT COLLATE NOCASE, size INTEGER, note TEXT);
  CREATE TABLE extra (id INTEGER PRIMARY KEY, owner TEXT, made TEXT AS (upper(owner)));
  CREATE TABLE picked (owner TEXT);
  CREATE VIEW paired AS SELECT id, owner FROM task WHERE EXISTS (SELECT 1 FROM extra e WHERE e.owner = task.owner);
  CREATE VIEW small AS SELECT * FROM task WHERE size < 3;
  INSERT INTO list VALUES (1, 'home', 1), (2, 'work', 1), (3, 'garden', 2);
  INSERT INTO task (list, owner, size) VALUES (1, 'ada', 1), (1, 'bob', 2), (2, 'ada', 3), (3, 'cyd', 4);
  INSERT INTO extra (owner) VALUES ('ada'), ('bob');`;

for (const engine of fileEngines) {
  const on = (body: (bench: Bench) => Promise<void>) => () =>
    withServer(
      async (bench) => {
        await done(bench.db.executeScript(tasks));
        await body(bench);
      },
      { engine },
    );

  describe(`a live query of several SELECTs on ${engine.name}, beside a write`, () => {
    it(
      'is run for the rows that meet the conditions of a subquery, and for no other',
      on((bench) =>
        assertRuns(
          bench,
          [
            ['SELECT name FROM list WHERE id IN (SELECT list FROM task WHERE owner = ?) ORDER BY id', ['ADA']],
            "SELECT name FROM list WHERE EXISTS (SELECT 1 FROM task WHERE task.list = list.id AND owner = 'ada' AND size > team)",
            'SELECT name, (SELECT count(*) FROM task t WHERE t.list = list.id AND t.size > 2) AS large FROM list WHERE team = 1',
            [
              'SELECT count(*) AS n FROM (SELECT list FROM task WHERE owner = :who AND size BETWEEN 1 AND 3) AS own',
              { who: 'ada' },
            ],
            "SELECT name FROM list WHERE (SELECT sum(size) FROM task WHERE owner = 'ada' AND EXISTS (SELECT 1 FROM extra WHERE extra.owner = task.owner AND extra.owner = 'ada')) > 2",
          ],
          [
            ["INSERT INTO task (list, owner, size) VALUES (3, 'Bob', 1)", 0, 0, 0, 0, 0],
            ["INSERT INTO task (list, owner, size) VALUES (3, 'ADA', 1)", 1, 1, 0, 1, 1],
            ["UPDATE task SET note = 'read by none'", 0, 0, 0, 0, 0],
            ["UPDATE task SET size = 9 WHERE owner = 'cyd'", 0, 0, 1, 0, 0],
            ["UPDATE task SET owner = 'dan' WHERE id = 1", 1, 1, 0, 1, 1],
            ["UPDATE list SET name = 'attic' WHERE team = 2", 1, 1, 0, 0, 1],
            ["INSERT INTO extra (owner) VALUES ('dan')", 0, 0, 0, 0, 0],
            ["INSERT INTO extra (owner) VALUES ('ada')", 0, 0, 0, 0, 1],
            ["DELETE FROM task WHERE owner = 'bob'", 0, 0, 0, 0, 0],
          ],
        ),
      ),
    );

    it(
      'is run for the rows that any part of a compound or of WITH lets in, and for no other',
      on((bench) =>
        assertRuns(
          bench,
          [
            "SELECT id FROM task WHERE owner = 'ada' UNION SELECT id FROM task WHERE size > 3 ORDER BY 1",
            "SELECT owner, made FROM extra WHERE owner = 'ada' UNION ALL SELECT owner, note FROM task WHERE owner = 'cyd'",
            [
              'WITH own AS (SELECT * FROM task WHERE owner = ?) SELECT name, size FROM own JOIN list ON list.id = own.list',
              ['ada'],
            ],
            'WITH RECURSIVE few (n) AS (SELECT count(*) FROM task WHERE size > 3 UNION ALL SELECT n - 1 FROM few WHERE n > 0) SELECT n FROM few',
          ],
          [
            ["INSERT INTO task (list, owner, size) VALUES (3, 'Bob', 1)", 0, 0, 0, 0],
            ["INSERT INTO task (list, owner, size) VALUES (3, 'cyd', 1)", 0, 1, 0, 0],
            ['UPDATE task SET size = 5 WHERE id = 2', 1, 0, 0, 1],
            // The first reads `size` of one row and `id` of another: columns are told apart by table alone.
            ['UPDATE task SET size = 2 WHERE id = 1', 1, 0, 1, 0],
            ["UPDATE extra SET owner = 'Bob' WHERE owner = 'bob'", 0, 0, 0, 0],
            ["INSERT INTO extra (owner) VALUES ('ada')", 0, 1, 0, 0],
            ['UPDATE list SET team = 3', 0, 0, 0, 0],
            ["UPDATE list SET name = 'x' WHERE id = 3", 0, 0, 1, 0],
          ],
        ),
      ),
    );

    it(
      'is run for the rows that meet the conditions of a view or a subquery in FROM and those around it, and for no other',
      on(async (bench) => {
        await done(
          bench.db.executeScript(`
            CREATE VIEW own (number, place, who, large) AS
              SELECT t.id, l.name, t.owner, t.size * 2 FROM task t LEFT JOIN list l ON l.id = t.list AND l.team < 9 WHERE t.size < 9;
            CREATE VIEW own_of_ada AS SELECT number, place FROM own WHERE who = 'ada';
            CREATE VIEW by_owner AS SELECT owner, count(*) AS n FROM task WHERE size > 1 GROUP BY owner;`),
        );
        await assertRuns(
          bench,
          [
            ['SELECT * FROM own WHERE who = ?', ['ADA']],
            'SELECT place FROM own_of_ada WHERE number > 1',
            "SELECT s.id, list.name FROM list JOIN (SELECT id, list AS l, owner FROM task WHERE size < 4) AS s ON s.l = list.id AND s.owner = 'bob' WHERE team = 1",
            "SELECT list.name, s.id FROM list LEFT JOIN small AS s ON s.list = list.id AND s.owner = 'bob' WHERE list.id = 1",
            "SELECT n FROM by_owner WHERE owner = 'ada'",
            "SELECT large FROM own WHERE large > 12 AND place IS 'home'",
          ],
          [
            ["INSERT INTO task (list, owner, size) VALUES (3, 'cyd', 1)", 0, 0, 0, 0, 0, 1],
            ["INSERT INTO task (list, owner, size) VALUES (3, 'ADA', 9)", 0, 0, 0, 0, 1, 0],
            ["INSERT INTO task (list, owner, size) VALUES (3, 'ADA', 2)", 1, 1, 0, 0, 1, 1],
            ["INSERT INTO task (list, owner, size) VALUES (1, 'Bob', 3)", 0, 0, 1, 0, 1, 1],
            ["INSERT INTO task (list, owner, size) VALUES (1, 'BOB', 1)", 0, 0, 1, 1, 0, 1],
            ["UPDATE list SET name = 'den' WHERE id = 3", 1, 1, 0, 0, 0, 1],
            ['UPDATE list SET team = 10 WHERE id = 3', 1, 1, 0, 0, 0, 1],
            ["UPDATE list SET name = 'loft' WHERE id = 3", 0, 0, 0, 0, 0, 0],
            ["UPDATE list SET name = 'home!' WHERE id = 1", 1, 1, 1, 1, 0, 1],
          ],
        );
      }),
    );

    it(
      'takes no filter from a SELECT where a name may mean something else',
      on(async (bench) => {
        const check = await LiveCheck.of(bench, [
          "WITH task AS (SELECT id, 'ada' AS owner FROM main.task) SELECT id FROM task WHERE owner = 'bob' OR id < 3",
          "SELECT id FROM task WHERE owner = 'ada' AND id IN (SELECT id FROM small)",
          "SELECT id FROM (SELECT id, owner FROM task LIMIT 2) WHERE owner = 'ada'",
          'SELECT owner FROM (SELECT list, owner FROM task GROUP BY owner) WHERE list = 1',
          'SELECT owner FROM (SELECT list, owner FROM task GROUP BY owner HAVING count(*) = 1) WHERE list = 1',
          "SELECT n FROM (SELECT id, owner, row_number() OVER (ORDER BY owner) AS n FROM task) WHERE owner = 'cyd'",
          "SELECT n FROM (SELECT owner, count(*) AS n FROM task) WHERE owner = 'ada' OR n > 2",
          "SELECT t.owner FROM list LEFT JOIN (SELECT * FROM task WHERE size < 9) t ON t.list = list.id WHERE t.owner IS NOT 'ada'",
          'SELECT a.id FROM (SELECT t.id, e.owner FROM task t LEFT JOIN extra e ON e.owner = t.owner) a WHERE a.owner IS NULL',
          'SELECT s.a FROM (SELECT id AS a, size AS b FROM task UNION ALL SELECT size, id FROM task) s WHERE s.b = 2',
          'SELECT s.size FROM (SELECT size * 2 AS size, owner FROM task) s WHERE s.size = 6',
          "SELECT x FROM (SELECT owner AS x, note AS owner FROM task) WHERE owner = 'ada' OR x = 'ada'",
          "SELECT id FROM paired WHERE owner <> 'cyd' UNION SELECT id FROM extra WHERE owner = 'zoe'",
          "SELECT id FROM small WHERE id NOT IN (SELECT id FROM task WHERE owner = 'ada')",
          "SELECT name FROM list WHERE 'cyd' IN (SELECT owner FROM task WHERE list = list.id) OR id IN (SELECT list FROM small)",
          "SELECT name FROM list WHERE EXISTS (SELECT 1 FROM extra WHERE team = 1 AND owner = 'ada')",
          "SELECT id FROM task WHERE size IN (WITH picked AS (SELECT 9 AS owner) SELECT owner FROM picked WHERE owner < 0) OR owner IN picked OR EXISTS (SELECT 1 FROM main.picked WHERE owner = 'zoe')",
          "SELECT t.id FROM (task AS t JOIN list ON list.id = t.list) UNION ALL SELECT id FROM task WHERE owner = 'zoe'",
          "SELECT t.id FROM (task AS t JOIN list ON list.id = t.list) WHERE team = 1 AND t.owner = 'ada'",
          "SELECT id FROM task WHERE owner = 'ada' AND size IN (SELECT size FROM task ORDER BY size DESC LIMIT 2)",
          "SELECT l.name FROM list l LEFT JOIN (SELECT list FROM task WHERE owner = 'ada') t ON t.list = l.id WHERE t.list IS NULL",
          'SELECT name FROM list WHERE NOT EXISTS (SELECT 1 FROM task t LEFT JOIN extra e ON e.owner = t.owner WHERE e.id IS NULL AND t.list = list.id)',
        ]);
        for (const write of [
          "INSERT INTO task (id, list, owner) VALUES (0, 2, 'dan'), (8, 1, 'dan')",
          'DELETE FROM task WHERE id = 0',
          "INSERT INTO task (id, list, owner) VALUES (9, 2, 'dan')",
          "INSERT INTO task (list, owner, size) VALUES (2, 'bob', 1)",
          'DELETE FROM task WHERE id = 3',
          "INSERT INTO task VALUES (3, 2, 'ada', 3, NULL)",
          'DELETE FROM task WHERE id = 2',
          "INSERT INTO task VALUES (2, 1, 'bob', 2, NULL)",
          "UPDATE task SET owner = 'ada' WHERE id = 4",
          "UPDATE task SET owner = 'dan' WHERE id = 1",
          'UPDATE task SET size = 7 WHERE id = 2',
          "INSERT INTO task (list, owner, size) VALUES (2, 'cyd', 1), (3, 'eve', 9)",
          'UPDATE list SET team = 4 - id',
          "INSERT INTO picked VALUES ('bob')",
          "UPDATE extra SET owner = 'dan' WHERE owner = 'bob'",
          "DELETE FROM extra WHERE owner = 'ada'",
          'UPDATE task SET list = 4 - list',
          'DELETE FROM task WHERE size > 3',
          'DELETE FROM task',
        ])
          await check.write(write);
        check.stop();
      }),
    );

    it(
      'knows a name in WHERE that is an alias as what it stands for',
      on(async (bench) => {
        const queries = [
          "SELECT id, owner AS who FROM task WHERE who = 'ada' ORDER BY id",
          'SELECT id, size * 2 AS "twice" FROM task WHERE [twice] > 5 AND list = 2 ORDER BY id',
          'SELECT t.id, t.size + ?1 AS sum FROM task AS t JOIN list ON list.id = t.list WHERE sum > ?2 AND team = 1',
        ];
        const params = [[], [], [10, 12]];
        for (const [index, sql] of queries.entries()) {
          const explained = (await done(bench.db.explainWatch(sql, params[index])))!;
          assert.equal(explained.result, 'rows', sql);
        }
        await assertRuns(
          bench,
          queries.map((sql, index) => [sql, params[index]!] as const),
          [
            ["UPDATE task SET size = 8 WHERE owner = 'bob'", 0, 0, 1],
            ["UPDATE task SET size = 9 WHERE owner = 'ada' AND list = 2", 0, 1, 1],
            ["UPDATE task SET owner = 'Ada' WHERE id = 2", 1, 0, 0],
            ["UPDATE task SET size = 1 WHERE owner = 'cyd'", 0, 0, 1],
            ["UPDATE task SET size = 2 WHERE owner = 'cyd'", 0, 0, 0],
          ],
        );
        const check = await LiveCheck.of(bench, [
          // A parameter that a copy would number anew, and a column that hides an alias.
          ['SELECT id, size + ? AS sum FROM task WHERE sum > ?', [1, 3]],
          "SELECT id, note AS owner FROM task WHERE owner = 'ada'",
          "SELECT id, note AS owner, size * 2 AS twice FROM task WHERE owner = 'ada' OR twice > 7",
        ]);
        for (const write of ["UPDATE task SET owner = 'ada', size = 6", 'UPDATE task SET size = 1 WHERE id < 3'])
          await check.write(write);
        check.stop();
      }),
    );
  });
}
