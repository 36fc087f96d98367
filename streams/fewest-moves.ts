/** Finds the fewest rows that must move to bring the others into order. */

/** Rows that stand beside each other both before and now: `count` of them, from index `from` and at `place`. */
export interface Run {
  readonly from: number;
  readonly place: number;
  count: number;
}

/** Adds rows to the runs before them: to the last one, where they go on there. */
export function addRun(runs: Run[], from: number, place: number, count: number): void {
  const last = runs.at(-1);
  if (last && from === last.from + last.count && place === last.place + last.count) last.count += count;
  else if (count > 0) runs.push({ from, place, count });
}

/**
 * The runs outside of those with the most rows whose origins rise, which can stay.
 *
 * Shapes  runs are in the order of their places, and no row is in two of them. So are the runs that move.
 * Source  a heaviest increasing subsequence, by a Fenwick tree: https://en.wikipedia.org/wiki/Fenwick_tree
 */
export function fewestMoves(runs: readonly Run[]): Run[] {
  if (runs.every(({ from }, index) => index === 0 || runs[index - 1]!.from < from)) return [];
  const size = runs.length;
  const ranks = ranksOf(runs);
  // An end is one number that tells how many rows can stand in order up to the end of a run, and that run's rank: of two
  // ends, the higher has more rows, or as many and the lower rank.
  const best = new Float64Array(size + 1); // the highest end of some runs whose ranks follow each other
  const before = new Float64Array(size); // the end that a run adds its rows to; 0 for none
  for (let index = 0; index < size; index++) {
    const rank = ranks[index]!;
    before[index] = bestBelow(rank, best);
    const rows = Math.floor(before[index]! / size) + runs[index]!.count;
    const end = rows * size + (size - 1 - rank);
    for (let node = rank + 1; node <= size && best[node]! < end; node += node & -node) best[node] = end;
  }
  const moves: Run[] = [];
  let staying = bestBelow(size, best);
  for (let index = size - 1; index >= 0; index--) {
    if (staying > 0 && ranks[index] === size - 1 - (staying % size)) staying = before[index]!;
    else moves.push(runs[index]!);
  }
  return moves.reverse();
}

/** For each run, how many others have a lower origin. */
function ranksOf(runs: readonly Run[]): Int32Array {
  const size = runs.length;
  // Numbers sort in a quarter of the time that it takes with a function to compare them.
  const inOrder = new Float64Array(size);
  for (let index = 0; index < size; index++) inOrder[index] = runs[index]!.from * size + index;
  inOrder.sort();
  const ranks = new Int32Array(size);
  for (let rank = 0; rank < size; rank++) ranks[inOrder[rank]! % size] = rank;
  return ranks;
}

function bestBelow(rank: number, best: Float64Array): number {
  let end = 0;
  for (let node = rank; node > 0; node -= node & -node) if (best[node]! > end) end = best[node]!;
  return end;
}
