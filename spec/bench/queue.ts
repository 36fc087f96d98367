/** What writes cost that wait together, and what those have of the queue who share it. */
import Driver from 'better-sqlite3';
import { type Database, spawn } from '../../lib/index.ts';
import { done, onBetterSqlite3, withFile, withServer } from '../support/databases.ts';
import { startThread } from '../support/threads.ts';
import type { Benchmark } from './benchmark.ts';
import { keepInFlight } from './in-flight.ts';
import { type Bound, elapsedMs, median, repeat } from './measure.ts';
import { report, rounded } from './report.ts';
import { compare } from './side-by-side.ts';

const table = 'CREATE TABLE item (id INTEGER PRIMARY KEY, number INTEGER, name TEXT)';
const indexes = 'CREATE INDEX by_number ON item (number); CREATE INDEX by_name ON item (name)';
const insert = 'INSERT INTO item (number, name) VALUES (?, ?)';
const total = 20_000;
const inFlight = 1_000;
const rounds: Bound = { times: 8, withinMs: 20_000 };

/** Values in no order, the same for each side. */
const rows = Array.from(
  { length: total },
  (_, n) => [(n * 7919) % 1_000_003, `name ${(n * 104_729) % 999_983}`] as const,
);

const insertAll = (db: Database): Promise<number> => keepInFlight(inFlight, total, (n) => db.execute(insert, rows[n]));

/** Each round begins with an empty table, which is a part of what is measured on both sides. */
const besideDriver = (schema: string, title: string): Promise<void> =>
  withServer(({ db }) =>
    withFile(async (file) => {
      await done(db.executeScript(schema));
      const driver = new Driver(file);
      driver.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; ${schema}`);
      const insertOne = driver.prepare(insert);
      const throughWorker = async (): Promise<number> => {
        await done(db.execute('DELETE FROM item'));
        return insertAll(db);
      };
      const directly = (): number => {
        driver.exec('DELETE FROM item');
        for (const row of rows) insertOne.run(...row);
        return total;
      };
      const sides = [
        { name: 'sluice, through the worker', run: throughWorker },
        { name: 'better-sqlite3 in process, autocommit', run: directly },
      ] as const;
      await compare({ name: title, unit: 'inserts', sides, bar: 1.5 });
      driver.close();
    }),
  );

export const queue: readonly Benchmark[] = [
  {
    name: 'inserts-in-flight',
    title: `${inFlight} single-row inserts in flight, on file`,
    run: (title) => besideDriver(table, title),
  },
  {
    name: 'inserts-in-flight-indexed',
    title: `${inFlight} single-row inserts in flight, on file, with two indexes`,
    run: (title) => besideDriver(`${table}; ${indexes}`, title),
  },
  {
    name: 'inserts-beside-count',
    title: `${inFlight} single-row inserts in flight, beside a live count of their table`,
    run: (title) =>
      withServer(async ({ db }) => {
        await done(db.executeScript(table));
        const alone = async (): Promise<number> => {
          await done(db.execute('DELETE FROM item'));
          return (total / (await elapsedMs(() => insertAll(db)))) * 1000;
        };
        const measured = await repeat(rounds, async () => {
          const aloneRate = await alone();
          const times: number[] = [];
          const count = db.watch('SELECT count(*) AS items FROM item').subscribe(() => times.push(performance.now()));
          const besideRate = await alone();
          const end = performance.now();
          count.unsubscribe();
          const pauses = times.map((time, index) => (times[index + 1] ?? end) - time);
          return { aloneRate, besideRate, longestMs: Math.max(...pauses) };
        });
        // The first round warms up.
        const warm = measured.slice(1);
        const [aloneRate, besideRate] = [
          median(warm.map((round) => round.aloneRate)),
          median(warm.map((round) => round.besideRate)),
        ];
        report(
          title,
          [
            ['beside a live count', `${rounded(besideRate)} inserts/s`],
            ['without a live query', `${rounded(aloneRate)} inserts/s`],
          ],
          [
            {
              what: 'ratio, median of the rounds',
              value: median(warm.map((round) => round.besideRate / round.aloneRate)),
              atLeast: 0.95,
            },
            {
              what: 'longest time between two counts, in ms',
              value: median(warm.map((round) => round.longestMs)),
              atMost: 50,
            },
          ],
        );
      }),
  },
  {
    name: 'eight-clients',
    title: '8 clients in 8 threads, each 9 point reads for 1 write, 20 in flight, against one such client',
    run: (title) =>
      withFile(async (file) => {
        const name = `bench-${process.pid}`;
        const server = spawn(onBetterSqlite3.spec(file), { name });
        const db = server.connect();
        await done(db.executeScript(table));
        await done(db.batch((b) => b.executeMany(insert, rows)));
        const one: number[] = [];
        const eight: number[] = [];
        const shares: number[] = [];
        for (let round = -1; round < 5; round++) {
          const [alone] = await operationsOf(name, 1);
          const each = await operationsOf(name, 8);
          if (round < 0) continue;
          one.push(alone!);
          eight.push(each.reduce((sum, count) => sum + count, 0));
          shares.push(Math.min(...each) / (eight.at(-1)! / 8));
        }
        await done(server.shutdown());
        report(
          title,
          [
            ['8 clients', `${rounded(median(eight))} operations/s`],
            ['1 client', `${rounded(median(one))} operations/s`],
          ],
          [
            { what: 'ratio', value: median(eight) / median(one), atLeast: 1 },
            { what: 'the least that a client had of its fair share', value: median(shares), atLeast: 0.5 },
          ],
        );
      }),
  },
];

const second = 1000;

/** What clients in threads of their own do in a second, all at once. */
async function operationsOf(name: string, clients: number): Promise<number[]> {
  const threads = Array.from({ length: clients }, () => startThread(mixedClient, { name, total }));
  const counts = threads.map(
    (thread) =>
      new Promise<number>((resolve, reject) => {
        thread.on('error', reject);
        thread.on('message', (message: number | 'ready') => message !== 'ready' && resolve(message));
      }),
  );
  await Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('message', resolve))));
  for (const thread of threads) thread.postMessage(second);
  const results = await Promise.all(counts);
  await Promise.all(threads.map((thread) => thread.terminate()));
  return results;
}

/** The code of a client's thread: it keeps 20 operations in flight for as long as it is told, and tells how many were done. */
const mixedClient = `
  const db = attach(data.name).connect();
  await done(db.select('SELECT 1'));
  parentPort.once('message', (ms) => {
    let count = 0;
    let isOver = false;
    const next = (n) => {
      if (isOver) return;
      const id = (n * 7919) % data.total + 1;
      const operation = n % 10 === 0
        ? db.execute('UPDATE item SET number = number + 1 WHERE id = ?', [id])
        : db.select('SELECT * FROM item WHERE id = ?', [id]);
      operation.subscribe({ complete: () => { count++; next(n + 20); } });
    };
    for (let n = 0; n < 20; n++) next(n);
    setTimeout(() => { isOver = true; tell(count); }, ms);
  });
  tell('ready');
`;
