/** Threads that read: what they make go on at the same time, and that nobody can tell otherwise that there are any. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { concatMap, firstValueFrom, type Observable, Subject, toArray } from 'rxjs';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { nodeSqlite } from '../../engines/node-sqlite.ts';
import {
  ConnectionClosedError,
  type Database,
  host,
  NotExecutedError,
  OpenError,
  QueueTimeoutError,
  type Scope,
  type Server,
  SluiceError,
  versionOf,
} from '../../lib/index.ts';
import { type Bench, done, type EngineCase, onBetterSqlite3, withFile, withServer } from '../support/databases.ts';
import { randomNumbers, randomOperation, randomSchema, randomTables } from '../support/random-operations.ts';
import { record } from '../support/recorder.ts';

const onReaders: readonly EngineCase[] = [
  { name: 'better-sqlite3', spec: (file) => betterSqlite3({ file, readers: 2 }) },
  { name: 'node:sqlite', spec: (file) => nodeSqlite({ file, readers: 2 }) },
];
const oneReader: EngineCase = { name: 'one reader', spec: (file) => betterSqlite3({ file, readers: 1 }) };

const module = new URL('../support/reader-setup.ts', import.meta.url);
const schema = 'CREATE TABLE counter (n INTEGER); INSERT INTO counter VALUES (0)';
const count = (db: Pick<Scope, 'execute'>) => db.execute('UPDATE counter SET n = n + 1');

/** A query that takes a few milliseconds at least, so that it is never quick. */
const lasting = (columns: string, rows = 5000) => `
  SELECT ${columns} FROM counter
  WHERE (WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < ${rows}) SELECT count(*) FROM i) > 0`;
/** … half a second and more. */
const endless = lasting('n', 4_000_000);

const numbersTo = (end: number) =>
  `WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < ${end}) SELECT i FROM i`;
const numbers = (length: number) => Array.from({ length }, (_, n) => n);
const one = async <R>(rows: Observable<readonly R[]>): Promise<R> => (await firstValueFrom(rows))[0]!;

/** The thread of the server. */
const writer = async (db: Pick<Database, 'select'>): Promise<number> => {
  await done(db.select('CREATE TEMP TABLE IF NOT EXISTS own (x)'));
  const { thread } = await one(db.select<{ thread: number }>('SELECT thread() AS thread, count(*) FROM own'));
  return thread;
};

const withReaders = (body: (bench: Bench) => Promise<void>, engine = onReaders[0]!) =>
  withServer(
    async (bench) => {
      await done(bench.db.executeScript(schema));
      await body(bench);
    },
    { engine, module },
  );

/** Has a transaction open that has written, while `body` runs. */
const duringTransaction = async (server: Server, body: () => Promise<void>): Promise<void> => {
  const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const running = done(
    server.connect().transaction(async (tx) => {
      await done(count(tx));
      begun.resolve();
      await end.promise;
    }),
  );
  await begun.promise;
  await body();
  end.resolve();
  await running;
};

/** What came of an operation, as far as it can be compared. */
const outcomeOf = async (operation: Observable<unknown>): Promise<unknown> => {
  const { values, error } = await record(operation).over();
  const { name, message, code } = (error ?? {}) as { name?: string; message?: string; code?: number };
  return { values, name, message, code };
};

for (const engine of onReaders) {
  describe(`readers on ${engine.name}`, () => {
    it('answer while a transaction of another client is open, as of the last commit, on threads of their own', () =>
      withReaders(async ({ db, server }) => {
        const own = await writer(db);
        await duringTransaction(server, async () => {
          for (const sql of ['SELECT n, thread() AS thread FROM counter', lasting('n, thread() AS thread')]) {
            for (let time = 0; time < 10; time++) {
              const { n, thread } = await one(db.select<{ n: number; thread: number }>(sql));
              assert.equal(n, 0);
              assert.notEqual(thread, own);
            }
          }
        });
        assert.equal((await one(db.select<{ n: number }>('SELECT n FROM counter'))).n, 1);
      }, engine));

    it('run long reads while writes go on', () =>
      withReaders(async ({ db, server }) => {
        const reading = record(server.connect().select<{ n: number }>(endless));
        for (let n = 0; n < 20; n++) await done(count(db));
        assert.ok(!reading.isOver, 'twenty writes were done before it');
        await reading.over();
        assert.equal(reading.values[0]!.length, 1);
      }, engine));

    it('give each operation of a client what it would have without them, for random operations of three seeds', async () => {
      for (const seed of [3, 4, 6]) {
        const [beside, alone] = await Promise.all(
          [engine, { ...engine, spec: (file: string) => ({ ...engine.spec(file), options: { file } }) }].map((each) =>
            withServer(
              async ({ db }) => {
                await done(db.executeScript(randomSchema));
                const random = randomNumbers(seed);
                const outcomes: unknown[] = [];
                for (let burst = 0; burst < 20; burst++) {
                  const operations = numbers(1 + random(30)).map(() => randomOperation(random)(db));
                  outcomes.push(...(await Promise.all(operations.map(outcomeOf))));
                }
                for (const table of randomTables) outcomes.push(await outcomeOf(db.select(`SELECT * FROM ${table}`)));
                return outcomes;
              },
              { engine: each },
            ),
          ),
        );
        for (const [index, outcome] of beside!.entries()) assert.deepEqual(outcome, alone![index]);
      }
    });
  });
}

