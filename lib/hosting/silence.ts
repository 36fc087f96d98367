/** Notices a worker that says nothing, such as one whose file never calls `serve`. */
import { OpenError } from '../model/errors.ts';

/** A slow machine takes seconds to load a worker file with what it imports, and a user's may have more to do before it serves. */
export const answersWithinMs = 30_000;

/** Nothing was asked of a worker that has said nothing: to end it takes nothing back. */
export const endsWithinMs = 1000;

/** Looks so often while it waits. */
const looks = 10;

/**
 * Calls `silent` where `heard` stays pending for so long, and perhaps again. It counts its looks, not the time: a thread that
 * was asleep or busy has heard nothing either.
 */
export function onSilence(heard: Promise<unknown>, ms: number, silent: (failure: OpenError) => void): void {
  let left = looks;
  const timer = setInterval(() => {
    if (--left <= 0) silent(new OpenError('The worker does not answer: does it call serve()?'));
  }, ms / looks);
  // Whoever waits for the worker keeps the process alive.
  timer.unref?.();
  const stop = (): void => clearInterval(timer);
  heard.then(stop, stop);
}
