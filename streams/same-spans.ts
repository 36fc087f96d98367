/** Finds what a list has of the one before it, row by row of the same object. */
import type { Spans } from './known-spans.ts';

/** How far to look for the place where two lists go on alike. */
const maxLookahead = 8;

/** Spans in the order of both lists. A row that moved, or far behind others that came or went, is not among them. */
export function sameSpans<R>(before: readonly R[], after: readonly R[]): Spans {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;

  const spans = [0, head];
  const olds = before.slice(head, before.length - tail);
  const news = after.slice(head, after.length - tail);
  let old = 0;
  let place = 0;
  while (old < olds.length && place < news.length) {
    const start = old;
    while (old < olds.length && olds[old] === news[place]) {
      old++;
      place++;
    }
    if (old > start) spans.push(head + start, old - start);
    else {
      const [skippedOlds, skippedNews] = distanceToSame(olds, old, news, place);
      add(spans, skippedNews);
      old += skippedOlds;
      place += skippedNews;
    }
  }
  add(spans, news.length - place);
  spans.push(before.length - tail, tail);
  return spans;
}

/** How many old rows, or new rows, to skip until the same object stands on both sides; one of each if that is far. */
function distanceToSame<R>(olds: readonly R[], old: number, news: readonly R[], place: number): [number, number] {
  for (let distance = 1; distance <= maxLookahead; distance++) {
    if (olds[old + distance] === news[place]) return [distance, 0];
    if (olds[old] === news[place + distance]) return [0, distance];
  }
  return [1, 1];
}

function add(spans: number[], count: number): void {
  if (spans.at(-2) === -1) spans[spans.length - 1]! += count;
  else spans.push(-1, count);
}
