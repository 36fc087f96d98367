/** Comes back in the next turn of the event loop, after the messages that wait at the ports. */
import { immediate } from './clock.ts';

interface Due {
  readonly callback: () => void;
}

/** Whether a turn costs next to nothing, as in Node. Elsewhere it is a message to oneself, which takes as long as an answer. */
export const areTurnsCheap = typeof immediate === 'function';

/** Those that wait for the turn itself. */
let turnsDue = 0;

/** Those that wait for the ports to be empty, in order. */
const early = new Set<Due>();

export function nextTurn(callback: () => void): void {
  turnsDue++;
  schedule(() => {
    turnsDue--;
    callback();
  });
}

/** Comes back in the next turn, which is not due for that: {@link isTurnDue} tells of others. */
export function quietTurn(callback: () => void): void {
  schedule(callback);
}

/** Comes back in the next turn, or before it, once somebody finds the ports empty. */
export function whenPortsAreEmpty(callback: () => void): void {
  const one: Due = { callback };
  early.add(one);
  schedule(() => run(one));
}

/** For whoever looks at the ports by himself, and has found them empty. Gives whether there was something to be done. */
export function portsAreEmpty(): boolean {
  for (const one of early) {
    run(one);
    return true;
  }
  return false;
}

/** Whether a callback waits for the next turn. */
export function isTurnDue(): boolean {
  return turnsDue > 0;
}

function run(one: Due): void {
  if (early.delete(one)) one.callback();
}

/** Node has `setImmediate`, which runs behind waiting messages; elsewhere a message to oneself does the same. */
const schedule: (callback: () => void) => void = areTurnsCheap ? (callback) => void immediate(callback) : byMessage();

function byMessage(): (callback: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  // In Node, where a page is imitated, it keeps the process alive for what waits alone.
  const { ref, unref } = port1 as { ref?(): void; unref?(): void };
  port1.onmessage = () => {
    const callback = waiting.shift();
    if (waiting.length === 0) unref?.call(port1);
    callback?.();
  };
  unref?.call(port1);
  return (callback) => {
    if (waiting.push(callback) === 1) ref?.call(port1);
    port2.postMessage(null);
  };
}
