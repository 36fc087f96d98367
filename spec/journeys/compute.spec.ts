/** Work in a short-lived worker, with a database of its own on the same server. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstValueFrom, type Observable, take } from 'rxjs';
import { ConstraintError, type Database, type Server, SluiceError } from '../../lib/index.ts';
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

/** Waits until the server has no client beside the one that is told of. */
async function untilAlone(server: Server): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const { clients, holders } = await firstValueFrom(server.inspect());
    if (clients.length === 1 && holders.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail('a client of a computation is left');
}

const workers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Worker').length;

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
      assert.deepEqual((await record(computed(db, 'thenable', 'x')).over()).values, ['x']);
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
  const ends: Readonly<Record<string, (db: Database) => Promise<unknown>>> = {
    'when it completes': (db) => done(computed(db, 'given', 1)),
    'when it fails, with a transaction open': (db) => failureOf(computed(db, 'holdAndFail')),
    'when it is unsubscribed, with a transaction open': async (db) => {
      const running = await record(computed(db, 'holdTransaction'))
        .count(1)
        .catch(() => undefined);
      running?.unsubscribe();
    },
    'when it has what it wants': (db) => firstValueFrom(computed(db, 'ticks')),
    'when it is unsubscribed before it began': async (db) => computed(db, 'ticks').subscribe().unsubscribe(),
    'when it is unsubscribed while it keeps its thread busy': async (db) => {
      const running = computed(db, 'spin').subscribe();
      await new Promise((resolve) => setTimeout(resolve, 300));
      running.unsubscribe();
    },
  };

  for (const [when, end] of Object.entries(ends)) {
    it(
      `comes ${when}: its worker, its connection and its transactions are gone`,
      withTable(async ({ db, server }) => {
        const before = workers();
        await end(db);
        await untilAlone(server);
        await done(db.execute('INSERT INTO t VALUES (1)'));
        assert.equal(await rowsOf(db), 1);
        assert.equal(workers(), before);
      }),
    );
  }
});
