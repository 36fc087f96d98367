/** Who holds the queue, for how long, and what becomes of those that wait. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concat, concatMap, defer, firstValueFrom, ignoreElements, NEVER, type Observable, of, take } from 'rxjs';
import {
  type Database,
  QueueTimeoutError,
  type Server,
  TransactionEndedError,
  TransactionTimeoutError,
} from '../../lib/index.ts';
import { type Bench, done, fileEngines, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

const add = (db: Pick<Database, 'execute'>, title: string) =>
  db.execute('INSERT INTO todo (title) VALUES (?)', [title]);
const titles = async (db: Pick<Database, 'select'>) =>
  (await firstValueFrom(db.select<{ title: string }>('SELECT title FROM todo ORDER BY id'))).map(({ title }) => title);
/** Waits until somebody holds the queue. */
const isHeld = async (server: Server): Promise<void> => {
  while ((await firstValueFrom(server.inspect())).holders.length === 0) await pause(1);
};
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

for (const engine of fileEngines) {
  const withTodos = (body: (bench: Bench) => Promise<void>) => () =>
    withServer(
      async (bench) => {
        await done(bench.db.executeScript('CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT UNIQUE)'));
        await body(bench);
      },
      { engine },
    );

  describe(`an exclusive section on ${engine.name}`, () => {
    it(
      'holds the queue without a transaction; the next one waits for it',
      withTodos(async ({ db, server }) => {
        const other = server.connect();
        const order: string[] = [];
        const bothWait = Promise.withResolvers<void>();
        const first = done(
          db.exclusive(async (own) => {
            await done(add(own, 'a'));
            order.push('first');
            await bothWait.promise;
            await done(own.transaction((tx) => add(tx, 'b')));
            await done(own.execute('PRAGMA user_version = 7'));
            order.push('first over');
            return titles(own);
          }),
        );
        await isHeld(server);
        const second = done(other.exclusive(async (own) => order.push('second', ...(await titles(own)))));
        const third = done(add(other, 'c')).then(() => order.push('third'));
        while ((await firstValueFrom(server.inspect())).queue.length < 2) await pause(1);
        bothWait.resolve();
        assert.deepEqual(await first, ['a', 'b']);
        await Promise.all([second, third]);
        assert.deepEqual(order, ['first', 'first over', 'second', 'a', 'b', 'third']);
      }),
    );

    it(
      'keeps what it wrote when its work fails, takes back a transaction left open in it, and frees the queue',
      withTodos(async ({ db, server }) => {
        const failing = db.exclusive((own) =>
          concat(
            add(own, 'a'),
            defer(() => {
              throw new Error('no');
            }),
          ),
        );
        await assert.rejects(done(failing), /no/);
        const running = record(
          db.exclusive((own) =>
            concat(
              add(own, 'b'),
              own.transaction((tx) => concat(add(tx, 'c'), NEVER)),
            ),
          ),
        );
        await pause(30);
        running.unsubscribe();
        assert.deepEqual(await titles(server.connect()), ['a', 'b']);
        let kept: Pick<Database, 'execute'> | undefined;
        await done(
          db.exclusive(async (own) => {
            kept = own;
          }),
        );
        assert.ok((await record(add(kept!, 'late')).over()).error instanceof TransactionEndedError);
      }),
    );

    it(
      'has live queries of its own, which complete with it',
      withTodos(async ({ db }) => {
        const watched = await done(
          db.exclusive(async (own) => {
            const inside = await record(own.watch('SELECT title FROM todo')).count(1);
            await done(add(own, 'a'));
            await inside.count(2);
            return inside;
          }),
        );
        await watched!.over();
        assert.ok(watched!.isComplete);
      }),
    );
  });

  describe(`a transaction that is open for too long on ${engine.name}`, () => {
    it(
      'is rolled back with a TransactionTimeoutError, and the queue is free',
      withTodos(async ({ db, server }) => {
        const slow = record(db.transaction((tx) => concat(add(tx, 'a'), NEVER), { timeoutMs: 50 }));
        const nested = record(
          server
            .connect()
            .transaction((tx) => tx.transaction((inner) => concat(add(inner, 'b'), NEVER)), { timeoutMs: 50 }),
        );
        for (const { error } of [await slow.over(), await nested.over()]) {
          assert.ok(error instanceof TransactionTimeoutError);
          assert.match(error.message, /50 ms/);
        }
        assert.deepEqual(await titles(db), []);
        await done(db.transaction((tx) => add(tx, 'c'), { timeoutMs: 5000 }));
        assert.deepEqual(await titles(db), ['c']);
      }),
    );
  });

  describe(`waiting in the queue on ${engine.name}`, () => {
    it(
      'has a limit, whose error names who holds the queue, since when, and where it was opened',
      withTodos(async ({ db, server }) => {
        const impatient = server.connect({ queueTimeoutMs: 60 });
        const holding = record(db.transaction((tx) => concat(add(tx, 'a'), NEVER)));
        await isHeld(server);
        const waiting = [
          record(add(impatient, 'b')),
          record(impatient.watch('SELECT 1')),
          record(impatient.transaction((tx) => add(tx, 'c'))),
        ];
        for (const { error } of await Promise.all(waiting.map((recorder) => recorder.over()))) {
          assert.ok(error instanceof QueueTimeoutError);
          assert.match(error.message, /client 1 has held the queue for \d+ ms with a write transaction/);
          assert.match(error.holder?.openedAt ?? '', /holding\.spec\.ts/);
          assert.ok((error.holder?.heldForMs ?? 0) >= 60);
        }
        holding.unsubscribe();
        assert.deepEqual(await titles(impatient), []);
      }),
    );

    it(
      'for oneself is recognised at once: db used inside its own transaction, from a Promise or an Observable',
      withTodos(async ({ db, server }) => {
        const other = server.connect();
        const promised = db.transaction(async (tx) => {
          await done(add(tx, 'a'));
          await done(db.select('SELECT 1'));
        });
        const observed = db.transaction((tx) => add(tx, 'b').pipe(concatMap(() => db.transaction(() => of(1)))));
        const exclusive = db.exclusive((own) => add(own, 'c').pipe(concatMap(() => db.execute('DELETE FROM todo'))));
        const watched = db.transaction((tx) =>
          tx.watch('SELECT 1').pipe(
            take(1),
            concatMap(() => titles(db)),
          ),
        );
        const assertRefused = async (source: Observable<unknown>): Promise<void> => {
          const { error } = await record(source).over();
          assert.ok(error instanceof QueueTimeoutError);
          assert.match(error.message, /inside its own (transaction|exclusive section)/);
          assert.match(error.message, /holding\.spec\.ts/);
        };
        for (const source of [promised, observed, exclusive, watched]) await assertRefused(source);
        await assertRefused(db.transaction(() => db.execute('DELETE FROM todo')));
        await assertRefused(db.exclusive(() => db.select('SELECT 1')));
        assert.deepEqual(await titles(db), ['c'], 'an exclusive section is no transaction');
        const afterwards = await done(
          db.transaction(async (tx) => {
            await done(add(tx, 'd'));
            // Another server, or another client's, is none of this transaction's business; a live query begins after it.
            db.watch('SELECT 1').subscribe({ error: () => {} });
            void titles(other).catch(() => undefined);
            return 'committed';
          }),
        );
        assert.equal(afterwards, 'committed');
        await done(add(db, 'e').pipe(ignoreElements()));
        assert.deepEqual(await titles(db), ['c', 'd', 'e']);
      }),
    );
  });

  describe(`invalidate on ${engine.name}`, () => {
    it(
      'runs the live queries of tables that something else wrote, and announces them',
      withTodos(async ({ db, file, server }) => {
        const watched = await record(db.watch('SELECT count(*) AS n, random() AS run FROM todo')).count(1);
        const updates = record(db.updates());
        await done(db.invalidate(['TODO']));
        await watched.count(2);
        assert.deepEqual([...updates.values[0]!.tables.keys()], ['todo']);
        assert.match(String((await record(db.invalidate(['nowhere'])).over()).error), /no table named nowhere/);
        updates.unsubscribe();
        assert.ok(file && server);
      }),
    );
  });
}