describe('a read by a reader', () => {
  it('sees each write that its client asked before it, also where that is not acknowledged, and none asked after it', () =>
    withReaders(async ({ db, server }) => {
      const other = server.connect();
      let isOver = false;
      const busy = (async () => {
        while (!isOver) await done(other.execute('INSERT INTO counter SELECT -1 WHERE 0'));
      })();
      for (let n = 1; n <= 60; n++) {
        const write = done(count(db));
        const unacknowledged = one(db.select<{ n: number }>(lasting('n')));
        const later = done(db.execute('UPDATE counter SET n = n + 0.5'));
        const between = one(db.select<{ n: number }>(lasting('n')));
        const back = done(db.execute('UPDATE counter SET n = n - 0.5'));
        assert.equal((await unacknowledged).n, n);
        assert.equal((await between).n, n + 0.5);
        await Promise.all([write, later, back]);
        assert.equal((await one(db.select<{ n: number }>(lasting('n')))).n, n);
      }
      isOver = true;
      await busy;
    }));

  it('comes after the transaction that its client asked before it', () =>
    withReaders(async ({ db }) => {
      await one(db.select(lasting('n')));
      const begun = Promise.withResolvers<void>();
      const transaction = done(
        db.transaction(async (tx) => {
          await done(count(tx));
          begun.resolve();
          await new Promise((resolve) => setTimeout(resolve, 100));
          await done(count(tx));
        }),
      );
      await begun.promise;
      assert.equal((await one(db.select<{ n: number }>(lasting('n')))).n, 2);
      await transaction;
    }));

  it('is of the version that it tells, while others commit one by one and many at once', () =>
    withReaders(async ({ db, server }) => {
      const { version } = await firstValueFrom(count(db));
      let isOver = false;
      const [single, flood] = [server.connect(), server.connect()];
      const writing = [
        (async () => {
          while (!isOver) await done(count(single));
        })(),
        (async () => {
          while (!isOver) await Promise.all(numbers(200).map(() => done(count(flood))));
        })(),
        (async () => {
          while (!isOver) await done(single.transaction((tx) => count(tx)));
        })(),
      ];
      const seen = new Set<number>();
      for (let time = 0; time < 200; time++) {
        const rows = await firstValueFrom(db.select<{ n: number }>(lasting('n', 1000 + time)));
        assert.equal(versionOf(rows), version - 1 + rows[0]!.n);
        seen.add(rows[0]!.n);
      }
      isOver = true;
      await Promise.all(writing);
      assert.ok(seen.size > 100, 'others did commit');
    }));

  it('is never from before a version that its client has seen', () =>
    withReaders(async ({ db, server }) => {
      const other = server.connect();
      let isOver = false;
      const writing = (async () => {
        while (!isOver) await done(count(other));
      })();
      const watched = await record(db.watch<{ n: number }>('SELECT n FROM counter')).count(1);
      for (let time = 0; time < 100; time++) {
        await watched.count(watched.values.length + 1);
        const seen = watched.last![0]!.n;
        const { n } = await one(db.select<{ n: number }>(lasting('n')));
        assert.ok(n >= seen, `${n} after ${seen}`);
      }
      isOver = true;
      await writing;
      watched.unsubscribe();
    }));

  it('has the columns that there are now', () =>
    withReaders(async ({ db }) => {
      await done(db.executeScript('CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2)'));
      const select$ = db.select('SELECT *, thread() > 0 AS t FROM t');
      assert.deepEqual(await one(select$), { a: 1, b: 2, t: 1 });
      await done(db.execute('ALTER TABLE t RENAME COLUMN a TO c'));
      assert.deepEqual(await one(select$), { c: 1, b: 2, t: 1 });
      await done(db.execute('ALTER TABLE t DROP COLUMN b'));
      assert.deepEqual(await one(select$), { c: 1, t: 1 });
      await done(db.execute('DROP TABLE t'));
      assert.match(String((await record(select$).over()).error), /no such table: t/);
    }));

  it('that only the connection which writes can answer runs there', () =>
    withReaders(async ({ db }) => {
      await done(db.execute("ATTACH ':memory:' AS other"));
      await done(
        db.executeScript(`
          CREATE TEMP TABLE mine AS SELECT 1 AS x;
          CREATE TABLE other.theirs AS SELECT 2 AS x;
          CREATE TABLE other.left_out (id INTEGER PRIMARY KEY);
          CREATE TEMP TABLE "a""b" (id INTEGER PRIMARY KEY);
          CREATE VIEW shown AS SELECT 3 AS x;
          CREATE TEMP VIEW shown AS SELECT n AS x FROM counter;`),
      );
      await done(db.execute('UPDATE counter SET n = 4'));
      const values = await Promise.all(
        [
          'SELECT x FROM mine',
          'SELECT x FROM theirs',
          'SELECT x FROM shown',
          'SELECT n AS x FROM counter LEFT JOIN left_out ON left_out.id = n',
          'SELECT n AS x FROM counter LEFT JOIN "a""b" AS q ON q.id = n',
          'SELECT changes() AS x',
          "SELECT count(*) AS x FROM pragma_database_list WHERE name IN ('temp', 'other')",
        ].map((sql) => one(db.select<{ x: number }>(sql))),
      );
      assert.deepEqual(
        values.map(({ x }) => x),
        [1, 2, 4, 4, 4, 1, 2],
      );
      assert.deepEqual((await firstValueFrom(db.stream('SELECT x FROM theirs').pipe(toArray())))[0], { x: 2 });
    }));

  it('waits for a transaction that changed the schema: names mean what is committed', () =>
    withReaders(async ({ db, server }) => {
      await done(db.executeScript("CREATE TABLE t (x); INSERT INTO t VALUES ('main'); CREATE TEMP TABLE t (x)"));
      await done(db.execute("INSERT INTO temp.t VALUES ('temp')"));
      const begun = Promise.withResolvers<void>();
      const end = Promise.withResolvers<void>();
      const takenBack = server.connect().transaction(async (tx) => {
        await done(tx.execute('DROP TABLE temp.t'));
        await done(tx.execute('ALTER TABLE counter RENAME COLUMN n TO m'));
        begun.resolve();
        await end.promise;
        throw new Error('taken back');
      });
      const running = assert.rejects(done(takenBack), /taken back/);
      await begun.promise;
      const reads = [one(db.select('SELECT x FROM t')), one(db.select(lasting('n')))];
      await new Promise((resolve) => setTimeout(resolve, 50));
      end.resolve();
      await running;
      assert.deepEqual(await Promise.all(reads), [{ x: 'temp' }, { n: 0 }]);
    }));

  it('waits for an exclusive section of another client', () =>
    withReaders(async ({ db, server }) => {
      assert.deepEqual(await one(db.select(lasting('n'))), { n: 0 }, 'a reader is there');
      const seen: string[] = [];
      const read = Promise.withResolvers<void>();
      const section = server.connect().exclusive(async (alone) => {
        await done(count(alone));
        void one(db.select<{ n: number }>(lasting('n'))).then(({ n }) => {
          seen.push(`read ${n}`);
          read.resolve();
        });
        await new Promise((resolve) => setTimeout(resolve, 50));
        await done(alone.execute('UPDATE counter SET n = 7'));
        seen.push('section');
      });
      await done(section);
      await read.promise;
      assert.deepEqual(seen, ['section', 'read 7']);
    }));

  it('gets its rows though its connection is closed, however short its patience', () =>
    withReaders(async ({ server }) => {
      const db = server.connect({ queueTimeoutMs: 40 });
      const read = one(db.select(endless));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await done(db.close());
      assert.deepEqual(await read, { n: 0 });
    }));

  it('is made where the database is written, if no reader can open it', () =>
    withServer(
      async ({ db, server }) => {
        await done(db.executeScript(schema));
        assert.deepEqual(await one(db.select(lasting('n'))), { n: 0 });
        assert.match((await firstValueFrom(server.inspect())).readers?.failure ?? '', /no reader here/);
      },
      { engine: oneReader, module: new URL('../support/no-reader-setup.ts', import.meta.url) },
    ));

  it('whose reader ends in the middle of many rows is begun anew, and has each row once', () =>
    withReaders(async ({ db, file }) => {
      const sql = `SELECT i, CASE WHEN i = 20000 THEN end_once(?) END FROM (${numbersTo(30_000)})`;
      for (const rows of ['objects', 'arrays', 'lazy'] as const) {
        const result = await firstValueFrom(db.select<{ i: number }>(sql, [`${file}.${rows}`], { rows } as object));
        const all = Array.isArray(result) ? result : [...((result as { rows?: Iterable<unknown> }).rows ?? result)];
        assert.ok(existsSync(`${file}.${rows}`), 'a reader ended');
        assert.equal(all.length, 30_000);
      }
    }, oneReader));

  it('that nobody wants any more does not hold up the end of the server', () =>
    withReaders(async ({ db, server, file }) => {
      const [begun, ended] = [`${file}.begun`, `${file}.ended`];
      const sql = `
        SELECT n, mark(?2) FROM counter
        WHERE CASE WHEN mark(?1) THEN (SELECT count(*) FROM (${numbersTo(30_000_000)})) END > 0`;
      const read = record(db.select(sql, [begun, ended]));
      while (!existsSync(begun)) await new Promise((resolve) => setTimeout(resolve, 10));
      await done(server.shutdown());
      assert.ok((await read.over()).error instanceof NotExecutedError);
      assert.ok(!existsSync(ended), 'its thread is still at it');
    }));

  it('is what a PRAGMA of a client makes it, since there are no readers from then on', () =>
    withReaders(async ({ db, server }) => {
      const like$ = db.select<{ x: number }>("SELECT 'A' LIKE 'a' AS x, thread() > 0 FROM counter");
      assert.equal((await one(like$)).x, 1);
      await done(db.execute('PRAGMA user_version = 5'));
      assert.equal((await firstValueFrom(server.inspect())).readers?.failure, undefined);
      await done(db.execute('PRAGMA case_sensitive_like = ON'));
      assert.equal((await one(like$)).x, 0);
      const streamed = await firstValueFrom(db.stream("SELECT 'A' LIKE 'a' AS x FROM counter").pipe(toArray()));
      assert.deepEqual(streamed, [{ x: 0 }]);
      assert.match((await firstValueFrom(server.inspect())).readers?.failure ?? '', /PRAGMA/);
    }));

  it('that ends its thread is asked again of another, and by its client none is missed', () =>
    withReaders(async ({ db, server, file }) => {
      const reads = numbers(5).map((n) =>
        one(
          server.connect().select<{ n: number }>(`SELECT n + ${n} AS n, end_once(?) FROM counter`, [`${file}.ended`]),
        ),
      );
      const results = await Promise.all(reads);
      assert.ok(existsSync(`${file}.ended`));
      assert.deepEqual(
        results.map(({ n }) => n),
        [0, 1, 2, 3, 4],
      );
      await done(count(db));
      assert.equal((await one(db.select<{ n: number }>('SELECT n FROM counter'))).n, 1);
    }));

  it('that ends every thread that runs it fails, and harms nobody else', () =>
    withReaders(async ({ db }) => {
      const { error } = await record(db.select('SELECT end_always() FROM counter')).over();
      assert.ok(error instanceof SluiceError);
      assert.match(error.message, /ended 2 times: SELECT end_always/);
      assert.equal((await one(db.select<{ n: number }>(lasting('n')))).n, 0);
    }));

  it('that is unsubscribed leaves its thread, and another takes its place', () =>
    withReaders(async ({ db, server }) => {
      const thread$ = server.connect().select<{ thread: number }>(lasting('thread() AS thread'));
      const before = await one(thread$);
      const busy = record(db.select(endless));
      while ((await firstValueFrom(server.inspect())).readers?.reads !== 1);
      busy.unsubscribe();
      assert.notEqual((await one(thread$)).thread, before.thread);
      assert.deepEqual(busy.values, []);
    }, oneReader));

  it('is answered before its connection closes, and fails where the server is shut down', () =>
    withReaders(async ({ server }) => {
      const db = server.connect();
      const reading = record(db.select<{ n: number }>(endless));
      await done(db.close());
      assert.equal(reading.values[0]?.length, 1);
      const late = record(server.connect().select(endless));
      while ((await firstValueFrom(server.inspect())).readers?.reads !== 1);
      await done(server.shutdown());
      await late.over();
      assert.ok(late.error instanceof NotExecutedError || late.error instanceof ConnectionClosedError);
    }));
});

