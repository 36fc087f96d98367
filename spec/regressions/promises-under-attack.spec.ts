/** Ways in which a promise was once broken, each found by attacking the public surface. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concat, firstValueFrom, NEVER, repeat, takeUntil, timer } from 'rxjs';
import {
  ConnectionClosedError,
  type Database,
  host,
  OutcomeUnknownError,
  type Server,
  SluiceError,
  StatementError,
  TransactionEndedError,
} from '../../lib/index.ts';
import { type Bench, done, onBetterSqlite3, withFile, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

const schema = `
  CREATE TABLE t (x INTEGER UNIQUE);
  CREATE TABLE log (x INTEGER);
  CREATE TABLE counter (id INTEGER PRIMARY KEY AUTOINCREMENT, x UNIQUE);`;

const withTable = (body: (bench: Bench) => Promise<void>) => () =>
  withServer(async (bench) => {
    await done(bench.db.executeScript(schema));
    await body(bench);
  });

/** A server in this thread, so that it may be given functions. */
const withHost = (options: Parameters<typeof host>[1], body: (db: Database, server: Server) => Promise<void>) =>
  withFile(async (file) => {
    const server = host(onBetterSqlite3.spec(file), options);
    const db = server.connect();
    await done(db.executeScript(schema));
    await body(db, server);
    await done(server.shutdown());
  });

const insert = (db: Pick<Database, 'execute'>, x: number) => db.execute('INSERT INTO t VALUES (?)', [x]);
const values = async (db: Pick<Database, 'select'>) =>
  (await firstValueFrom(db.select<{ x: number }>('SELECT x FROM t ORDER BY x'))).map(({ x }) => x);

