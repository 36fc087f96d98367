/** Prints sluice on a worker beside better-sqlite3 in process. Run it on a machine that does nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Driver from 'better-sqlite3';
import { lastValueFrom, type Observable } from 'rxjs';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { spawn } from '../../lib/index.ts';
import { compare } from './side-by-side.ts';

const rows = Array.from(
  { length: 100_000 },
  (_, id) => [id, id % 1000, `name ${id}`, id / 3, id * 7, `note ${id % 97}`] as const,
);
const table = 'item (id INTEGER PRIMARY KEY, list INTEGER, name TEXT, price REAL, stock INTEGER, note TEXT)';
const insert = 'INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)';
const point = 'SELECT * FROM item WHERE id = ?';

/** Subscribes to `total` requests, `limit` at a time, without the cost of an operator that keeps track of them. */
function keepInFlight(limit: number, total: number, request: (n: number) => Observable<unknown>): Promise<number> {
  return new Promise((resolve, reject) => {
    let next = 0;
    let done = 0;
    const start = (): void => {
      if (next < total) request(next++).subscribe({ error: reject, complete });
    };
    const complete = (): void => {
      if (++done === total) resolve(total);
      else start();
    };
    for (let i = 0; i < limit; i++) start();
  });
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
const driver = new Driver(join(folder, 'driver.db'));
driver.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; CREATE TABLE ${table}`);
const server = spawn(betterSqlite3({ file: join(folder, 'sluice.db') }));
const db = server.connect();
await lastValueFrom(db.executeScript(`CREATE TABLE ${table}`));

try {
  const insertOne = driver.prepare(insert);
  const insertAll = driver.transaction(() => {
    for (const row of rows) insertOne.run(...row);
  });
  await compare({
    name: 'a batch of 100,000 inserts of 6 columns (the table is emptied in each round)',
    unit: 'rows',
    sides: [
      {
        name: 'sluice, one batch to the worker',
        run: async () => {
          await lastValueFrom(
            db.batch((b) => {
              b.execute('DELETE FROM item');
              b.executeMany(insert, rows);
            }),
          );
          return rows.length;
        },
      },
      {
        name: 'better-sqlite3 in process',
        run: () => {
          driver.exec('DELETE FROM item');
          insertAll();
          return rows.length;
        },
      },
    ],
    bar: 0.5,
  });

  const selectOne = driver.prepare(point);
  const points = 50_000;
  await compare({
    name: 'point selects, 1,000 in flight',
    unit: 'selects',
    sides: [
      {
        name: 'sluice, through the worker',
        run: () => keepInFlight(1000, points, (id) => db.select(point, [id])),
      },
      {
        name: 'better-sqlite3 in process',
        run: () => {
          let count = 0;
          for (let id = 0; id < points; id++) count += selectOne.get(id) ? 1 : 0;
          return count;
        },
      },
    ],
    bar: 0.25,
  });
} finally {
  await lastValueFrom(server.shutdown());
  driver.close();
  rmSync(folder, { recursive: true });
}
