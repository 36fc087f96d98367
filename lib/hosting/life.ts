/** One life of a server: from where it was started or found to its end. A server that restarts has several. */

import { errorOf } from '../wire/error-of-record.ts';
import type { Port } from '../wire/port.ts';
import type { ControlReply, Handover } from './control.ts';
import { workerThreads } from './node-threads.ts';
import type { Thread } from './thread.ts';
import { type AnyWorker, threadOf } from './threads.ts';

/** How long a lost connection waits for the reason, which the end of the thread brings. */
const reasonWithinMs = 1000;

export interface Life {
  /** Speaks to the thread that runs the server. */
  readonly control: MessagePort;
  /** Resolves when it is over, with what ended it where that is known. */
  readonly over: Promise<unknown>;
  /** Ends the thread, where it is in our hands, and waits for that. */
  end(): Promise<unknown>;
  /** The thread is lost, and its end is waited for. */
  awaitEnd(): void;
  /** Resolves with its first word, before which nothing is asked of it. Left out: it is there, or is sure to tell its end. */
  readonly heard?: Promise<unknown>;
  /** A new pair of ports, one of which is to be handed over by `control`. Left out: a `MessageChannel`. */
  channel?(): { readonly port1: MessagePort; readonly port2: MessagePort };
  /** The thread was started from here. */
  readonly isOurs?: boolean;
  /** Another takes over where it ends, so that its end alone is no failed start. */
  readonly isPassedOn?: boolean;
}

/** The life of a server that runs on a worker of ours. One whose file is the user's may be silent for ever. */
export function lifeOn(worker: AnyWorker, mayBeSilent: boolean): Life {
  const life = lifeIn(threadOf(worker));
  return mayBeSilent ? { ...life, heard: firstWordOn(life.control) } : life;
}

/** The life of a server that runs in a thread of ours. */
export function lifeIn(thread: Thread): Life {
  const { port1, port2 } = new MessageChannel();
  thread.post({ sluice: 'control', port: port1 } satisfies Handover, [port1]);
  // In Node the port closes with the thread, after its last words: that it went down is heard before that it is gone.
  const ended = workerThreads() ? closing(port2).then(() => thread.over) : thread.over;
  const lost = losing(port2);
  const over = Promise.race([ended, lost]);
  // A server without its database is of no use, and its thread holds what is left of the files.
  void lost.then(() => thread.end());
  return { control: port2, over, end: () => thread.end(), awaitEnd: () => thread.awaitEnd(), isOurs: true };
}

/** The life of a server whose thread is in other hands. `holder` resolves with the life of whoever has it, where that is known. */
export function lifeBehind(control: MessagePort, holder: Promise<unknown> = new Promise(() => {})): Life {
  const over = Promise.race([closing(control), losing(control), holder]);
  return { control, over, end: async () => undefined, awaitEnd: () => {} };
}

/** What ended it, or nothing where that is not known in time. */
export async function reasonOf(life: Life | undefined): Promise<unknown> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeUp = new Promise((resolve) => {
    timer = setTimeout(resolve, reasonWithinMs);
  });
  return Promise.race([life?.over, timeUp]).finally(() => clearTimeout(timer));
}

/** Closes a port with the life of the server behind it: browsers do not tell one end that the other is gone. */
export function closingWith<Out, In>(over: Promise<unknown>, port: Port<Out, In>): Port<Out, In> {
  if (workerThreads()) return port;
  return {
    ...port,
    listen({ packet, closed }) {
      let isOpen = true;
      const close = (): void => {
        if (isOpen) closed();
        isOpen = false;
      };
      port.listen({ packet: (received) => isOpen && packet(received), closed: close });
      void over.then(close);
    },
  };
}

function firstWordOn(port: MessagePort): Promise<unknown> {
  return new Promise((resolve) => port.addEventListener('message', resolve, { once: true }));
}

function losing(port: MessagePort): Promise<unknown> {
  return new Promise((resolve) =>
    port.addEventListener('message', ({ data }: MessageEvent<ControlReply>) => {
      if (data.kind === 'lost') resolve(errorOf(data.error));
    }),
  );
}

function closing(port: MessagePort): Promise<unknown> {
  return new Promise((resolve) => port.addEventListener('close', () => resolve(undefined)));
}