describe('inspect', () => {
  it('tells the queue, who holds it, clients, live queries and statements', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript('CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT UNIQUE)'));
      const watched = await record(db.watch('SELECT title FROM todo')).count(1);
      await done(add(db, 'a'));
      await watched.count(2);
      const holding = record(db.transaction((tx) => concat(add(tx, 'b'), NEVER)));
      const inspected = () => firstValueFrom(server.inspect());
      while ((await inspected()).holders.length === 0);
      const waiting = record(server.connect().select('SELECT 1'));
      let report = await inspected();
      while (report.queue.length === 0) report = await inspected();
      assert.deepEqual(
        report.queue.map(({ kind, client }) => [kind, client]),
        [['select', 2]],
      );
      assert.ok(report.queue[0]!.waitedMs > 0);
      assert.equal(report.holders.length, 1);
      assert.equal(report.holders[0]!.mode, 'write');
      assert.match(report.holders[0]!.openedAt, /holding\.spec\.ts/);
      assert.deepEqual(
        report.clients.map(({ client, waiting: n, transactions }) => [client, n, transactions]),
        [
          [1, 0, 1],
          [2, 1, 0],
        ],
      );
      const [live] = report.liveQueries;
      assert.deepEqual([live!.sql, live!.followers, live!.rows, live!.runs], ['SELECT title FROM todo', 1, 1, 2]);
      assert.equal(report.version, 2);
      assert.ok(report.statements.size > 0 && report.statements.hits > 0);
      holding.unsubscribe();
      await waiting.over();
    }));
});
