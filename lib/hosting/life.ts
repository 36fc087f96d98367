/** One life of a server: from where it was started or found to its end. A server that restarts has several. */

import type { Handover } from './control.ts';
import { type AnyWorker, type Thread, threadOf } from './threads.ts';

export interface Life {
  /** Speaks to the thread that runs the server. */
  readonly control: MessagePort;
  /** Resolves when it is over, with what ended it where that is known. */
  readonly over: Promise<unknown>;
  /** Ends the thread, where it is in our hands, and waits for that. */
  end(): Promise<unknown>;
  /** The thread is lost, and its end is waited for. */
  awaitEnd(): void;
}

/** The life of a server that runs on a worker of ours. */
export function lifeOn(worker: AnyWorker): Life {
  const thread: Thread = threadOf(worker);
  const { port1, port2 } = new MessageChannel();
  thread.post({ sluice: 'control', port: port1 } satisfies Handover, [port1]);
  return { control: port2, over: thread.over, end: () => thread.end(), awaitEnd: () => thread.awaitEnd() };
}

/** The life of a server whose thread is in other hands. */
export function lifeBehind(control: MessagePort): Life {
  const over = new Promise<undefined>((resolve) => control.addEventListener('close', () => resolve(undefined)));
  return { control, over, end: async () => undefined, awaitEnd: () => {} };
}
