/** Work in a short-lived worker, with a database of its own on the same server. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { concat, firstValueFrom, NEVER, type Observable } from 'rxjs';
import {
  ConnectionClosedError,
  ConstraintError,
  type Database,
  QueueTimeoutError,
  type Server,
  SluiceError,
} from '../../lib/index.ts';
import { type Bench, done, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

const cases = new URL('../support/computations/cases.ts', import.meta.url);
const computed = (db: Database, choose: string, given?: unknown): Observable<unknown> =>
  db.compute(cases, { choose, given });
const failureOf = async (request: Observable<unknown>): Promise<unknown> => (await record(request).over()).error;

const withTable = (body: (bench: Bench) => Promise<void>) => () =>
  withServer(async (bench) => {
    await done(bench.db.executeScript('CREATE TABLE t (a INTEGER NOT NULL)'));
    await body(bench);
  });

const rowsOf = async (db: Database): Promise<number> =>
  (await firstValueFrom(db.select<{ n: number }>('SELECT count(*) AS n FROM t')))[0]!.n;

/** Waits until the server sees so many clients, and so many open transactions. */
async function until(server: Server, clients: number, holders: number): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const report = await firstValueFrom(server.inspect());
    if (report.clients.length === clients && report.holders.length === holders) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`the server never had ${clients} clients and ${holders} holders`);
}

/** The workers that were started since. One that is over has no thread. */
function workersFromNow(): Worker[] {
  const workers: Worker[] = [];
  process.on('worker', (worker) => workers.push(worker));
  return workers;
}

describe('compute', () => {
  it(
    'emits the value that the function returns, also an array, once, and completes',
    withTable(async ({ db }) => {
      for (const value of [42, [1, 2, 3], 'text', { a: [new Date(0)] }, null, undefined]) {
        const result = await record(computed(db, 'given', value)).over();
        assert.deepEqual([result.error, result.values, result.isComplete], [undefined, [value], true]);
      }
    }),
  );

  it(
    'emits what a Promise gives, and each emission of an Observable as it comes',
    withTable(async ({ db }) => {
      assert.deepEqual((await record(computed(db, 'soon', [1, 2])).over()).values, [[1, 2]]);
      assert.deepEqual((await record(computed(db, 'soon')).over()).values, [undefined]);
      assert.deepEqual((await record(computed(db, 'threeAndDone')).over()).values, ['a', 'b', 'c']);
      const endless = await record(computed(db, 'several')).count(3);
      assert.deepEqual([endless.values, endless.isOver], [[0, 1, 2], false]);
      endless.unsubscribe();
    }),
  );

  it(
    'runs once per subscription, and not before',
    withTable(async ({ db }) => {
      const write = computed(db, 'write', 1);
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(await rowsOf(db), 0);
      assert.deepEqual([await done(write), await done(write)], [1, 1]);
      assert.equal(await rowsOf(db), 2);
    }),
  );

  it(
    'has a database of its own on this server: what it writes wakes the live queries of others, and theirs wake its own',
    withTable(async ({ db }) => {
      const here = await record(db.watch<{ a: number }>('SELECT a FROM t')).count(1);
      const there = await record(computed(db, 'watch')).count(1);
      await done(computed(db, 'write', 5));
      await here.until(({ last }) => last?.[0]?.a === 5);
      await there.until(({ last }) => last === 1);
      await done(db.execute('INSERT INTO t VALUES (37)'));
      await there.until(({ last }) => last === 2);
      assert.equal(await done(computed(db, 'sum')), 42);
      there.unsubscribe();
      here.unsubscribe();
    }),
  );

  it(
    'moves the buffers in what it emits, however deep, and copies what cannot be moved',
    withTable(async ({ db }) => {
      const { values } = await record(computed(db, 'moved')).over();
      const [{ tiles, meta }, left] = values as [{ tiles: Float64Array[]; meta: Map<string, ArrayBuffer> }, number];
      assert.equal(left, 0, 'the worker has it no more');
      assert.deepEqual([tiles[0]!.length, tiles[0]![999]], [1000, 1]);
      assert.equal(meta.get('whole'), tiles[0]!.buffer);
      const { pooled, shared, wasm } = (await done(computed(db, 'cannotMove'))) as Record<string, Uint8Array>;
      assert.equal(Buffer.from(pooled!).toString(), 'pooled');
      assert.deepEqual([...shared!, ...wasm!], [7, 7, 7, 0, 0, 0]);
    }),
  );

  it(
    'can compute in turn',
    withTable(async ({ db }) => {
      assert.equal(await done(computed(db, 'nested', 'inner')), 'inner');
    }),
  );
});

