/** Has a database keep a rollback journal, under which reads and writes shut each other out. */
import type { SetupDatabase } from '../../lib/index.ts';

export function setup(db: SetupDatabase): void {
  db.exec('PRAGMA journal_mode = DELETE');
}
