/** What a live query promises, in the words of the promise, over a real worker and a real file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { first, firstValueFrom, retry, Subject, shareReplay, take, tap } from 'rxjs';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { ConnectionClosedError, type Database, host, StatementError } from '../../lib/index.ts';
import { type Bench, done, fileEngines, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

interface Todo {
  readonly id: number;
  readonly title: string;
}

const schema = `
  CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT NOT NULL, done INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT);
  CREATE VIEW open_todo AS SELECT id, title FROM todo WHERE done = 0;`;

const todos = 'SELECT id, title FROM todo ORDER BY id';

/** Each run of this gives another result, so that each run is an emission. */
const everyRun = 'SELECT count(*) AS n, random() AS run FROM todo';

const add = (db: Pick<Database, 'execute'>, title: string) =>
  done(db.execute('INSERT INTO todo (title) VALUES (?)', [title]));

for (const engine of fileEngines) {
  const withTodos = (body: (bench: Bench) => Promise<void>) => () =>
    withServer(
      async (bench) => {
        await done(bench.db.executeScript(schema));
        await body(bench);
      },
      { engine },
    );

  describe(`a live query on ${engine.name}`, () => {
    it(
      'follows whatever a select gives, EXPLAIN too',
      withTodos(async ({ db }) => {
        const sql = 'EXPLAIN QUERY PLAN SELECT id FROM todo';
        const plan = await record(db.watch(sql)).count(1);
        assert.deepEqual(plan.last, await done(db.select(sql)));
        assert.equal((await done(db.explainWatch(sql)))?.result, 'whole');
        await add(db, 'unread');
        plan.unsubscribe();
      }),
    );

    it(
      'runs nothing until someone subscribes; the last unsubscribe stops all work for it',
      withTodos(async ({ db }) => {
        const query$ = db.watch('SELECT count(*) AS n, random() AS run FROM todo');
        await add(db, 'unseen');
        const first = await record(query$).count(1);
        const second = await record(query$).count(1);
        assert.deepEqual(first.last, second.last, 'both follow one run');
        first.unsubscribe();
        await add(db, 'seen by the second');
        await second.count(2);
        second.unsubscribe();
        await add(db, 'seen by none');
        const later = await record(query$).count(1);
        assert.equal((later.last as unknown as { n: number }[])[0]?.n, 3);
        assert.deepEqual([first.values.length, second.values.length], [1, 2]);
        later.unsubscribe();
      }),
    );

    it(
      'emits the present result first; then one after each relevant commit, until unsubscribed',
      withTodos(async ({ db }) => {
        await add(db, 'a');
        const watched = await record(db.watch<Todo>(todos)).count(1);
        await add(db, 'b');
        await watched.count(2);
        await done(db.execute('DELETE FROM todo WHERE id = 1'));
        await watched.count(3);
        watched.unsubscribe();
        await add(db, 'c');
        await done(db.select('SELECT 1'));
        assert.deepEqual(
          watched.values.map((rows) => rows.map(({ title }) => title)),
          [['a'], ['a', 'b'], ['b']],
        );
      }),
    );

    it(
      'emits one committed state of the database: never half a transaction, never a rolled-back one',
      withTodos(async ({ db, server }) => {
        const watched = await record(
          server.connect().watch('SELECT count(*) % 2 AS odd, count(*) AS n FROM todo'),
        ).count(1);
        for (let round = 0; round < 30; round++) {
          const isRolledBack = round % 3 === 2;
          const transaction = db.transaction(async (tx) => {
            await add(tx, 'one');
            await add(tx, 'two');
            if (isRolledBack) {
              await add(tx, 'three');
              throw new Error('taken back');
            }
          });
          await done(transaction).catch(() => undefined);
        }
        await watched.until(({ last }) => (last as unknown as { n: number }[])[0]?.n === 40);
        assert.ok(watched.values.every((rows) => rows[0]?.odd === 0));
      }),
    );

    it(
      'never emits an older version after a newer one',
      withTodos(async ({ db, server }) => {
        const watchers = await Promise.all(
          [db, server.connect(), server.connect()].map((client) =>
            record(client.watch('SELECT count(*) AS n FROM todo')).count(1),
          ),
        );
        const writers = [db, server.connect()];
        await Promise.all(Array.from({ length: 200 }, (_, index) => add(writers[index % 2]!, `${index}`)));
        for (const watched of watchers) {
          await watched.until(({ last }) => last?.[0]?.n === 200);
          const counts = watched.values.map((rows) => Number(rows[0]?.n));
          assert.deepEqual(
            counts,
            counts.toSorted((a, b) => a - b),
          );
        }
      }),
    );

    it(
      'emits no result from before a write of this Database once that write has emitted',
      withTodos(async ({ db }) => {
        const query$ = db.watch('SELECT count(*) AS n FROM todo');
        const seen = await record(query$).count(1);
        let acknowledged = 0;
        const early: string[] = [];
        const check = (rows: readonly Record<string, unknown>[]): void => {
          if (Number(rows[0]?.n) < acknowledged) early.push(`${rows[0]?.n} after ${acknowledged}`);
        };
        const checked = record(query$.pipe(tap(check)));
        await Promise.all(
          Array.from({ length: 300 }, async (_, index) => {
            await add(db, `${index}`);
            acknowledged++;
            // Whoever comes late must not be given what was current before the write.
            await firstValueFrom(query$).then(check);
          }),
        );
        assert.deepEqual(early, []);
        for (const recorder of [seen, checked]) recorder.unsubscribe();
      }),
    );

    it(
      'merges commits that come while a result is under way into one more run; under endless writes it still emits',
      withTodos(async ({ db, server }) => {
        const watched = await record(db.watch('SELECT count(*) AS n FROM todo')).count(1);
        let isWriting = true;
        const writers = [server.connect(), server.connect()].map(async (writer) => {
          let writes = 0;
          while (isWriting) {
            await Promise.all(Array.from({ length: 50 }, () => add(writer, 'more')));
            writes += 50;
          }
          return writes;
        });
        await watched.count(10);
        isWriting = false;
        const writes = (await Promise.all(writers)).reduce((a, b) => a + b);
        await watched.until(({ last }) => last?.[0]?.n === writes);
        assert.ok(watched.values.length < writes, `${watched.values.length} emissions of ${writes} commits`);
      }),
    );

    it(
      'emits nothing, and keeps its rows, where a column changes that another of its name hides',
      withTodos(async ({ db }) => {
        await done(
          db.batch((b) =>
            b.insert('todo', [
              { id: 1, title: 'a', done: 0 },
              { id: 2, title: 'b', done: 0 },
            ]),
          ),
        );
        const query = 'SELECT id, title AS x, done AS x FROM todo ORDER BY id';
        const [objects, arrays] = [record(db.watch(query)), record(db.watch(query, [], { rows: 'arrays' }))];
        for (const watched of [objects, arrays]) await watched.count(1);
        await done(db.execute("UPDATE todo SET title = 'hidden' WHERE id = 1"));
        await arrays.count(2);
        await done(db.execute("UPDATE todo SET title = 'hidden', done = 1 WHERE id = 2"));
        await arrays.count(3);
        await objects.count(2);
        const [before, after] = objects.values;
        assert.deepEqual(after, [
          { id: 1, x: 0 },
          { id: 2, x: 1 },
        ]);
        assert.equal(after![0], before![0]);
        assert.equal(objects.values.length, 2);
      }),
    );

    it(
      'is not run by a commit that cannot change the result; a run whose result is equal causes no emission',
      withTodos(async ({ db }) => {
        const runs = await record(db.watch(everyRun)).count(1);
        const equal = await record(db.watch('SELECT count(*) >= 0 AS always FROM todo')).count(1);
        await done(db.execute("INSERT INTO tag (name) VALUES ('other table')"));
        await done(db.execute('UPDATE todo SET done = 1 WHERE id = 99'));
        await done(db.execute("INSERT OR IGNORE INTO todo (id, title) SELECT 1, 'x' WHERE 0"));
        await done(db.transaction((tx) => tx.execute('DELETE FROM todo WHERE id = 99')));
        const failed = db.transaction(async (tx) => {
          await add(tx, 'taken back');
          throw new Error('no');
        });
        await assert.rejects(done(failed));
        const before = runs.values.length;
        await add(db, 'a');
        await runs.count(before + 1);
        assert.equal(before, 1, 'none of these caused a run');
        assert.equal(equal.values.length, 1);
      }),
    );

    it(
      'gives a row that did not change as the same object in the next emission',
      withTodos(async ({ db }) => {
        await done(
          db.batch((b) =>
            b.insert(
              'todo',
              ['a', 'b', 'c', 'd'].map((title) => ({ title })),
            ),
          ),
        );
        const watched = await record(db.watch<Todo>('SELECT id, title FROM todo ORDER BY title')).count(1);
        await done(db.execute("UPDATE todo SET title = 'z' WHERE id = 2"));
        await watched.count(2);
        await done(db.execute("INSERT INTO todo (title) VALUES ('0')"));
        await watched.count(3);
        const [first, second, third] = watched.values.map((rows) => new Map(rows.map((row) => [row.id, row])));
        for (const id of [1, 3, 4]) assert.ok(first!.get(id) === second!.get(id) && second!.get(id) === third!.get(id));
        assert.equal(second!.get(2), third!.get(2));
        assert.notEqual(first!.get(2), second!.get(2));
      }),
    );

    it(
      'is shared by equal queries of one Database; a late subscriber gets the latest at once',
      withTodos(async ({ db }) => {
        const ofOne = (n: number) => db.watch('SELECT ? AS n, random() AS run FROM todo', [n]);
        await add(db, 'a');
        const first = await record(ofOne(1)).count(1);
        const late = record(ofOne(1));
        assert.equal(late.values.length, 1, 'at once');
        assert.equal(late.last, first.last);
        const other = await record(ofOne(2)).count(1);
        const text = await record(db.watch('SELECT ? AS n, random() AS run FROM todo', ['1'])).count(1);
        assert.notDeepEqual(other.last, first.last);
        assert.notDeepEqual(text.last, first.last);
        await add(db, 'b');
        for (const recorder of [first, late]) await recorder.count(2);
        assert.equal(first.last, late.last);
      }),
    );

    it(
      'errors when it fails, and retry and friends work as with any other Observable',
      withTodos(async ({ db }) => {
        const failing = await record(db.watch('SELECT * FROM not_yet')).over();
        assert.ok(failing.error instanceof StatementError);
        assert.match(failing.error.message, /no such table: not_yet/);
        const tries = new Subject<void>();
        const watched = record(db.watch('SELECT * FROM not_yet').pipe(retry({ delay: () => tries.pipe(take(1)) })));
        await done(db.executeScript('CREATE TABLE not_yet (id INTEGER PRIMARY KEY)'));
        tries.next();
        await watched.count(1);
        await done(db.execute('INSERT INTO not_yet DEFAULT VALUES'));
        await watched.count(2);
        const dropped = record(db.watch('SELECT * FROM not_yet'));
        await dropped.count(1);
        await done(db.executeScript('DROP TABLE not_yet'));
        await dropped.over();
        assert.ok(dropped.error instanceof StatementError);
        await add(db, 'the server serves on');
      }),
    );

    it(
      'completes when its Database is closed, and errors with a ConnectionClosedError when the server is shut down',
      withTodos(async ({ db, server }) => {
        const other = server.connect();
        const [own, others] = await Promise.all([
          record(db.watch(todos)).count(1),
          record(other.watch(todos)).count(1),
        ]);
        await done(db.close());
        assert.ok(own.isComplete);
        assert.ok(!others.isOver);
        await done(server.shutdown());
        await others.over();
        assert.ok(others.error instanceof ConnectionClosedError);
      }),
    );

    it(
      "sees, in a transaction, that transaction's writes, and completes with it",
      withTodos(async ({ db, server }) => {
        const outside = await record(server.connect().watch<Todo>(todos)).count(1);
        const inside = await firstValueFrom(
          db.transaction(async (tx) => {
            const watched = await record(tx.watch<Todo>(todos)).count(1);
            await add(tx, 'a');
            await watched.count(2);
            await add(tx, 'b');
            await watched.count(3);
            await done(tx.select('SELECT 1'));
            assert.equal(outside.values.length, 1);
            return watched;
          }),
        );
        await inside.over();
        assert.ok(inside.isComplete);
        assert.deepEqual(
          inside.values.map((rows) => rows.length),
          [0, 1, 2],
        );
        await outside.count(2);
        let failed: typeof inside | undefined;
        const thrown = db.transaction(async (tx) => {
          failed = await record(tx.watch<Todo>(todos)).count(1);
          throw new Error('no');
        });
        await assert.rejects(done(thrown), /no/);
        await failed!.over();
        assert.ok(failed!.isComplete);
      }),
    );

    it(
      'on a view runs again when a table behind the view changes',
      withTodos(async ({ db }) => {
        const watched = await record(db.watch('SELECT title FROM open_todo')).count(1);
        await add(db, 'a');
        await watched.count(2);
        assert.deepEqual(watched.last, [{ title: 'a' }]);
      }),
    );

    it(
      'gives arrays and column names where they are asked for, also of an empty result',
      withTodos(async ({ db }) => {
        const watched = await record(db.watch('SELECT id, id, title FROM todo', [], { rows: 'arrays' })).count(1);
        assert.deepEqual(watched.last, { columns: ['id', 'id', 'title'], rows: [] });
        await add(db, 'a');
        await watched.count(2);
        assert.deepEqual(watched.last, { columns: ['id', 'id', 'title'], rows: [[1, 1, 'a']] });
      }),
    );

    it(
      'follows a changed schema with its columns',
      withTodos(async ({ db }) => {
        await add(db, 'a');
        const watched = await record(db.watch('SELECT * FROM todo')).count(1);
        await done(db.execute('ALTER TABLE todo ADD COLUMN note TEXT'));
        await watched.count(2);
        assert.deepEqual(watched.last, [{ id: 1, title: 'a', done: 0, note: null }]);
      }),
    );

    it(
      'is refused, by name, where the statement writes',
      withTodos(async ({ db }) => {
        const refused = await record(db.watch("INSERT INTO todo (title) VALUES ('x') RETURNING id")).over();
        assert.ok(refused.error instanceof StatementError);
        assert.match(refused.error.message, /only reads, and this statement writes/);
        assert.deepEqual(await done(db.select(todos)), []);
      }),
    );

    it(
      'of a slow reader beside a fast writer is merged, not piled up',
      withTodos(async ({ db, server }) => {
        // The reader's thread is kept busy in each emission, as a page that paints would be.
        let heard = 0;
        const reader = record(server.connect().watch('SELECT count(*) AS n FROM todo'));
        const busy = server
          .connect()
          .watch('SELECT count(*) AS m FROM todo')
          .subscribe(() => {
            heard++;
            const end = Date.now() + 20;
            while (Date.now() < end);
          });
        for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 100 }, () => add(db, 'x')));
        await reader.until(({ last }) => last?.[0]?.n === 2000);
        assert.ok(heard < 1000, `${heard} emissions of 2,000 commits`);
        busy.unsubscribe();
      }),
    );
  });
}