describe('the end of a computation', () => {
  const ends: Readonly<Record<string, (bench: Bench) => Promise<unknown>>> = {
    'when it completes': ({ db }) => done(computed(db, 'given', 1)),
    'when it fails, with a transaction open': ({ db }) => failureOf(computed(db, 'holdAndFail')),
    'when it is unsubscribed, with a transaction open': async ({ db, server }) => {
      const running = record(computed(db, 'holdTransaction'));
      await until(server, 2, 1);
      running.unsubscribe();
    },
    'when its subscriber has what it wants': ({ db }) => firstValueFrom(computed(db, 'ticks')),
    'when it is unsubscribed before it began': async ({ db }) => computed(db, 'ticks').subscribe().unsubscribe(),
    'when it is unsubscribed while it keeps its thread busy': async ({ db }) => {
      const running = computed(db, 'spin').subscribe();
      await new Promise((resolve) => setTimeout(resolve, 300));
      running.unsubscribe();
    },
  };

  for (const [when, end] of Object.entries(ends)) {
    it(
      `comes ${when}: its worker, its connection and its transactions are gone`,
      withTable(async (bench) => {
        const started = workersFromNow();
        await end(bench);
        await until(bench.server, 1, 0);
        while (started.some(({ threadId }) => threadId !== -1)) await new Promise(setImmediate);
        await done(bench.db.execute('INSERT INTO t VALUES (1)'));
        assert.equal(await rowsOf(bench.db), 1);
      }),
    );
  }

  it(
    'has come once it is told of: nothing is left to wait for',
    withTable(async ({ db }) => {
      const started = workersFromNow();
      const { error } = await record(computed(db, 'holdAndFail')).over();
      assert.ok(error instanceof RangeError || (error as Error).name === 'RangeError');
      await done(computed(db, 'given'));
      assert.deepEqual(
        started.map(({ threadId }) => threadId),
        [-1, -1],
      );
    }),
  );

  it(
    'waits for what the function asked of its database and did not wait for',
    withTable(async ({ db }) => {
      await done(computed(db, 'writeUnawaited', 1));
      assert.equal(await rowsOf(db), 1);
    }),
  );

  it(
    'does not come by itself where nothing is left to do but the function is not done',
    withTable(async ({ db }) => {
      const idle = record(computed(db, 'nothing'));
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.equal(idle.isOver, false);
      idle.unsubscribe();
    }),
  );
});

describe('a computation that fails', () => {
  it(
    'gives the error of its function, with its class, its evidence and both stacks',
    withTable(async ({ db }) => {
      const refused = await failureOf(computed(db, 'constraint'));
      assert.ok(refused instanceof ConstraintError, `${refused}`);
      assert.deepEqual([refused.kind, refused.columns], ['not null', ['a']]);
      assert.match(refused.stack ?? '', /compute\.spec\.ts/, 'where it was asked for');
      assert.match(refused.serverStack ?? '', /cases\.ts/, 'where it was thrown');
      const own = (await failureOf(computed(db, 'fail'))) as Error & { serverStack: string };
      assert.deepEqual([own.name, own.message, (own.cause as Error).message], ['RangeError', 'too much', 'the reason']);
      assert.match(own.stack ?? '', /compute\.spec\.ts/);
      assert.match(own.serverStack, /cases\.ts/);
    }),
  );

  it(
    'gives what its function throws later, outside of its result',
    withTable(async ({ db }) => {
      const error = (await failureOf(computed(db, 'failLater'))) as Error;
      assert.deepEqual([error.name, error.message], ['RangeError', 'too late']);
    }),
  );

  const fails: readonly [string, (db: Database) => Observable<unknown>, RegExp][] = [
    ['has no module', (db) => db.compute(new URL('no-such.ts', cases), 1), /no-such\.ts cannot be loaded/],
    ['has a module without a function', (db) => db.compute(new URL('no-function.ts', cases), 1), /no function/],
    ['has an argument that cannot be sent', (db) => computed(db, 'given', () => 1), /argument .*could not be cloned/],
    ['has a result that cannot be sent', (db) => computed(db, 'unsendable'), /result .*could not be cloned/],
    ['ends its thread', (db) => computed(db, 'exit'), /died: it ended with code 3/],
    ['takes all memory', (db) => computed(db, 'eatMemory'), /died: .*memory/],
  ];
  for (const [why, start, message] of fails) {
    it(
      `because it ${why} is told so by name, and nothing else fails`,
      withTable(async ({ db, server }) => {
        const other = await record(computed(db, 'watch')).count(1);
        const error = await failureOf(start(db));
        assert.ok(error instanceof SluiceError, `${error}`);
        assert.match(error.message, message);
        assert.match(error.stack ?? '', /compute\.spec\.ts/, 'where it was asked for');
        await done(db.execute('INSERT INTO t VALUES (1)'));
        await other.count(2);
        other.unsubscribe();
        await until(server, 1, 0);
      }),
    );
  }

  it(
    'for want of its server is told so',
    withTable(async ({ db, server }) => {
      const running = await record(computed(db, 'watch')).count(1);
      await done(server.shutdown());
      await running.over();
      assert.ok(running.error instanceof ConnectionClosedError);
      assert.ok((await failureOf(computed(db, 'sum'))) instanceof ConnectionClosedError);
    }),
  );

  it(
    'at once, of a database that is closed or inside its own transaction, is told so by name',
    withTable(async ({ db, server }) => {
      const since = performance.now();
      await done(
        db.transaction(async () => {
          const error = await failureOf(computed(db, 'write', 1));
          assert.ok(error instanceof QueueTimeoutError, `${error}`);
          assert.match(error.message, /inside its own transaction/);
        }),
      );
      assert.equal(await rowsOf(db), 0);
      const closed = server.connect();
      await done(closed.close());
      assert.ok((await failureOf(computed(closed, 'write', 1))) instanceof ConnectionClosedError);
      assert.ok(performance.now() - since < 10_000);
      assert.equal(await rowsOf(db), 0);
    }),
  );

  it(
    'waits no longer in the queue than its connection',
    withTable(async ({ db, server }) => {
      const holding = record(db.transaction((tx) => concat(tx.select('SELECT 1'), NEVER)));
      const impatient = server.connect({ queueTimeoutMs: 50 });
      const error = await failureOf(computed(impatient, 'write', 1));
      assert.ok(error instanceof QueueTimeoutError, `${error}`);
      holding.unsubscribe();
    }),
  );

  it(
    'at its call, because its module is no URL, is told what it takes',
    withTable(async ({ db }) => {
      assert.throws(() => db.compute('./cases.ts' as never, 1), SluiceError);
    }),
  );
});
