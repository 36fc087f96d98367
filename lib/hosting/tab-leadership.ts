/** A page that leads: it runs the worker which serves the tabs of its origin. */
import { type Life, lifeIn } from './life.ts';
import type { Tenure } from './tab-seat.ts';
import { type Appointment, pageOf, serviceOf } from './tab-words.ts';
import type { Thread } from './thread.ts';

export class Leadership implements Tenure {
  readonly epoch = nextEpoch();
  readonly isOurs = true;
  readonly over: Promise<unknown>;
  readonly #name: string;
  readonly #thread: Thread;
  readonly #leaving = new AbortController();
  readonly #since = performance.now();
  #isServed = false;
  #finish: (failure?: unknown) => void = () => {};

  constructor(name: string, thread: Thread, isSuccessor: boolean) {
    this.#name = name;
    this.#thread = thread;
    this.over = new Promise((resolve) => {
      this.#finish = (failure) => {
        this.#leaving.abort();
        // What is left of it holds the files.
        void thread.end();
        resolve(failure);
      };
    });
    void thread.over.then(this.#finish);
    void navigator.locks.request(pageOf(name, this.epoch), () => {
      thread.post({ sluice: 'lead', name, epoch: this.epoch, isSuccessor } satisfies Appointment, []);
      return this.over;
    });
  }

  /** The worker serves: from now on its lock tells whether it does. A browser does not tell when a worker is ended. */
  serves(): void {
    // It says so whenever a tab is opened.
    if (this.#isServed) return;
    this.#isServed = true;
    const options = { mode: 'shared', signal: this.#leaving.signal } as const;
    navigator.locks.request(serviceOf(this.#name, this.epoch), options, () => this.#finish()).catch(() => {});
  }

  /** Whether the worker was to serve so long ago, and does not: it may have been ended before. */
  isSilentFor(ms: number): boolean {
    return !this.#isServed && performance.now() - this.#since > ms;
  }

  life(): Life {
    const life = lifeIn(this.#thread);
    void life.over.then(this.#finish);
    return { ...life, over: this.over, isPassedOn: true };
  }

  async end(): Promise<unknown> {
    this.#finish();
    return this.over;
  }
}

/** Later ones sort behind earlier ones. */
function nextEpoch(): string {
  return `${String(Date.now()).padStart(15, '0')} ${crypto.randomUUID()}`;
}
