/** A result that is held in order, so that single rows of it can be exchanged. */
import { difference, type Patch } from '../../model/patch.ts';
import type { SqlValue } from '../../model/values.ts';
import type { OrderTerm } from '../analysis/result-order.ts';
import { operandValue } from '../analysis/result-order.ts';
import type { Operand } from '../analysis/row-filter.ts';
import type { OrderedPlan } from '../analysis/rows-plan.ts';
import type { Storage } from '../storage.ts';
import { type Following, readWhole } from './maintained.ts';
import { exchangeRows, firstPlace, type HeldRow } from './ordered-rows.ts';
import { isDamagedAt } from './row-keys.ts';
import { type CompareRows, rowOrder } from './row-order.ts';

/** Behind a window more rows are held, so that not each one that leaves it makes the whole be read again. */
const spareRows = { least: 20, most: 1000 };

/** A window that ends further away is not held: skipping its rows is SQLite's. */
const furthestEnd = 10_000;

interface Bounds {
  readonly start: number;
  readonly end: number;
}

export class OrderedResult {
  readonly #plan: OrderedPlan;
  readonly #params: readonly SqlValue[];
  readonly #bounds: Bounds;
  /** By ORDER BY, and where that leaves it open, by what names the rows. */
  readonly #compare: CompareRows;
  readonly #compareOrder: CompareRows;
  /** Where the values stand that rows are sorted by, and those that name them. */
  readonly #sorting: readonly number[];
  readonly #naming: readonly number[];
  readonly #nameOf: (row: HeldRow) => string;
  rows: readonly HeldRow[] = [];
  /** No row lies behind those that are held. */
  #isComplete = true;
  /** Nobody but SQLite can tell in which order they are. */
  #isUnsortable = false;

  /** Gives undefined where the window is none that can be held. */
  static of(
    plan: OrderedPlan,
    params: readonly SqlValue[],
    names: readonly OrderTerm[],
    nameOf: (row: HeldRow) => string,
  ): OrderedResult | undefined {
    const bounds = boundsOf(plan, params);
    return bounds && new OrderedResult(plan, params, bounds, names, nameOf);
  }

  private constructor(
    plan: OrderedPlan,
    params: readonly SqlValue[],
    bounds: Bounds,
    names: readonly OrderTerm[],
    nameOf: (row: HeldRow) => string,
  ) {
    this.#plan = plan;
    this.#params = params;
    this.#bounds = bounds;
    this.#compare = rowOrder([...plan.order, ...names]);
    this.#compareOrder = rowOrder(plan.order);
    this.#sorting = plan.order.map(({ at }) => at);
    this.#naming = names.map(({ at }) => at);
    this.#nameOf = nameOf;
  }

  get shown(): readonly HeldRow[] {
    const { start, end } = this.#bounds;
    return start === 0 && this.rows.length <= end ? this.rows : this.rows.slice(start, end);
  }

  read(storage: Storage): void {
    const { end } = this.#bounds;
    const { most, least } = spareRows;
    const count = Number.isFinite(end) ? end + Math.min(Math.max(end, least), most) : -1;
    const { isCut } = this.#plan;
    const params = isCut ? [...this.#params, count] : this.#params;
    const { columns, rows } = storage.read({ sql: this.#plan.whole, params });
    if (columns.length !== this.#plan.width + this.#plan.hidden) throw new RangeError('The result has other columns');
    this.rows = rows;
    this.#isComplete = !isCut || count < 0 || rows.length < count;
    this.#isUnsortable = rows.some((row) => isDamagedAt(this.#sorting, row));
  }

  /** Where a row that is held stands. Costs a search by ORDER BY, and then a look at those that have the same place in it. */
  placeOf(row: HeldRow): number {
    const place = this.rows.indexOf(row, firstPlace(row, this.rows, this.#compareOrder));
    return place < 0 ? this.rows.indexOf(row) : place;
  }

  /**
   * Exchanges rows; calls `came` for each that is new, or whose hidden values are. Where nobody needs the rows before any
   * more, their list `isFree`.
   */
  exchange(
    gone: ReadonlyMap<string, number>,
    fresh: readonly HeldRow[],
    isFree: boolean,
    came: (row: HeldRow) => void = () => {},
  ): Following {
    const isUnknown = (row: HeldRow): boolean => isDamagedAt(this.#sorting, row) || isDamagedAt(this.#naming, row);
    const goes = [...gone.values()].map((place) => this.rows[place]!);
    if (this.#isUnsortable || fresh.some(isUnknown) || goes.some(isUnknown)) return readWhole;
    const { end } = this.#bounds;
    const { width } = this.#plan;
    const before = this.shown;
    const held = this.rows;
    const last = this.#isComplete ? undefined : held.at(-1);
    const exchanged = exchangeRows({
      rows: held,
      gone,
      fresh: new Map(fresh.map((row) => [this.#nameOf(row), row])),
      width,
      compare: this.#compare,
      last: last && [...last],
      // Of a window, what is shown before and after is compared.
      isFree: isFree && before === held && !Number.isFinite(end),
    });
    const { rows, patch } = exchanged;
    for (const row of exchanged.came) came(row);
    if (!this.#isComplete && rows.length < end) return readWhole;
    this.rows = rows;
    if (Number.isFinite(end) && rows.length > end + 2 * spareRows.most) {
      rows.length = end + spareRows.most;
      this.#isComplete = false;
    }
    const after = this.shown;
    if (before === held && after === rows) return patch;
    // A window is small, and what it no longer shows may look like what it shows now.
    return difference(before, after, width) as Patch<HeldRow> | undefined;
  }
}

function boundsOf({ window }: OrderedPlan, params: readonly SqlValue[]): Bounds | undefined {
  if (window === undefined) return { start: 0, end: Number.POSITIVE_INFINITY };
  const [limit, skipped] = [countOf(window.limit, params), window.offset ? countOf(window.offset, params) : 0];
  if (limit === undefined || skipped === undefined) return undefined;
  const start = Math.max(0, skipped);
  // A negative LIMIT is none. https://sqlite.org/lang_select.html#limitoffset
  if (limit < 0) return { start, end: Number.POSITIVE_INFINITY };
  return start + limit > furthestEnd ? undefined : { start, end: start + limit };
}

function countOf(operand: Operand, params: readonly SqlValue[]): number | undefined {
  const value = operandValue(operand, params);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}
