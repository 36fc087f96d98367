/** What it costs a write to be noted, so that it happens once whatever becomes of the server. */
import { type Database, spawn } from '../../lib/index.ts';
import { done, onBetterSqlite3, withFile } from '../support/databases.ts';
import type { Benchmark } from './benchmark.ts';
import { keepInFlight } from './in-flight.ts';
import { type Bound, elapsedMs, median, repeat } from './measure.ts';
import { report, rounded } from './report.ts';

const rounds: Bound = { times: 9, withinMs: 12_000 };
const total = 5_000;

export const exactlyOnce: readonly Benchmark[] = [
  {
    name: 'exactly-once',
    title: `${total.toLocaleString('en')} inserts of one row each, with and without exactlyOnce`,
    run: (title) =>
      withServers(async (alone, noted) => {
        const times = await repeat(rounds, async () => [
          await elapsedMs(() => insertAll(alone, 1)),
          await elapsedMs(() => insertAll(noted, 1)),
          await elapsedMs(() => insertAll(alone, 1_000)),
          await elapsedMs(() => insertAll(noted, 1_000)),
        ]);
        // The first round warms up.
        const us = [0, 1, 2, 3].map((side) => (median(times.slice(1).map((round) => round[side]!)) / total) * 1000);
        const [one, oneNoted, many, manyNoted] = us.map((each) => `${rounded(each)} µs`);
        report(title, [
          ['one after the other', `${one}, noted ${oneNoted}`],
          ['1,000 in flight', `${many}, noted ${manyNoted}`],
        ]);
      }),
  },
];

async function withServers(use: (alone: Database, noted: Database) => Promise<void>): Promise<void> {
  await withFile(async (file) => {
    const servers = [false, true].map((exactlyOnce) =>
      spawn(onBetterSqlite3.spec(`${file}-${exactlyOnce}`), { restart: true, exactlyOnce }),
    );
    const [alone, noted] = servers.map((server) => server.connect()) as [Database, Database];
    for (const db of [alone, noted]) await done(db.execute('CREATE TABLE item (id INTEGER PRIMARY KEY, v)'));
    await use(alone, noted);
    for (const server of servers) await done(server.shutdown());
  });
}

function insertAll(db: Database, atOnce: number): Promise<unknown> {
  return keepInFlight(atOnce, total, () => db.execute('INSERT INTO item (v) VALUES (?)', [1]));
}
