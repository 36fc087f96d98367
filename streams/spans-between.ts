/** What a list has of the one before it: as it is known, or as it is found. */
import { knownSpans, type Spans } from './known-spans.ts';
import { sameSpans } from './same-spans.ts';

export interface SpansBetween {
  readonly spans: Spans;
  /** The places before of all rows that are in no span, in pairs `start, end`. */
  readonly left: readonly number[];
}

/** No row is in two spans: where a row is known to be there twice, the lists are compared. */
export function spansBetween<R>(before: readonly R[], after: readonly R[]): SpansBetween {
  const known = knownSpans(before, after);
  const leftKnown = known && placesLeft(known, before.length);
  if (known && leftKnown) return { spans: known, left: leftKnown };
  const spans = sameSpans(before, after);
  return { spans, left: placesLeft(spans, before.length)! };
}

/** The places that no span covers; none can be told where one is covered twice, or is not there. */
function placesLeft(spans: Spans, length: number): number[] | undefined {
  const inOrder: number[] = [];
  let isInOrder = true;
  let highest = 0;
  for (let i = 0; i < spans.length; i += 2) {
    const from = spans[i]!;
    if (from < 0 || spans[i + 1] === 0) continue;
    if (from < highest) isInOrder = false;
    highest = from;
    inOrder.push(i);
  }
  if (!isInOrder) inOrder.sort((one, other) => spans[one]! - spans[other]!);

  const left: number[] = [];
  let place = 0;
  for (const i of inOrder) {
    const from = spans[i]!;
    if (from < place) return undefined;
    if (from > place) left.push(place, from);
    place = from + spans[i + 1]!;
  }
  if (place < length) left.push(place, length);
  return place > length ? undefined : left;
}
