/** Many clients at one queue: nobody starves, nobody fills it for ever, and whoever is gone leaves nothing in it. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { concatMap, firstValueFrom, NEVER, of, type Subscription } from 'rxjs';
import { type Database, LimitError, type Scope, type Server } from '../../lib/index.ts';
import { done, withServer } from '../support/databases.ts';
import { type Recorder, record } from '../support/recorder.ts';

const schema = 'CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT)';
const add = (db: Pick<Scope, 'execute'>, title: string) => db.execute('INSERT INTO todo (title) VALUES (?)', [title]);
const titles = async (db: Pick<Scope, 'select'>) =>
  (await firstValueFrom(db.select<{ title: string }>('SELECT title FROM todo ORDER BY id'))).map(({ title }) => title);
const numbers = (length: number) => Array.from({ length }, (_, n) => n);

/** Holds the queue until it is unsubscribed. */
const hold = async (server: Server): Promise<Subscription> => {
  const held = Promise.withResolvers<void>();
  const holding = server
    .connect()
    .exclusive(() => {
      held.resolve();
      return NEVER;
    })
    .subscribe();
  await held.promise;
  return holding;
};

const queueLength = async (server: Server, length: number): Promise<void> => {
  while ((await firstValueFrom(server.inspect())).queue.length !== length);
};

/** Has several clients ask while the queue is held, and gives the titles in the order in which they were written. */
const orderOf = async (db: Database, server: Server, asking: readonly (readonly [Database, string, number])[]) => {
  const holding = await hold(server);
  const writes: Recorder<unknown>[] = [];
  let total = 0;
  for (const [client, name, count] of asking) {
    writes.push(...numbers(count).map((n) => record(add(client, `${name}${n}`))));
    total += count;
    await queueLength(server, total);
  }
  holding.unsubscribe();
  await Promise.all(writes.map((write) => write.over()));
  return titles(db);
};

describe('the queue of many clients', () => {
  it('lets no client starve: one that asks for little is done before one that asked for much, and before it', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      const order = await orderOf(db, server, [
        [server.connect(), 'many', 5000],
        [server.connect(), 'few', 20],
      ]);
      assert.ok(order.indexOf('few19') < 4000, `few were done after ${order.indexOf('few19')}`);
      for (const name of ['many', 'few']) {
        const own = order.filter((title) => title.startsWith(name));
        assert.deepEqual(
          own,
          own.toSorted((a, b) => Number(a.slice(name.length)) - Number(b.slice(name.length))),
        );
      }
    }));

  it('lets interactive clients go first, and background ones go on', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      const order = await orderOf(db, server, [
        [server.connect({ priority: 'background' }), 'back', 3000],
        [server.connect(), 'front', 3000],
      ]);
      const ahead = order.slice(0, order.indexOf('front2999')).filter((title) => title.startsWith('back')).length;
      assert.ok(ahead < 2000, `${ahead} in the background were ahead`);
      assert.ok(ahead > 0, 'none in the background went on');
    }));

  it('counts the time for which a transaction held it: others that wait go before the next one of the same client', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      const [holder, other] = [server.connect(), server.connect()];
      const holding = await hold(server);
      const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 30));
      const transactions = numbers(2).map((n) =>
        done(
          holder.transaction((tx) =>
            of(n).pipe(
              concatMap(pause),
              concatMap(() => add(tx, `held${n}`)),
            ),
          ),
        ),
      );
      await queueLength(server, 2);
      const writes = numbers(100).map((n) => done(add(other, `${n}`)));
      await queueLength(server, 102);
      holding.unsubscribe();
      await Promise.all([...transactions, ...writes]);
      const order = await titles(db);
      assert.ok(order.indexOf('held0') < 2);
      assert.equal(order.at(-1), 'held1');
    }));

  it('refuses more of a client than may wait by a LimitError, at once, and serves the others', () =>
    withServer(
      async ({ db, server }) => {
        await done(db.executeScript(schema));
        const holding = await hold(server);
        const writes = numbers(150).map((n) => record(add(db, `${n}`)));
        const refused = await Promise.all(writes.slice(100).map((write) => write.over()));
        for (const { error } of refused) {
          assert.ok(error instanceof LimitError);
          assert.equal(error.limit, 100);
          assert.match(error.message, /100: this one was not begun/);
        }
        const other = record(add(server.connect(), 'other'));
        await queueLength(server, 101);
        holding.unsubscribe();
        for (const write of writes.slice(0, 100)) assert.equal((await write.over()).error, undefined);
        assert.equal((await other.over()).error, undefined);
        assert.equal((await titles(db)).length, 101);
        await done(add(db, 'and again'));
      },
      { maxWaitingPerClient: 100 },
    ));

  it('refuses no COMMIT, however much waits in its transaction', () =>
    withServer(
      async ({ db }) => {
        await done(db.executeScript(schema));
        const outcomes: Recorder<unknown>[] = [];
        await done(
          db.transaction((tx) => {
            for (const n of numbers(50)) outcomes.push(record(add(tx, `${n}`)));
            return of('done');
          }),
        );
        const errors = (await Promise.all(outcomes.map((outcome) => outcome.over()))).map(({ error }) => error);
        const kept = errors.filter((error) => error === undefined).length;
        assert.ok(kept >= 10 && kept < 50);
        assert.equal((await titles(db)).length, kept);
      },
      { maxWaitingPerClient: 10 },
    ));

  it('takes fifty thousand writes at once, each with its own result, in order', () =>
    withServer(async ({ db }) => {
      await done(db.executeScript(schema));
      const writes = numbers(50_000).map((n) => record(add(db, `${n}`)));
      await writes.at(-1)!.over();
      const results = await Promise.all(writes.map((write) => write.over()));
      assert.ok(results.every(({ values }, n) => values[0]?.lastInsertRowid === n + 1));
      assert.ok(results.every(({ values }, n) => values[0]?.version === results[0]!.values[0]!.version + n));
    }));

  it('forgets what a client asked that died with ten thousand writes in it, and goes on at once', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      const holding = await hold(server);
      const code = `
        const { workerData } = require('node:worker_threads');
        import(${JSON.stringify(new URL('../../lib/index.ts', import.meta.url).href)}).then(({ attach }) => {
          const client = attach(workerData).connect();
          for (let n = 0; n < 10000; n++) {
            client.execute('INSERT INTO todo (title) VALUES (?)', ['dead ' + n]).subscribe({ error: () => {} });
          }
        });`;
      const port = server.port();
      const worker = new Worker(code, { eval: true, workerData: port, transferList: [port as never] });
      await queueLength(server, 10_000);
      const own = done(add(db, 'alive'));
      await queueLength(server, 10_001);
      const ended = once(worker, 'exit');
      void worker.terminate();
      await ended;
      await queueLength(server, 1);
      holding.unsubscribe();
      await own;
      assert.deepEqual(await titles(db), ['alive']);
      assert.deepEqual((await firstValueFrom(server.inspect())).queue, []);
    }));
});
