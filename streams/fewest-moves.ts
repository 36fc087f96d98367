/** Finds the fewest rows that must move to bring the others into order. */

/** The places outside of a longest sequence of places whose origins rise, which is what can stay. */
export function fewestMoves(origins: Int32Array): number[] {
  const ends = new Int32Array(origins.length); // ends[n]: where n + 1 places can end with the lowest origin
  const before = new Int32Array(origins.length);
  let longest = 0;
  for (let place = 0; place < origins.length; place++) {
    const origin = origins[place]!;
    if (origin < 0) continue;
    const length = countBelow(origin, ends, longest, origins);
    before[place] = ends[length - 1] ?? -1;
    ends[length] = place;
    longest = Math.max(longest, length + 1);
  }
  const moves: number[] = [];
  let staying = ends[longest - 1] ?? -1;
  for (let place = origins.length - 1; place >= 0; place--) {
    if (place === staying) staying = before[place]!;
    else if (origins[place]! >= 0) moves.push(place);
  }
  return moves.reverse();
}

/** How many of the first `longest` ends, whose origins rise, have one below `origin`: where nothing moves, all of them. */
function countBelow(origin: number, ends: Int32Array, longest: number, origins: Int32Array): number {
  let low = 0;
  let high = longest;
  if (high > 0 && origins[ends[high - 1]!]! < origin) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (origins[ends[middle]!]! < origin) low = middle + 1;
    else high = middle;
  }
  return low;
}
