/** SQL functions that tell where they run, for connections of the server and of its readers. */
import { existsSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import type { SetupDatabase } from '../../lib/index.ts';

export function setup(db: SetupDatabase): void {
  db.function('thread', () => threadId);
  /** Ends the thread that calls it, unless the file is there, which it makes. */
  db.function('end_once', (file) => {
    if (!existsSync(String(file))) {
      writeFileSync(String(file), '');
      process.exit(1);
    }
    return threadId;
  });
  /** Makes the file, so that others see how far a query has come. */
  db.function('mark', (file) => {
    writeFileSync(String(file), '');
    return 1;
  });
  db.function('end_always', () => process.exit(1));
}
