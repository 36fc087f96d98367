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
  const written = (): number => driver.c.sqlite3_total_changes(db.pointer as number);
  let seen = written();
  const timer = setInterval(async () => {
    const now = written();
    if (now === seen) return;
    seen = now;
    if (await areThere()) return;
    clearInterval(timer);
    if (db.isOpen()) {
      const when = `within the last ${everyMs} ms of writing`;
      tell(new StorageLostError(`The data of this site were cleared while the database was open, ${when}`));
    }
  }, everyMs);
  return () => clearInterval(timer);
}
