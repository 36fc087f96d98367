/** Comes back in the next turn of the event loop, after the messages that wait at the ports. */

interface Due {
  readonly callback: () => void;
}

/** Those that wait, in order. */
const due = new Set<Due>();

export function nextTurn(callback: () => void): void {
  const one: Due = { callback };
  due.add(one);
  schedule(() => run(one));
}

/**
 * Has the first of those that wait come back at once, for whoever has just looked at the ports by himself. Gives whether there
 * was any.
 */
export function runNextTurn(): boolean {
  for (const one of due) {
    run(one);
    return true;
  }
  return false;
}

function run(one: Due): void {
  if (due.delete(one)) one.callback();
}

/** Node has `setImmediate`, which runs behind waiting messages; elsewhere a message to oneself does the same. */
const schedule: (callback: () => void) => void =
  typeof setImmediate === 'function' ? (callback) => void setImmediate(callback) : byMessage();

function byMessage(): (callback: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return (callback) => {
    waiting.push(callback);
    port2.postMessage(null);
  };
}
