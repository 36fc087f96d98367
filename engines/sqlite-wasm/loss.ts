/** Notices that the files of a database were cleared away while it was open: their handles go on, and lead nowhere. */
import { type SluiceError, StorageLostError } from '../../lib/model/errors.ts';

/** How often it is looked at, while the database is used. It takes the browser about a millisecond, and blocks nothing. */
const everyMs = 1000;

/** Clearing takes its time: it is looked at so often after the last use. */
const looksAfterUse = 5;

/** Calls `tell` once. `uses` counts up whenever a statement is run. Gives what stops it. */
export function watchForLoss(
  uses: () => number,
  areThere: () => Promise<boolean>,
  tell: (reason: SluiceError) => void,
): () => void {
  let seen = uses();
  let looks = 0;
  let isStopped = false;
  const timer = setInterval(async () => {
    const used = uses();
    if (used !== seen) looks = looksAfterUse;
    seen = used;
    if (looks === 0) return;
    looks--;
    if ((await areThere()) || isStopped) return;
    stop();
    tell(new StorageLostError('The data of this site were cleared while the database was open'));
  }, everyMs);
  const stop = (): void => {
    isStopped = true;
    clearInterval(timer);
  };
  return stop;
}
