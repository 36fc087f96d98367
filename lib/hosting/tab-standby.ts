/** A worker of this page that has nothing to do yet: it told how old its code is, and serves sooner than a new one. */
import { OpenError } from '../model/errors.ts';
import type { Readiness } from './control.ts';
import { answersWithinMs, endsWithinMs, onSilence } from './silence.ts';
import type { Warning } from './tab-words.ts';
import type { Thread } from './thread.ts';

export class Standby {
  readonly #start: () => Thread;
  #thread: Thread | undefined;
  #hurry = (): void => {};

  constructor(start: () => Thread) {
    this.#start = start;
  }

  /** Starts it, where there is none, and gives what it tells. Errors  where it fails, with what it died of. */
  ready(): Promise<Readiness> {
    const thread = this.#started();
    const failed = thread.over.then((failure) => {
      throw failure ?? new OpenError('The worker was ended before it was ready');
    });
    const told = Promise.race([thread.ready, failed]);
    const silent = new Promise<never>((_, reject) => {
      const giveUp = (failure: OpenError): void => {
        reject(failure);
        void thread.end();
      };
      onSilence(told, answersWithinMs, giveUp);
      this.#hurry = () => onSilence(told, endsWithinMs, giveUp);
    });
    return Promise.race([told, silent]);
  }

  /** It is to tell soon: somebody waits for the end of the server. */
  hurry(): void {
    this.#hurry();
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
