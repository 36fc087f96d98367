/** Notices a leader that gives no sign of life. */

/** Looks so often while it waits for one sign. */
const looks = 4;

export interface Watched {
  /** Whether a sign has been awaited for as long as that, and has not come. */
  isSilentFor(ms: number): boolean;
  /** Asks for a sign. */
  ask(): void;
  /** None came. */
  silent(): void;
}

/**
 * Asks for a sign of life where nothing has come for `patienceMs`, and calls `silent` where none comes for as long again.
 * Gives what stops it. It counts its own looks, not the time: whoever was asleep hears nothing either.
 */
export function watchLeader(patienceMs: number, { isSilentFor, ask, silent }: Watched): () => void {
  let looksSinceAsked = 0;
  const timer = setInterval(() => {
    if (!isSilentFor(patienceMs)) {
      looksSinceAsked = 0;
      return;
    }
    if (looksSinceAsked === 0 || looksSinceAsked === looks / 2) ask();
    if (looksSinceAsked++ < looks) return;
    looksSinceAsked = 0;
    silent();
  }, patienceMs / looks);
  return () => clearInterval(timer);
}
