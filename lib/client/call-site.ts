/** Where a caller asked, for the stack of an error that comes back later. */

/** Taking a stack costs 1.5 µs, more than all else that a request costs its thread: in one turn only so many are taken. */
const maxPerTurn = 4;

let takenInTurn = 0;

/** The caller's stack; none where this turn asks in bulk. Its text is made only when an error wants it. */
export function callSite(): Error | undefined {
  if (takenInTurn === 0) queueMicrotask(reset);
  return takenInTurn++ < maxPerTurn ? new Error('asked here') : undefined;
}

function reset(): void {
  takenInTurn = 0;
}
