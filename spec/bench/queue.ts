/** Prints what the queue costs and whom it serves, beside the bars. Run it on a machine that does nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Driver from 'better-sqlite3';
import { lastValueFrom } from 'rxjs';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { type Database, spawn } from '../../lib/index.ts';
import { keepInFlight } from './keep-in-flight.ts';
import { compare, median } from './side-by-side.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
const pragmas = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;';
const table = 'CREATE TABLE item (id INTEGER PRIMARY KEY, number INTEGER, name TEXT)';
const indexes = 'CREATE INDEX by_number ON item (number); CREATE INDEX by_name ON item (name)';
const insert = 'INSERT INTO item (number, name) VALUES (?, ?)';
const inserts = 20_000;
const inFlight = 1000;

/** Values in no order, the same for each side. */
const values = Array.from({ length: inserts }, (_, n) => [(n * 7919) % 1_000_003, `name ${(n * 104_729) % 999_983}`]);

async function insertsInFlight(name: string, schema: string, bar: number): Promise<void> {
  const driver = new Driver(join(folder, `${name}-driver.db`));
  driver.exec(`${pragmas} ${schema}`);
  const insertOne = driver.prepare(insert);
  const server = spawn(betterSqlite3({ file: join(folder, `${name}.db`) }));
  const db = server.connect();
  await lastValueFrom(db.executeScript(schema));
  const empty = (): Promise<unknown> => lastValueFrom(db.execute('DELETE FROM item'));
  await compare({
    name: `${inFlight} single-row inserts in flight, on file, ${name}`,
    unit: 'inserts',
    sides: [
      {
        name: 'sluice, through the worker',
        prepare: empty,
        run: () => keepInFlight(inFlight, inserts, (n) => db.execute(insert, values[n])),
      },
      {
        name: 'better-sqlite3 in process, autocommit',
        prepare: () => driver.exec('DELETE FROM item'),
        run: () => {
          for (const row of values) insertOne.run(row);
          return inserts;
        },
      },
    ],
    bar,
  });
  const pauses: number[] = [];
  await compare({
    name: `the same, beside a live count, ${name}`,
    unit: 'inserts',
    sides: [
      {
        name: 'with a live count',
        prepare: empty,
        run: async () => {
          const { emittedAt, end } = await liveCount(db);
          const start = performance.now();
          const count = await keepInFlight(inFlight, inserts, (n) => db.execute(insert, values[n]));
          const times = [start, ...emittedAt.filter((at) => at > start)];
          pauses.push(Math.max(...times.slice(1).map((at, index) => at - times[index]!)));
          end();
          return count;
        },
      },
      {
        name: 'without',
        prepare: empty,
        run: () => keepInFlight(inFlight, inserts, (n) => db.execute(insert, values[n])),
      },
    ],
    bar: 0.95,
  });
  console.log(`  longest pause between two counts, median of the rounds: ${median(pauses).toFixed(1)} ms, wanted 50`);
  await lastValueFrom(server.shutdown());
  driver.close();
}

/** Follows the number of rows; resolves once it has emitted. */
function liveCount(db: Database): Promise<{ readonly emittedAt: readonly number[]; end(): void }> {
  const emittedAt: number[] = [];
  return new Promise((resolve) => {
    const subscription = db.watch('SELECT count(*) AS n FROM item').subscribe(() => {
      emittedAt.push(performance.now());
      resolve({ emittedAt, end: () => subscription.unsubscribe() });
    });
  });
}

try {
  await insertsInFlight('without indexes', table, 1.5);
  await insertsInFlight('with two indexes', `${table}; ${indexes}`, 1.5);
} finally {
  rmSync(folder, { recursive: true });
}
