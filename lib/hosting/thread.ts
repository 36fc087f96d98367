/** A thread, as Node and browsers both have them. */
import type { Readiness } from './control.ts';

/** A worker that has been started. */
export interface Thread {
  post(message: unknown, transfer: readonly MessagePort[]): void;
  /** Resolves when the thread is over, with what ended it if it failed. A browser tells of failures only. */
  readonly over: Promise<unknown>;
  /** Resolves once it listens. */
  readonly ready: Promise<Readiness>;
  end(): Promise<unknown>;
  /** Keeps the process alive until the thread is over: it is about to be, and something waits for that. */
  awaitEnd(): void;
}
