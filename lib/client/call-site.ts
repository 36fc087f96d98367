/** Where a caller asked, for the stack of an error that comes back later. */

/** Taking a stack costs 2.5 µs, more than all else that a request costs its thread: in one turn only so many are taken. */
const maxPerTurn = 4;

let askedInTurn = 0;
let mayTake = maxPerTurn;

/** The caller's stack; none where this turn asks in bulk, and one where the last one did. Its text is made only when wanted. */
export function callSite(): Error | undefined {
  if (askedInTurn === 0) queueMicrotask(reset);
  return askedInTurn++ < mayTake ? new Error('asked here') : undefined;
}

function reset(): void {
  mayTake = askedInTurn > maxPerTurn ? 1 : maxPerTurn;
  askedInTurn = 0;
}
