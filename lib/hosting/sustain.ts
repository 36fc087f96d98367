/** Follows a server from one life to the next. */
import type { Life } from './life.ts';
import type { ServerLink } from './server-link.ts';

/** A server that ends this often without opening its database is not started again. */
const maxFailedStarts = 5;
const firstPauseMs = 50;

/** Has `link` hold the server in its `first` life, or the one that is sought, and in the next ones where it restarts. */
export async function sustain(link: ServerLink, seek: () => Life | Promise<Life>, first?: Life): Promise<void> {
  let failedStarts = 0;
  link.state.subscribe((state) => {
    if (state === 'open' || state === 'temporary') failedStarts = 0;
  });
  try {
    for (let life = first; ; life = undefined) {
      if (life === undefined) {
        life = await seek();
        link.hold(life);
      }
      const failure = await life.over;
      if (life.isPassedOn && failure === undefined) failedStarts = 0;
      if (!link.lost(failure)) return;
      if (++failedStarts > maxFailedStarts) return await link.end();
      await new Promise((resolve) => setTimeout(resolve, firstPauseMs * (failedStarts - 1)));
    }
  } catch (failure) {
    await link.end(failure);
  }
}
