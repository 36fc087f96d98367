/** sluice on a worker beside better-sqlite3 in process. */
import Driver from 'better-sqlite3';
import type { Database } from '../../lib/index.ts';
import { done, withFile, withServer } from '../support/databases.ts';
import type { Benchmark } from './benchmark.ts';
import { keepInFlight } from './in-flight.ts';
import { compare } from './side-by-side.ts';

const rows = Array.from(
  { length: 100_000 },
  (_, id) => [id, id % 1000, `name ${id}`, id / 3, id * 7, `note ${id % 97}`] as const,
);
const table = 'item (id INTEGER PRIMARY KEY, list INTEGER, name TEXT, price REAL, stock INTEGER, note TEXT)';
const insert = 'INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)';
const point = 'SELECT * FROM item WHERE id = ?';

export const inProcess: readonly Benchmark[] = [
  {
    name: 'in-process-batch',
    title: 'a batch of 100,000 inserts of 6 columns (the table is emptied in each round)',
    run: (title) =>
      withBoth((db, driver) => {
        const throughWorker = async (): Promise<number> => {
          await done(
            db.batch((b) => {
              b.execute('DELETE FROM item');
              b.executeMany(insert, rows);
            }),
          );
          return rows.length;
        };
        const insertAll = inserterOf(driver);
        const directly = (): number => {
          driver.exec('DELETE FROM item');
          insertAll();
          return rows.length;
        };
        const sides = [
          { name: 'sluice, one batch to the worker', run: throughWorker },
          { name: 'better-sqlite3 in process', run: directly },
        ] as const;
        return compare({ name: title, unit: 'rows', sides, bar: 0.5 });
      }),
  },
  {
    name: 'in-process-points',
    title: 'point selects, 1,000 in flight',
    run: (title) =>
      withBoth(async (db, driver) => {
        await done(db.batch((b) => b.executeMany(insert, rows)));
        inserterOf(driver)();
        const points = 50_000;
        const throughWorker = (): Promise<number> => keepInFlight(1000, points, (id) => db.select(point, [id]));
        const selectOne = driver.prepare(point);
        const directly = (): number => {
          let count = 0;
          for (let id = 0; id < points; id++) count += selectOne.get(id) ? 1 : 0;
          return count;
        };
        const sides = [
          { name: 'sluice, through the worker', run: throughWorker },
          { name: 'better-sqlite3 in process', run: directly },
        ] as const;
        await compare({ name: title, unit: 'selects', sides, bar: 0.25 });
      }),
  },
];

/** Runs `body` with a Database and a connection of the driver, to a file each, with the same settings. */
function withBoth(body: (db: Database, driver: Driver.Database) => Promise<void>): Promise<void> {
  return withServer(({ db }) =>
    withFile(async (file) => {
      await done(db.executeScript(`CREATE TABLE ${table}`));
      const driver = new Driver(file);
      driver.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
      driver.exec(`CREATE TABLE ${table}`);
      try {
        await body(db, driver);
      } finally {
        driver.close();
      }
    }),
  );
}

function inserterOf(driver: Driver.Database): () => void {
  const insertOne = driver.prepare(insert);
  return driver.transaction(() => {
    for (const row of rows) insertOne.run(...row);
  });
}
