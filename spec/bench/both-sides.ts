/** sluice on a worker and better-sqlite3 in process, with the same rows in a file each. */
import Driver from 'better-sqlite3';
import type { Database } from '../../lib/index.ts';
import { done, withFile, withServer } from '../support/databases.ts';

export type Item = readonly [id: number, list: number, name: string, price: number, stock: number, note: string];

/** Rows of six mixed columns. */
export function itemsOf(count: number): Item[] {
  return Array.from({ length: count }, (_, id) => [id, id % 1000, `name ${id}`, id / 3, id * 7, `note ${id % 97}`]);
}

export const insertItem = 'INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)';

const table = 'item (id INTEGER PRIMARY KEY, list INTEGER, name TEXT, price REAL, stock INTEGER, note TEXT)';

/** Runs `body` with a Database and a connection of the driver, with the same settings. */
export function withBoth(
  rows: readonly Item[],
  body: (db: Database, driver: Driver.Database) => Promise<void>,
): Promise<void> {
  return withServer(({ db }) =>
    withFile(async (file) => {
      await done(db.executeScript(`CREATE TABLE ${table}`));
      const driver = new Driver(file);
      try {
        driver.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
        driver.exec(`CREATE TABLE ${table}`);
        await done(db.batch((b) => b.executeMany(insertItem, rows)));
        inserterOf(driver, rows)();
        await body(db, driver);
      } finally {
        driver.close();
      }
    }),
  );
}

/** Inserts rows in one transaction. */
export function inserterOf(driver: Driver.Database, rows: readonly Item[]): () => void {
  const insertOne = driver.prepare(insertItem);
  return driver.transaction(() => {
    for (const row of rows) insertOne.run(...row);
  });
}
