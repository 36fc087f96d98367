/** Notices that the files of a database were cleared away while it was open: writing to them goes on as if nothing were. */
import type { Database } from '@sqlite.org/sqlite-wasm';
import { type SluiceError, StorageLostError } from '../../lib/model/errors.ts';
import type { Driver } from './driver.ts';

/** How often it is looked at, while something is written. It takes the browser about a millisecond, and blocks nothing. */
const everyMs = 1000;

/** Calls `tell` once. Gives what stops it. */
export function watchForLoss(
  driver: Driver,
  db: Database,
  areThere: () => Promise<boolean>,
  tell: (reason: SluiceError) => void,
): () => void {
  // In Chromium, what fits the files as they were is written to nowhere, and what makes them grow is refused.
  const attempts = () => ({
    written: driver.c.sqlite3_total_changes(db.pointer as number),
    failure: driver.lastFailure(),
  });
  let seen = attempts();
  const timer = setInterval(async () => {
    const { written, failure } = attempts();
    if (written === seen.written && failure === seen.failure) return;
    seen = { written, failure };
    if (await areThere()) return;
    clearInterval(timer);
    if (db.isOpen()) {
      const when = `within the last ${everyMs} ms of writing`;
      tell(new StorageLostError(`The data of this site were cleared while the database was open, ${when}`));
    }
  }, everyMs);
  return () => clearInterval(timer);
}
