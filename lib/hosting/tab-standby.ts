/** A worker of this page that has nothing to do yet: it told how old its code is, and serves sooner than a new one. */
import { OpenError } from '../model/errors.ts';
import type { Readiness } from './control.ts';
import type { Warning } from './tab-words.ts';
import type { Thread } from './thread.ts';

export class Standby {
  readonly #start: () => Thread;
  #thread: Thread | undefined;

  constructor(start: () => Thread) {
    this.#start = start;
  }

  /** Starts it, where there is none, and gives what it tells. Errors  where it fails, with what it died of. */
  ready(): Promise<Readiness> {
    const thread = this.#started();
    const failed = thread.over.then((failure) => {
      throw failure ?? new OpenError('The worker was ended before it was ready');
    });
    return Promise.race([thread.ready, failed]);
  }

  /** Hands it over. */
  take(): Thread {
    const thread = this.#started();
    this.#thread = undefined;
    return thread;
  }

  /** Has it load what it can. */
  warmUp(): void {
    this.#thread?.post({ sluice: 'next' } satisfies Warning, []);
  }

  end(): void {
    void this.#thread?.end();
    this.#thread = undefined;
  }

  #started(): Thread {
    if (this.#thread) return this.#thread;
    const thread = this.#start();
    this.#thread = thread;
    void thread.over.then(() => {
      if (this.#thread === thread) this.#thread = undefined;
    });
    return thread;
  }
}
