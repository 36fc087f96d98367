/** How long reads take beside others' long queries and endless writes. */
import { lastValueFrom } from 'rxjs';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { type Database, spawn } from '../../lib/index.ts';
import { done, withFile } from '../support/databases.ts';
import { startThread } from '../support/threads.ts';
import type { Benchmark } from './benchmark.ts';
import { makeItems } from './items.ts';
import { median } from './measure.ts';
import { report, rounded } from './report.ts';

const rows = 10_000;
const reads = 2_000;
const rounds = 15;

export const readers: readonly Benchmark[] = [
  {
    name: 'read-latency',
    title: 'point reads with 2 readers, while another client runs queries of 200 ms and a third commits all the time',
    run: (title) =>
      withFile(async (file) => {
        const name = `bench-${process.pid}`;
        const server = spawn(betterSqlite3({ file, readers: 2 }), { name });
        const db = server.connect();
        await makeItems(db, { rows, lists: 100 });
        const steps = await stepsWithin(db, 200);
        await latencies(db);
        const idle: number[][] = [];
        const busy: number[][] = [];
        for (let round = 0; round < rounds; round++) {
          idle.push(await latencies(db));
          const others = [startThread(querying, { name, sql: counting(steps) }), startThread(committing, { name })];
          await Promise.all(others.map((thread) => new Promise((resolve) => thread.once('message', resolve))));
          busy.push(await latencies(db));
          await Promise.all(others.map((thread) => thread.terminate()));
        }
        await done(server.shutdown());
        const [idleMs, busyMs] = [idle, busy].map((each) => median(each.map((times) => percentile(times, 0.99))));
        report(
          title,
          [
            ['idle, median', `${rounded(median(idle.flat()))} ms`],
            ['idle, 99 of 100', `${rounded(idleMs!)} ms`],
            ['busy, median', `${rounded(median(busy.flat()))} ms`],
            ['busy, 99 of 100', `${rounded(busyMs!)} ms`],
          ],
          [{ what: '99 of 100, busy to idle', value: busyMs! / idleMs!, atMost: 3 }],
        );
      }),
  },
];

const counting = (steps: number): string =>
  `WITH RECURSIVE i (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < ${steps}) SELECT count(*) FROM i`;

/** How far a query counts in so many milliseconds. */
async function stepsWithin(db: Database, ms: number): Promise<number> {
  const steps = 1_000_000;
  const start = performance.now();
  await lastValueFrom(db.select(counting(steps)));
  return Math.round((steps * ms) / (performance.now() - start));
}

async function latencies(db: Database): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < reads; n++) {
    const start = performance.now();
    await lastValueFrom(db.select('SELECT * FROM item WHERE id = ?', [(n * 7919) % rows]));
    times.push(performance.now() - start);
  }
  return times;
}

function percentile(times: readonly number[], part: number): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * part)]!;
}

const querying = `
  const db = attach(data.name).connect();
  await done(db.select('SELECT 1'));
  tell('ready');
  for (;;) await done(db.select(data.sql));
`;

const committing = `
  const db = attach(data.name).connect();
  await done(db.select('SELECT 1'));
  tell('ready');
  for (let n = 0; ; n++) await done(db.execute('UPDATE item SET done = 1 - done WHERE id = ?', [n % ${rows}]));
`;