describe('a stream by a reader', () => {
  it('is read on its thread, of one snapshot, which has no write that was asked after it', () =>
    withReaders(async ({ db }) => {
      const own = await writer(db);
      await done(
        db.executeScript(`
        CREATE TABLE many (x);
        WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < 5000) INSERT INTO many SELECT i FROM i`),
      );
      const streaming = record(db.stream<{ x: number; thread: number }>('SELECT x, thread() AS thread FROM many'));
      const deleting = done(db.execute('DELETE FROM many WHERE x > 10'));
      await Promise.all([streaming.over(), deleting]);
      assert.equal(streaming.values.length, 5000);
      assert.ok(streaming.values.every(({ thread }) => thread !== own));
      assert.equal((await one(db.select<{ n: number }>('SELECT count(*) AS n FROM many'))).n, 10);
      const { error } = await record(db.stream('SELECT abs(-9223372036854775808)')).over();
      assert.match(String(error), /integer overflow/);
    }));

  it('goes on while a transaction is open, and ends at once when it is unsubscribed', () =>
    withReaders(async ({ db, server }) => {
      const rows = 'WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i) SELECT i FROM i';
      await duringTransaction(server, async () => {
        let heard = 0;
        await new Promise<void>((resolve) => {
          const subscription = db.stream(rows).subscribe(() => {
            if (++heard < 3000) return;
            subscription.unsubscribe();
            resolve();
          });
        });
        assert.equal(heard, 3000);
        assert.equal((await one(db.select<{ n: number }>('SELECT n FROM counter'))).n, 0);
      });
    }));

  for (const engine of [onBetterSqlite3, oneReader]) {
    it(`fails by name where its own connection cannot be opened, on ${engine.name}`, () =>
      withServer(
        async ({ db }) => {
          await done(db.executeScript(schema));
          const { error } = await record(db.stream('SELECT n FROM counter')).over();
          assert.ok(error instanceof OpenError, String(error));
          assert.match(error.message, /^The database could not be opened: near "no": syntax error/);
          assert.deepEqual(await one(db.select(lasting('n'))), { n: 0 });
        },
        { engine, module: new URL('../support/stream-less-setup.ts', import.meta.url) },
      ));
  }

  it('that is unsubscribed while it waits to be read again is not read again', () =>
    withReaders(async ({ db, server, file }) => {
      const [begun, ended, again] = [`${file}.begun`, `${file}.ended`, `${file}.again`];
      const streaming = record(
        db.stream(
          `SELECT mark(?3) FROM counter
           WHERE mark(?1) AND (SELECT count(*) FROM (${numbersTo(2_000_000)})) > 0 AND end_once(?2) > 0`,
          [begun, ended, again],
        ),
      );
      const queue = async () => (await firstValueFrom(server.inspect())).queue;
      while (!existsSync(begun)) await new Promise((resolve) => setTimeout(resolve, 5));
      await done(
        server.connect().exclusive(async () => {
          while ((await queue()).length === 0);
          assert.ok(existsSync(ended));
          streaming.unsubscribe();
          await new Promise((resolve) => setTimeout(resolve, 50));
        }),
      );
      assert.deepEqual(await one(db.select(lasting('n'))), { n: 0 });
      assert.ok(!existsSync(again));
    }, oneReader));
});

