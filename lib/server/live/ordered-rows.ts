/** Rows in order, some of which change: the others stay where they are. */
import { type Patch, PatchBuilder } from '../../model/patch.ts';
import { type SqlValue, sameValue } from '../../model/values.ts';
import type { CompareRows } from './row-order.ts';

/** A row of a result, its hidden columns behind those that are shown. Held by identity: one that shows the same is the same. */
export type HeldRow = SqlValue[];

export interface RowExchange {
  readonly rows: readonly HeldRow[];
  /** The places of the rows that are to go, by name. */
  readonly gone: ReadonlyMap<string, number>;
  /** Rows that are to come, by name. One with the name of a row that goes is that row, changed. */
  readonly fresh: ReadonlyMap<string, HeldRow>;
  readonly width: number;
  readonly compare: CompareRows;
  /** A row that sorts behind this one has no place. */
  readonly last?: HeldRow | undefined;
}

export interface ExchangedRows {
  readonly rows: HeldRow[];
  /** How these follow from those before. */
  readonly patch: Patch<HeldRow>;
  /** The rows that left their place, whether or not they came back to another. */
  readonly taken: ReadonlySet<HeldRow>;
}

/** What happens at one place of the rows before: a row comes before the one that is there, and that one may be replaced. */
interface Edit {
  readonly place: number;
  readonly comes?: HeldRow;
  /** Where the one that comes was before, if it shows the same. */
  readonly from?: number;
  /** What takes the place of the one that is there; none where it only goes. */
  readonly instead?: HeldRow | undefined;
}

/**
 * Exchanges rows. A row that changes without a change of its order keeps its place. Costs what is exchanged, beside one copy
 * of the list.
 */
export function exchangeRows(exchange: RowExchange): ExchangedRows {
  const { rows } = exchange;
  const edits = editsOf(exchange);
  const patch = new PatchBuilder<HeldRow>();
  const taken = new Set<HeldRow>();
  const after: HeldRow[][] = [];
  let own: HeldRow[] = [];
  let next = 0;
  for (const { place, comes, from, instead } of edits) {
    if (place > next) {
      patch.copy(next, place - next);
      after.push(own, rows.slice(next, place));
      own = [];
      next = place;
    }
    if (comes) {
      if (from === undefined) patch.add(comes);
      else patch.copy(from, 1);
      own.push(comes);
      continue;
    }
    next = place + 1;
    if (instead === rows[place]) patch.copy(place, 1);
    else {
      taken.add(rows[place]!);
      if (instead) patch.add(instead);
    }
    if (instead) own.push(instead);
  }
  patch.copy(next, rows.length - next);
  after.push(own, rows.slice(next));
  return { rows: ([] as HeldRow[]).concat(...after), patch, taken };
}

/** How the shown rows follow from those before, where a window shows a part. `taken` are those that left their place. */
export function patchOf(
  before: readonly HeldRow[],
  after: readonly HeldRow[],
  taken: ReadonlySet<HeldRow>,
): Patch<HeldRow> {
  const patch = new PatchBuilder<HeldRow>();
  const places = new Map(before.flatMap((row, index) => (taken.has(row) ? [[row, index] as const] : [])));
  let next = 0;
  for (const row of after) {
    while (next < before.length && before[next] !== row && taken.has(before[next]!)) next++;
    if (before[next] === row) patch.copy(next++, 1);
    else {
      const place = places.get(row);
      if (place === undefined) patch.add(row);
      else patch.copy(place, 1);
    }
  }
  return patch;
}

/** Whether a patch leaves the rows as they are. */
export function isEmptyPatch({ spans, rows }: Patch<HeldRow>, length: number): boolean {
  if (rows.length > 0) return false;
  return length === 0 ? spans.length === 0 : spans.length === 2 && spans[0] === 0 && spans[1] === length;
}

/** In the order of their places; those that come to one place in their own order, before the one there. */
function editsOf({ rows, gone, fresh, width, compare, last }: RowExchange): Edit[] {
  const edits: Edit[] = [];
  const comers: { readonly row: HeldRow; readonly place: number; readonly before: number | undefined }[] = [];
  const kept = new Map<number, HeldRow>();
  for (const [name, row] of fresh) {
    const before = gone.get(name);
    if (before !== undefined && compare(rows[before]!, row) === 0) kept.set(before, row);
    else if (!last || compare(row, last) < 0) comers.push({ row, place: placeFor(row, rows, compare), before });
  }
  // Only now may a row that stays take its new hidden values: until here it was compared by the old ones.
  comers.sort((a, b) => a.place - b.place || compare(a.row, b.row));
  for (const { row, place, before } of comers) {
    const isSame = before !== undefined && sameShown(rows[before]!, row, width);
    edits.push(isSame ? { place, comes: takeHidden(rows[before]!, row, width), from: before } : { place, comes: row });
  }
  for (const place of gone.values()) {
    const row = kept.get(place);
    const isSame = row !== undefined && sameShown(rows[place]!, row, width);
    edits.push({ place, instead: isSame ? takeHidden(rows[place]!, row, width) : row });
  }
  return edits.sort((a, b) => a.place - b.place || Number(b.comes !== undefined) - Number(a.comes !== undefined));
}

function placeFor(row: HeldRow, rows: readonly HeldRow[], compare: CompareRows): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(rows[middle]!, row) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sameShown(a: HeldRow, b: HeldRow, width: number): boolean {
  for (let i = 0; i < width; i++) if (!sameValue(a[i]!, b[i]!)) return false;
  return true;
}

function takeHidden(before: HeldRow, after: HeldRow, width: number): HeldRow {
  for (let i = width; i < after.length; i++) before[i] = after[i]!;
  return before;
}
