/** Comes back in the next turn of the event loop, after the messages that wait at the ports. */

let due = 0;

export function nextTurn(callback: () => void): void {
  due++;
  schedule(() => {
    due--;
    callback();
  });
}

/** Whether a callback waits for the next turn. */
export function isTurnDue(): boolean {
  return due > 0;
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
