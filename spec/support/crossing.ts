/** Sends a value over a real MessageChannel. */
import { once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';

/** The value as it is at the other end; `moved` is transferred, not copied. */
export async function crossed<T>(value: T, moved: readonly ArrayBuffer[] = []): Promise<T> {
  const { port1, port2 } = new MessageChannel();
  try {
    const arrival = once(port2, 'message');
    port1.postMessage(value, moved);
    const [arrived] = await arrival;
    return arrived as T;
  } finally {
    port1.close();
  }
}
