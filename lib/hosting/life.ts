/** One life of a server: from where it was started or found to its end. A server that restarts has several. */

import type { Handover } from './control.ts';
import { type AnyWorker, threadOf, workerThreads } from './threads.ts';

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
  const thread = threadOf(worker);
  const { port1, port2 } = new MessageChannel();
  thread.post({ sluice: 'control', port: port1 } satisfies Handover, [port1]);
  // In Node the port closes with the thread, after its last words: that it went down is heard before that it is gone.
  const over = workerThreads() ? closing(port2).then(() => thread.over) : thread.over;
  return { control: port2, over, end: () => thread.end(), awaitEnd: () => thread.awaitEnd() };
}

/** The life of a server whose thread is in other hands. */
export function lifeBehind(control: MessagePort): Life {
  return { control, over: closing(control), end: async () => undefined, awaitEnd: () => {} };
}

function closing(port: MessagePort): Promise<unknown> {
  return new Promise((resolve) => port.addEventListener('close', () => resolve(undefined)));
}
