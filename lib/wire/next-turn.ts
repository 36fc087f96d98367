/** Comes back in the next turn of the event loop, after the messages that wait at the ports. */

interface Due {
  readonly callback: () => void;
}

/** Whether a turn costs next to nothing, as in Node. Elsewhere it is a message to oneself, which takes as long as an answer. */
export const areTurnsCheap = typeof setImmediate === 'function';

/** As it is at first: who replaces timers in his tests means his own. */
const immediate = globalThis.setImmediate;

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

/** Comes back in the next turn, which nobody waits for meanwhile. */
export function afterThisTurn(callback: () => void): void {
  schedule(callback);
}

/** Node has `setImmediate`, which runs behind waiting messages; elsewhere a message to oneself does the same. */
const schedule: (callback: () => void) => void = areTurnsCheap ? (callback) => void immediate(callback) : byMessage();

function byMessage(): (callback: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(null);
  };
}
