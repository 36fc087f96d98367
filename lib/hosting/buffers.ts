/** Finds the buffers in a value, so that they can be moved to another thread. */
import { isMarkedAsUntransferable } from 'node:worker_threads';

/** Each buffer once, however deep. Left out are those that cannot be moved: shared ones, and Node's pool of small Buffers. */
export function buffersIn(value: unknown): ArrayBuffer[] {
  const seen = new Set<object>();
  const look = (thing: unknown): void => {
    if (typeof thing !== 'object' || thing === null) return;
    const part = ArrayBuffer.isView(thing) ? thing.buffer : thing;
    if (seen.has(part)) return;
    seen.add(part);
    if (!(part instanceof ArrayBuffer)) for (const inner of partsOf(part)) look(inner);
  };
  look(value);
  return [...seen].filter((part) => part instanceof ArrayBuffer && !isMarkedAsUntransferable(part)) as ArrayBuffer[];
}

function partsOf(thing: object): Iterable<unknown> {
  if (thing instanceof Map) return [...thing.keys(), ...thing.values()];
  return thing instanceof Set ? thing : Object.values(thing);
}