describe('a live query in memory', () => {
  it('is emitted as it stands after a flood of commits, though nobody asks anything more, and not for each of them', () =>
    withServer(
      async ({ db }) => {
        await done(db.executeScript(schema));
        const watched = await record(db.watch('SELECT count(*) AS n FROM todo')).count(1);
        for (let flood = 1; flood <= 10; flood++) {
          await Promise.all(Array.from({ length: 300 }, () => add(db, 'more')));
          await watched.until(({ last }) => last?.[0]?.n === 300 * flood);
        }
        assert.ok(watched.values.length < 300, `${watched.values.length} emissions of 3,000 commits`);
      },
      // Over a file it would be looked at anyway, to see whether others have written.
      { engine: { name: 'in memory', spec: () => betterSqlite3({}) } },
    ));

  it('is emitted as it stands though tests replace the timers of the thread that it is hosted in', async (test) => {
    const server = host(betterSqlite3({}));
    const db = server.connect();
    await done(db.executeScript(schema));
    test.mock.timers.enable({ apis: ['setTimeout', 'setImmediate', 'Date'] });
    const watched$ = db.watch<{ n: number }>('SELECT count(*) AS n FROM todo').pipe(shareReplay(1));
    const following = watched$.subscribe();
    for (let flood = 1; flood <= 5; flood++) {
      await Promise.all(Array.from({ length: 300 }, () => add(db, 'more')));
      await firstValueFrom(watched$.pipe(first(([row]) => row?.n === 300 * flood)));
    }
    following.unsubscribe();
    test.mock.timers.reset();
    await done(server.shutdown());
  });
});

describe('ten thousand live queries', () => {
  it('that were never subscribed leave nothing on the server or the client', () =>
    withServer(async ({ db }) => {
      await done(db.executeScript(schema));
      for (let i = 0; i < 10_000; i++) db.watch('SELECT * FROM todo WHERE id = ?', [i]);
      const runs = await record(db.watch(everyRun)).count(1);
      await add(db, 'a');
      await runs.count(2);
      runs.unsubscribe();
    }));
});
