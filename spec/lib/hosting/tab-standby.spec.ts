/** The worker that a page among tabs keeps ready. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Standby } from '../../../lib/hosting/tab-standby.ts';
import type { Thread } from '../../../lib/hosting/thread.ts';
import { OpenError } from '../../../lib/model/errors.ts';

/** A thread that never says anything. */
function silentThread() {
  const over = Promise.withResolvers<unknown>();
  const thread: Thread = {
    post: () => {},
    over: over.promise,
    ready: new Promise(() => {}),
    end: async () => over.resolve(undefined),
    awaitEnd: () => {},
  };
  return thread;
}

describe('a standby', () => {
  for (const { ms, isHurried } of [
    { ms: 30_000, isHurried: false },
    { ms: 1000, isHurried: true },
  ]) {
    it(`${isHurried ? 'whose end is awaited ' : ''}gives its worker up where it is silent for ${ms} ms`, async (test) => {
      test.mock.timers.enable({ apis: ['setInterval'] });
      const thread = silentThread();
      const standby = new Standby(() => thread);
      let isOver = false;
      const ready = standby.ready().finally(() => {
        isOver = true;
      });
      if (isHurried) standby.hurry();
      test.mock.timers.tick(ms - 1);
      await new Promise((resolve) => setTimeout(resolve));
      assert.ok(!isOver);
      test.mock.timers.tick(1);
      await assert.rejects(ready, (error) => error instanceof OpenError && /serve\(\)/.test(error.message));
      await thread.over;
    });
  }
});
