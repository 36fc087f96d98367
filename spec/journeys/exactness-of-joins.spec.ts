/** Whom a commit concerns, where a query reads several tables, and where there are many queries. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Bench, done, fileEngines, withServer } from '../support/databases.ts';
import { assertRuns, LiveCheck, type Watchable } from '../support/live-check.ts';
import { record } from '../support/recorder.ts';

const joined = `
  CREATE TABLE person (id INTEGER PRIMARY KEY, city TEXT, name TEXT);
  CREATE TABLE pet (id INTEGER PRIMARY KEY, owner INTEGER, kind TEXT, name TEXT);
  INSERT INTO person VALUES (1, 'Bern', 'Ada'), (2, 'Oslo', 'Bob'), (3, 'Bern', 'Cyd');
  INSERT INTO pet VALUES (1, 1, 'cat', 'Tom'), (2, 1, 'dog', 'Rex'), (3, 2, 'cat', 'Kit');`;

const item =
  'CREATE TABLE item (id INTEGER PRIMARY KEY, kind TEXT, size INTEGER, name TEXT COLLATE NOCASE, weight REAL, note TEXT)';

for (const engine of fileEngines) {
  const on = (schema: string, body: (bench: Bench) => Promise<void>) => () =>
    withServer(
      async (bench) => {
        await done(bench.db.executeScript(schema));
        await body(bench);
      },
      { engine },
    );

  describe(`a live query of a join on ${engine.name}, beside a write`, () => {
    it(
      'is run by each side for its own part of the conditions',
      on(joined, (bench) =>
        assertRuns(
          bench,
          [
            [
              "SELECT person.name, pet.name AS pet FROM person JOIN pet ON pet.owner = person.id AND pet.kind = 'cat' WHERE city = ?",
              ['Bern'],
            ],
            "SELECT count(*) FROM person, pet WHERE owner = person.id AND kind = 'cat' AND city = 'Bern' AND person.name < pet.name",
          ],
          [
            ["INSERT INTO person (city, name) VALUES ('Oslo', 'Dan')", 0, 0],
            ["INSERT INTO person (city, name) VALUES ('Bern', 'Eve')", 1, 1],
            ["INSERT INTO pet (owner, kind, name) VALUES (1, 'dog', 'Bo')", 0, 0],
            ["INSERT INTO pet (owner, kind, name) VALUES (3, 'cat', 'Zoe')", 1, 1],
            ["UPDATE person SET name = 'Bobby' WHERE id = 2", 0, 0],
            ["UPDATE person SET city = 'Bern' WHERE id = 2", 1, 1],
            ["UPDATE pet SET kind = 'cow' WHERE kind = 'dog'", 0, 0],
            ["UPDATE pet SET kind = 'cow' WHERE id = 1", 1, 1],
            ["DELETE FROM pet WHERE kind = 'cow'", 0, 0],
          ],
        ),
      ),
    );

    it(
      'counts ON for the right side of a LEFT JOIN, and not WHERE: rows without a match are shown too',
      on(joined, (bench) =>
        assertRuns(
          bench,
          [
            "SELECT person.name, pet.name AS pet FROM person LEFT JOIN pet ON owner = person.id AND kind = 'cat' WHERE city = 'Bern'",
            // A person without a cat comes with the cat that goes to somebody else, or is none any more.
            "SELECT person.name FROM person LEFT JOIN pet ON owner = person.id AND kind = 'cat' WHERE pet.id IS NULL",
            "SELECT person.name FROM person LEFT JOIN pet ON owner = person.id WHERE pet.kind = 'cat'",
            "SELECT person.name FROM person LEFT JOIN pet ON owner = person.id AND city = 'Oslo' ORDER BY person.id",
          ],
          [
            ["UPDATE pet SET kind = 'cow' WHERE id = 2", 0, 0, 1, 0],
            ["UPDATE pet SET kind = 'dog' WHERE id = 1", 1, 1, 1, 0],
            ["UPDATE pet SET kind = 'cat' WHERE id = 2", 1, 1, 1, 0],
            ['UPDATE pet SET owner = 3 WHERE id = 2', 1, 1, 1, 1],
            ["INSERT INTO person (city, name) VALUES ('Oslo', 'Dan')", 0, 1, 1, 1],
            ["INSERT INTO pet (owner, kind, name) VALUES (4, 'cat', 'Kim')", 1, 1, 1, 1],
            ['DELETE FROM pet WHERE id = 3', 1, 1, 1, 1],
            ["UPDATE person SET city = 'Rome' WHERE id = 2", 0, 0, 0, 1],
          ],
        ),
      ),
    );

    it(
      'takes no filter from what else a row may be needed for',
      on(joined, async (bench) => {
        const check = await LiveCheck.of(bench, [
          "SELECT name FROM person WHERE city = 'Bern' OR id IN (SELECT owner FROM pet WHERE kind = 'cat')",
          "SELECT name FROM person WHERE city = 'Bern' AND NOT EXISTS (SELECT 1 FROM person p WHERE p.city = 'Oslo')",
          "SELECT name FROM person WHERE city = 'Bern' UNION ALL SELECT name FROM person WHERE city = 'Rome'",
          "SELECT name, (SELECT count(*) FROM person p WHERE p.city <> person.city) AS others FROM person WHERE city = 'Bern'",
          "SELECT max(name) FILTER (WHERE city = 'Bern') AS most, count(*) AS n FROM person",
          "SELECT city, count(*) AS n FROM person GROUP BY city HAVING city = 'Bern'",
          "SELECT name, rank() OVER (ORDER BY name) AS place FROM person WHERE city = 'Bern' OR random() IS NULL",
          "SELECT pet.name, person.name AS owner FROM pet LEFT JOIN person ON owner = person.id WHERE person.city IS NOT 'Bern'",
          "SELECT a.name FROM person a LEFT JOIN person b ON b.city = 'Rome' WHERE a.city = 'Bern' AND b.id IS NULL",
          "SELECT a.name FROM person a LEFT JOIN pet b ON b.owner = a.id LEFT JOIN pet c ON c.owner = b.id AND b.kind = 'cat'",
        ]);
        for (const write of [
          "UPDATE person SET city = 'Rome' WHERE id = 2",
          "UPDATE person SET city = 'Oslo' WHERE id = 1",
          "UPDATE pet SET kind = 'cow' WHERE id = 3",
          "UPDATE person SET name = 'Zed' WHERE id = 2",
          "INSERT INTO person (city, name) VALUES ('Bern', 'Eve'), ('Rome', 'Fay')",
          "DELETE FROM person WHERE city = 'Rome'",
          'UPDATE pet SET owner = 2 WHERE id = 1',
          'DELETE FROM pet',
        ])
          await check.write(write);
        check.stop();
      }),
    );

    it(
      'is run for either use of a table that it reads twice',
      on(joined, (bench) =>
        assertRuns(
          bench,
          [
            "SELECT a.name, b.name AS other FROM person a JOIN person b ON a.id < b.id WHERE a.city = 'Bern' AND b.city = 'Oslo' ORDER BY a.id, b.id",
            "SELECT a.name FROM person a JOIN person b ON b.id = a.id + 1 WHERE a.city = 'Bern' ORDER BY a.id",
          ],
          [
            ["INSERT INTO person (city, name) VALUES ('Rome', 'Dan')", 0, 1],
            ["INSERT INTO person (city, name) VALUES ('Oslo', 'Eve')", 1, 1],
            ["UPDATE person SET city = 'Rome' WHERE id = 1", 1, 1],
            ["UPDATE person SET name = 'Bobby' WHERE id = 2", 1, 1],
            ["UPDATE person SET name = 'Danny' WHERE id = 4", 0, 1],
          ],
        ),
      ),
    );
  });

  describe(`among many live queries on ${engine.name}`, () => {
    it(
      'a write to one of ten thousand keys runs one of ten thousand queries',
      on(item, async (bench) => {
        const { db, server } = bench;
        const [count, sql] = [10_000, 'SELECT id, size FROM item WHERE kind = ?'];
        const check = await LiveCheck.of(bench, []);
        const recorders = Array.from({ length: count }, (_, index) => record(db.watch(sql, [`kind ${index}`])));
        for (const recorder of recorders) await recorder.count(1);
        const runs = async (): Promise<number> => {
          const { liveQueries } = (await done(server.inspect()))!;
          return liveQueries.filter((query) => query.sql === sql).reduce((sum, query) => sum + query.runs, 0);
        };
        assert.equal(await runs(), count, 'each ran once');
        await done(db.execute("INSERT INTO item (kind, size) VALUES ('kind 7', 1), ('kind none', 1)"));
        await recorders[7]!.count(2);
        await done(db.execute("UPDATE item SET kind = 'kind 8' WHERE kind = 'kind 7'"));
        await Promise.all([recorders[7]!.count(3), recorders[8]!.count(2)]);
        await done(db.execute("UPDATE item SET note = 'unread'"));
        await check.settle();
        assert.equal(await runs(), count + 3);
        assert.equal(recorders.filter(({ values }) => values.length > 1).length, 2);
        for (const recorder of recorders) recorder.unsubscribe();
        check.stop();
      }),
    );

    it(
      'a write runs those of some hundred texts that it concerns',
      on(item, async (bench) => {
        const queries = Array.from({ length: 300 }, (_, index): Watchable => {
          const column = ['kind', 'size', 'name', 'weight'][index % 4]!;
          return index % 2 === 0
            ? [`SELECT ${index} AS number, id FROM item WHERE ${column} = ?`, [index]]
            : `SELECT ${index} AS number, count(*) AS n FROM item WHERE ${column} > ${index}`;
        });
        const check = await LiveCheck.of(bench, queries);
        const concerned = async (sql: string): Promise<number[]> => {
          const ran = await check.ranBy(sql);
          return ran.flatMap((runs, index) => (runs > 0 ? [index] : []));
        };
        assert.deepEqual(await concerned("INSERT INTO item (kind) VALUES ('100')"), [100]);
        assert.deepEqual(await concerned('INSERT INTO item (size) VALUES (8)'), [1, 5]);
        assert.deepEqual(await concerned('INSERT INTO item (weight) VALUES (10.5)'), [3, 7]);
        assert.deepEqual(await concerned("UPDATE item SET kind = '104' WHERE kind = '100'"), [100, 104]);
        assert.deepEqual(await concerned("UPDATE item SET note = 'unread'"), []);
        await check.assertFresh('all of these');
        check.stop();
      }),
    );
  });
}
