/** One thing after the other: beside as many bare messages to a worker and back. */
import { Worker } from 'node:worker_threads';
import { concatMap, firstValueFrom, from, type Observable } from 'rxjs';
import type { Database } from '../../lib/index.ts';
import { done } from '../support/databases.ts';
import type { Benchmark } from './benchmark.ts';
import { itemsOf, withBoth } from './both-sides.ts';
import { whileFollowing } from './emissions.ts';
import { elapsedMs, median, repeat } from './measure.ts';
import { report, rounded } from './report.ts';

const point = 'SELECT * FROM item WHERE id = ?';
const list = 'SELECT * FROM item WHERE list = 7 ORDER BY id LIMIT 100';
const inTransaction = 10;
const times = 500;
/** Rounds until the compiler is done. */
const warmUp = 12;

export const roundTrips: readonly Benchmark[] = [
  {
    name: 'round-trips',
    title: 'one after the other: point selects, transactions of 10 selects, writes to the emission of a live query',
    run: (title) =>
      withBoth(itemsOf(100_000), async (db, driver) => {
        driver.exec('CREATE INDEX by_list ON item (list)');
        await done(db.execute('CREATE INDEX by_list ON item (list)'));
        const echo = new Worker(new URL('./echo.ts', import.meta.url));
        const onePoint = driver.prepare(point);
        const oneList = driver.prepare(list);
        const measured = {
          bare: [] as number[],
          point: [] as number[],
          list: [] as number[],
          select: [] as number[],
          transaction: [] as number[],
          emission: [] as number[],
        };
        await whileFollowing([db.watch(list)], async ([live]) => {
          const emission = async (n: number): Promise<void> => {
            const emitted = live!.next();
            db.execute('UPDATE item SET note = ? WHERE id = 7007', [`note ${n}`]).subscribe();
            await emitted;
          };
          await repeat({ times: 2 * warmUp, withinMs: 60_000 }, async (round) => {
            measured.bare.push(await eachUs(times, () => bounce(echo)));
            measured.point.push(await eachUs(times, async (n) => onePoint.get(n)));
            measured.list.push(await eachUs(times, async () => oneList.all()));
            measured.select.push(await oneByOneUs((n) => db.select(point, [n])));
            measured.transaction.push(await eachUs(times / inTransaction, () => transaction(db)));
            measured.emission.push(await eachUs(times, (n) => emission(round * times + n)));
          });
        });
        await echo.terminate();
        const us = Object.fromEntries(
          Object.entries(measured).map(([name, all]) => [name, median(all.slice(warmUp))]),
        ) as Record<keyof typeof measured, number>;
        report(
          title,
          [
            ['a bare message there and back', `${rounded(us.bare)} µs`],
            ['a point select in process', `${rounded(us.point)} µs`],
            ['a select of 100 rows in process', `${rounded(us.list)} µs`],
            ['a point select through the worker', `${rounded(us.select)} µs`],
            ['a transaction of 10 of them', `${rounded(us.transaction)} µs`],
            ['a write to the emission of 100 rows', `${rounded(us.emission)} µs`],
          ],
          [
            { what: 'select, in bare messages and the query', value: us.select / (us.bare + us.point), atMost: 1.25 },
            { what: 'transaction, in ten bare messages', value: us.transaction / (10 * us.bare), atMost: 1.3 },
            {
              what: 'emission, in bare messages beside the query',
              value: (us.emission - us.list) / us.bare,
              atMost: 2.5,
            },
          ],
        );
      }),
  },
];

function bounce(worker: Worker): Promise<unknown> {
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.postMessage(1);
  });
}

async function transaction(db: Database): Promise<void> {
  await done(
    db.transaction(async (tx) => {
      for (let id = 0; id < inTransaction; id++) await firstValueFrom(tx.select(point, [id]));
    }),
  );
}

async function oneByOneUs(request: (n: number) => Observable<unknown>): Promise<number> {
  const ms = await elapsedMs(() => done(from(Array(times).keys()).pipe(concatMap(request))));
  return (ms / times) * 1000;
}

async function eachUs(count: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const ms = await elapsedMs(async () => {
    for (let n = 0; n < count; n++) await work(n);
  });
  return (ms / count) * 1000;
}
