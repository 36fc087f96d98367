/** Comes back in the next turn of the event loop, after the messages that wait at the ports. */

/** Node has `setImmediate`, which runs behind waiting messages; elsewhere a message to oneself does the same. */
export const nextTurn: (callback: () => void) => void =
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
