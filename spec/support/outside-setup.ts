/** An SQL function that runs SQL on a connection of its own, outside the server. */
import { DatabaseSync } from 'node:sqlite';
import Driver from 'better-sqlite3';
import type { SetupDatabase } from '../../lib/index.ts';

export function setup(db: SetupDatabase): void {
  db.function('run_outside', (driver, file, sql) => {
    // Two libraries in one process do not see each other's locks: https://sqlite.org/howtocorrupt.html#multiple_copies_of_sqlite_linked_into_the_same_application
    const outside = driver === 'node:sqlite' ? new DatabaseSync(String(file)) : new Driver(String(file));
    outside.exec(String(sql));
    outside.close();
    return 1;
  });
}
