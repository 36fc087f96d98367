/** How a list follows from the one before it, noted on the list by whoever made it so. */

/**
 * What a list has of the one before it, in pairs `from, count` and in the order of the list: `count` rows, the same
 * objects, from index `from` of the one before; or, where `from` is -1, `count` rows of which nothing is known.
 */
export type Spans = ArrayLike<number>;

/** On the list itself, and not enumerable: it goes with the list, and nothing that copies the list takes it along. */
const origin = Symbol('origin');

/** Lists are named by tokens, since a list that held the one before would hold all that were ever there. */
interface Origin {
  readonly list: object;
  readonly before: object | undefined;
  readonly spans: Spans;
}

interface Noted<R> extends ReadonlyArray<R> {
  readonly [origin]?: Origin;
}

/** Notes how `after`, a list just made, follows from `before`. The next one can follow only from a list with a note. */
export function noteSpans<R>(before: Noted<R>, after: Noted<R>, spans: Spans): void {
  const value: Origin = { list: {}, before: before[origin]?.list, spans };
  Object.defineProperty(after, origin, { value, enumerable: false });
}

/** What is noted of exactly these two lists, if anything is, and if it speaks of as many rows as are there. */
export function knownSpans<R>(before: Noted<R>, after: Noted<R>): Spans | undefined {
  const known = after[origin];
  if (known?.before === undefined || known.before !== before[origin]?.list) return undefined;
  let length = 0;
  for (let i = 1; i < known.spans.length; i += 2) length += known.spans[i]!;
  return length === after.length ? known.spans : undefined;
}