describe('the threads of readers', () => {
  it('are started when the first read needs one, and have ended when the server is shut down', () =>
    withReaders(async ({ db, server, file }) => {
      const threads = async () => (await firstValueFrom(server.inspect())).readers?.threads;
      assert.equal(await threads(), 0);
      await done(count(db));
      assert.equal(await threads(), 0);
      await one(db.select(lasting('n')));
      assert.equal(await threads(), 1);
      const other = server.connect();
      // It is there by then: one read after the other would need one thread.
      await done(other.select('SELECT 1'));
      await Promise.all([one(db.select(lasting('n'))), one(other.select(lasting('n')))]);
      assert.equal(await threads(), 2);
      await done(server.shutdown());
      assert.ok(!existsSync(`${file}-wal`), 'the connection that writes was the last to close');
    }));

  it('end with the last stream of theirs where they are used no more', () =>
    withFile(async (file) => {
      let ended: Promise<unknown> | undefined;
      process.once('worker', (worker: Worker) => {
        ended = new Promise((resolve) => worker.once('exit', resolve));
      });
      // In this thread, so that its threads are known here.
      const server = host(betterSqlite3({ file, readers: 1 }));
      const db = server.connect();
      await done(db.executeScript(schema));
      const [begun, gate] = [new Subject<void>(), new Subject<never>()];
      const waiting = firstValueFrom(begun);
      const streaming = record(
        db.stream(numbersTo(20_000), [], { chunks: true }).pipe(
          concatMap((chunk, index) => {
            if (index === 0) return chunk;
            begun.next();
            return index === 1 ? gate : chunk;
          }),
        ),
      );
      await waiting;
      await done(db.select('PRAGMA case_sensitive_like = ON'));
      await done(db.select('SELECT 1'));
      const { threads, reads } = (await firstValueFrom(server.inspect())).readers!;
      assert.deepEqual([threads, reads], [0, 1]);
      gate.complete();
      await streaming.over();
      await ended;
      await done(server.shutdown());
    }));

  it('cannot be had for a database in memory', () => {
    assert.throws(() => betterSqlite3({ readers: 2 }), /readers are for a file/);
    assert.throws(() => nodeSqlite({ readers: 1 }), TypeError);
    assert.throws(() => nodeSqlite({ file: 'x.db', readers: -1 }), /not -1/);
  });

  it('are set up by a module; a function is refused by name', () =>
    withFile(async (file) => {
      const refused = host(betterSqlite3({ file, readers: 1 }), { setup: () => {} });
      const { error } = await record(refused.connect().select('SELECT 1')).over();
      assert.ok(error instanceof OpenError);
      assert.match(error.message, /setupModule/);
      await done(refused.shutdown());
      const server = host(betterSqlite3({ file, readers: 1 }), { setupModule: module });
      const db = server.connect();
      await done(db.executeScript(schema));
      const { here, n } = await one(db.select<{ here: number; n: number }>(lasting('thread() AS here, n')));
      assert.equal(n, 0);
      assert.notEqual(here, await writer(db));
      await done(server.shutdown());
    }));

  it('are none where the file is not in WAL mode, and none is missed', () =>
    withFile(async (file) => {
      const setupModule = new URL('../support/rollback-journal.ts', import.meta.url);
      const server = host(betterSqlite3({ file, readers: 1 }), { setupModule });
      const db = server.connect();
      await done(db.executeScript(schema));
      assert.equal((await one(db.select<{ n: number }>(lasting('n')))).n, 0);
      await done(count(db));
      assert.equal((await one(db.select<{ n: number }>(lasting('n')))).n, 1);
      assert.match((await firstValueFrom(server.inspect())).readers?.failure ?? '', /delete/);
      await done(server.shutdown());
    }));

  it('are waited for no longer than the limit of the client', () =>
    withReaders(async ({ db, server }) => {
      const busy = record(db.select(endless));
      while ((await firstValueFrom(server.inspect())).readers?.reads !== 1);
      const { error } = await record(server.connect({ queueTimeoutMs: 50 }).select(lasting('n'))).over();
      assert.ok(error instanceof QueueTimeoutError);
      assert.match(error.message, /all readers were busy/);
      assert.ok(!busy.isOver);
      busy.unsubscribe();
    }, oneReader));

  it('are not all taken by one client: one of them is left for the others', () =>
    withReaders(async ({ db, server }) => {
      await Promise.all([one(db.select(lasting('n'))), one(server.connect().select(lasting('n')))]);
      const greedy = numbers(4).map(() => record(db.select(endless)));
      const rows = await firstValueFrom(server.connect().select(lasting('n')));
      assert.equal(rows.length, 1);
      assert.ok(greedy.every(({ isOver }) => !isOver));
      for (const reading of greedy) reading.unsubscribe();
    }));
});