describe('under attack', () => {
  it(
    'a savepoint that is cancelled takes back what it wrote itself, and not only what was inside it',
    withTable(async ({ db }) => {
      await done(
        db.transaction((tx) =>
          concat(
            tx
              .transaction((a) =>
                concat(
                  insert(a, 1),
                  a.transaction((b) => concat(insert(b, 2), NEVER)),
                ),
              )
              .pipe(takeUntil(timer(60))),
            insert(tx, 3),
          ),
        ),
      );
      assert.deepEqual(await values(db), [3]);
    }),
  );

  it(
    'a late subscriber is not given a result from before a write of the same turn',
    withTable(async ({ db }) => {
      const count$ = db.watch<{ n: number }>('SELECT count(*) AS n FROM t');
      const early = record(count$);
      const late = await new Promise<number | undefined>((resolve) => {
        insert(db, 1).subscribe(() => count$.subscribe({ next: ([row]) => resolve(row?.n), error: () => {} }));
      });
      assert.equal(late, 1);
      early.unsubscribe();
    }),
  );

  it(
    'a commit that is under way when the Database is closed is not reported as undone',
    withTable(async ({ db, server }) => {
      for (let x = 0; x < 20; x++) {
        const client = server.connect();
        const writing = record(client.transaction((tx) => insert(tx, x)));
        await timer(x % 4).forEach(() => {});
        await done(client.close());
        await writing.over();
        const isThere = (await values(db)).includes(x);
        if (writing.isComplete) assert.ok(isThere);
        else assert.ok(!isThere || writing.error instanceof OutcomeUnknownError, `${writing.error}`);
      }
    }),
  );

  it(
    'an exclusive section whose writes were acknowledged is not reported as undone when the server ends',
    withTable(async ({ db, server }) => {
      const section = record(db.exclusive((own) => concat(insert(own, 1), NEVER)));
      await record(server.inspect()).over();
      while ((await values(server.connect({ queueTimeoutMs: 50 })).catch(() => [1])).length === 0);
      await done(server.shutdown());
      await section.over();
      assert.ok(section.error instanceof OutcomeUnknownError);
    }),
  );

  it(
    'a select that waits for a version in a transaction is refused, and writes nothing afterwards',
    withTable(async ({ db }) => {
      const waiting = db.transaction((tx) => tx.select('INSERT INTO t VALUES (1) RETURNING x', [], { atLeast: 99 }));
      assert.match(String((await record(waiting).over()).error), /outside of transactions/);
      await done(insert(db, 2));
      assert.deepEqual(await values(db), [2]);
    }),
  );

  it('a procedure whose transaction SQLite rolled back, or that has returned, writes nothing more', () => {
    let kept: Parameters<NonNullable<NonNullable<Parameters<typeof host>[1]>['procedures']>[string]>[0] | undefined;
    const procedures = {
      rolledBack(db: NonNullable<typeof kept>): void {
        try {
          db.execute('INSERT OR ROLLBACK INTO t VALUES (1)');
        } catch {
          db.execute('INSERT INTO t VALUES (888)');
        }
      },
      keeping(db: NonNullable<typeof kept>): void {
        kept = db;
      },
      async rejecting(): Promise<never> {
        throw new Error('nobody hears this');
      },
      odd(): never {
        throw Object.defineProperty(new Error('odd'), 'trap', {
          enumerable: true,
          get() {
            throw new Error('trapped');
          },
        });
      },
      rowNamedThen: () => Object.fromEntries([['then', 1]]),
    };
    return withHost({ procedures }, async (db) => {
      await done(insert(db, 1));
      assert.ok((await record(db.call('rolledBack')).over()).error instanceof TransactionEndedError);
      await done(db.call('keeping'));
      assert.throws(() => kept!.execute('INSERT INTO t VALUES (999)'), TransactionEndedError);
      assert.match(String((await record(db.call('rejecting')).over()).error), /Promise/);
      assert.ok((await record(db.call('odd')).over()).error instanceof SluiceError);
      const row = await record(db.call('rowNamedThen')).over();
      assert.deepEqual(
        row.values.map((value) => Object.entries(value as object)),
        [[['then', 1]]],
      );
      assert.deepEqual(await values(db), [1]);
    });
  });

  it(
    'a statement that failed and was undone is not announced, though its triggers were counted',
    withTable(async ({ db }) => {
      await done(db.executeScript('CREATE TRIGGER noted AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.x); END'));
      await done(insert(db, 1));
      const updates = record(db.updates());
      await record(db.execute('INSERT INTO t VALUES (50), (1)')).over();
      await done(insert(db, 2));
      assert.equal(updates.values.length, 1);
      updates.unsubscribe();
    }),
  );

  it(
    "SQLite's own tables are watched too",
    withTable(async ({ db }) => {
      await done(db.execute('INSERT INTO counter (x) VALUES (1)'));
      const watched = await record(db.watch('SELECT seq FROM sqlite_sequence')).count(1);
      await done(db.execute('INSERT OR IGNORE INTO counter (id, x) VALUES (77, 1)'));
      const fresh = await firstValueFrom(db.select('SELECT seq FROM sqlite_sequence'));
      await watched.until(({ last }) => JSON.stringify(last) === JSON.stringify(fresh));
      watched.unsubscribe();
    }),
  );

  it(
    'closing ends what is pending, also a stream and a live query that is repeated',
    withTable(async ({ server }) => {
      const db = server.connect();
      const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n';
      const pending = [
        record<unknown>(db.watch('SELECT * FROM t').pipe(repeat())),
        record<unknown>(db.select('SELECT 1', [], { atLeast: 99 })),
      ];
      const stream = db
        .stream(endless)
        .subscribe({ error: (error) => assert.ok(error instanceof ConnectionClosedError) });
      await pending[0]!.count(1);
      await done(db.close());
      for (const { error } of await Promise.all(pending.map((recorder) => recorder.over()))) {
        assert.ok(error instanceof ConnectionClosedError);
      }
      assert.ok(stream.closed);
    }),
  );

  it(
    'what cannot be sent fails its own request, and none other of the same turn',
    withTable(async ({ db }) => {
      const before = record(db.select('SELECT 1 AS one'));
      const odd = record(db.watch({ sql: 'SELECT 1', params: [], row: undefined } as never));
      const after = record(insert(db, 1));
      assert.throws(() => db.invalidate([(() => {}) as never]), TypeError);
      assert.throws(() => db.call((() => {}) as never), TypeError);
      await before.over();
      await after.over();
      assert.deepEqual(before.values, [[{ one: 1 }]]);
      assert.equal(after.error, undefined);
      odd.unsubscribe();
    }),
  );

  it('a hook that throws stops nothing', () => {
    const { error } = console;
    console.error = () => {};
    const options = {
      onEvent: () => {
        throw new Error('from the hook');
      },
      beforeShutdown: () => {
        throw new Error('from the hook');
      },
    };
    return withHost(options, async (db) => {
      const watched = await record(db.watch('SELECT * FROM t')).count(1);
      await done(insert(db, 1));
      await watched.count(2);
    }).finally(() => {
      console.error = error;
    });
  });

  it(
    'a stream that fails leaves nothing open, and a temporary table can be streamed',
    withTable(async ({ db, server }) => {
      for (let n = 0; n < 5; n++) {
        assert.ok((await record(db.stream('SELECT nope FROM t')).over()).error instanceof StatementError);
      }
      await done(db.execute('CREATE TEMP TABLE mine (a)'));
      await done(db.execute('INSERT INTO mine VALUES (1)'));
      assert.deepEqual((await record(db.stream('SELECT a FROM mine')).over()).values, [{ a: 1 }]);
      const { clients } = await firstValueFrom(server.inspect());
      assert.equal(clients[0]?.liveQueries, 0);
    }),
  );
});
