/** How much of this thread's heap is in use. The exports are what a server takes from a module of its worker. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// A context that is made after the flag was set has the function.
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What objects and buffers take, in bytes, after garbage was collected. */
export function heapBytes(): number {
  collectGarbage();
  const { used_heap_size, external_memory } = getHeapStatistics();
  return used_heap_size + external_memory;
}

export const procedures = { heapBytes };
