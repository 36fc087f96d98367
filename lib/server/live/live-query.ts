/** One live query on the server: its last result, and how it is brought up to date. */
import { difference, type Patch } from '../../model/patch.ts';
import type { BoundStatement } from '../../model/query.ts';
import type { SqlValue } from '../../model/values.ts';
import type { LiveStep } from '../../wire/messages.ts';
import { blockOf } from '../../wire/row-block.ts';
import { type ChangedRows, GatheredRows, type RowsOfTable } from '../capture/changed-rows.ts';
import type { Rows, Storage } from '../storage.ts';
import type { Follower } from './follower.ts';
import { type Following, type Maintained, type PendingChanges, type RowJudge, readWhole } from './maintained.ts';

/** What has been spent on a live query. */
export interface LiveCounters {
  readonly runs: number;
  /** Runs that read only what the changed rows touched. */
  readonly partialRuns: number;
  /** Runs whose result was equal. */
  readonly wastedRuns: number;
  readonly totalMs: number;
}

/** What looking up one key is taken to cost until it was measured. */
const firstGuessMs = 0.01;

/** Results whose list of rows became that of the next, once all followers had them. */
const overwritten = new WeakSet<Rows>();

/** The part of a new measurement in the mean. */
const weight = 0.3;

export class LiveQuery {
  readonly statement: BoundStatement;
  /** Equal for equal statements. */
  readonly key: string;
  /** Unlike that of any other. */
  readonly number: number;
  readonly followers = new Set<Follower<LiveQuery>>();
  readonly counters: { -readonly [K in keyof LiveCounters]: LiveCounters[K] } = {
    runs: 0,
    partialRuns: 0,
    wastedRuns: 0,
    totalMs: 0,
  };
  /** The tables whose change made it dirty. */
  readonly causes = new Set<string>();
  /** What the last run took. */
  tookMs = 0;
  result: Rows | undefined;
  /** The parameters in the order of the statement. */
  values: readonly SqlValue[] = [];
  #maintained: Maintained | undefined;
  /** What changed since the last run; undefined where only a whole run will tell. */
  #pending: Map<string, GatheredRows> | undefined;
  #isDirty = true;
  /** What is maintained was read. */
  #isHeld = false;
  #wholeMs = 0;
  #keyMs = firstGuessMs;
  /** The difference that most followers need. */
  #lastStep: { readonly from: Rows; readonly patch: Patch<readonly SqlValue[]> } | undefined;

  constructor(statement: BoundStatement, key: string, number: number) {
    this.statement = statement;
    this.key = key;
    this.number = number;
  }

  /** A commit since the last run may have changed the result. */
  get isDirty(): boolean {
    return this.#isDirty;
  }

  /** Whether it may be brought up to date by the rows that changed since the last run. */
  get knowsChanges(): boolean {
    return this.#changes() !== undefined;
  }

  /** Whether a run would reach anybody now. */
  get isAwaited(): boolean {
    for (const follower of this.followers) if (!follower.awaitsCredit) return true;
    return false;
  }

  /** Says how the result is maintained from now on; the next run reads it whole. */
  maintain(maintained: Maintained | undefined, values: readonly SqlValue[]): void {
    this.#maintained = maintained;
    this.values = values;
    this.#isHeld = false;
  }

  /** These rows of a table concern it. */
  markDirty(table: string, rows: RowsOfTable): void {
    if (!this.#isDirty && this.#maintained) this.#pending = new Map();
    this.#isDirty = true;
    this.causes.add(table);
    if (this.#pending) {
      const gathered = this.#pending.get(table) ?? new GatheredRows();
      gathered.add(rows);
      this.#pending.set(table, gathered);
    }
    for (const follower of this.followers) if (!follower.knowsStale) follower.audience.stale(follower);
  }

  /** Brings the result up to date. An equal one leaves the last in its place. */
  run(storage: Storage, judge: RowJudge): void {
    const before = this.result;
    const start = performance.now();
    if (!this.#followChanges(storage, judge)) this.#readWhole(storage);
    this.#isDirty = false;
    this.#pending = undefined;
    this.counters.runs++;
    if (this.result === before) this.counters.wastedRuns++;
    this.tookMs = performance.now() - start;
    this.counters.totalMs += this.tookMs;
  }

  /** From a result that a follower has to the present one; null where the two are equal. */
  stepFrom(from: Rows | undefined): LiveStep | null {
    const to = this.result;
    if (to === undefined || from === to) return null;
    const width = to.columns.length;
    const step = this.#lastStep?.from === from ? this.#lastStep : undefined;
    const isLost = step === undefined && from !== undefined && overwritten.has(from);
    if (from === undefined || isLost || !sameColumns(from.columns, to.columns)) {
      const spans = to.rows.length > 0 ? [-1, to.rows.length] : [];
      return { spans, rows: blockOf(to.rows, width), columns: to.columns };
    }
    const patch = step ? step.patch : difference(from.rows, to.rows, width);
    return patch === undefined ? null : { spans: patch.spans, rows: blockOf(patch.rows, width) };
  }

  /** Gives whether the result could be made from the changes alone, for less than reading it would cost. */
  #followChanges(storage: Storage, judge: RowJudge): boolean {
    const before = this.result;
    const changes = this.#changes();
    if (this.#maintained === undefined || !this.#isHeld || changes === undefined || before === undefined) return false;
    const effort = this.#maintained.effort(changes);
    if (effort === undefined || effort * this.#keyMs > this.#wholeMs) return false;
    const start = performance.now();
    const patch = this.#follow(this.#maintained, storage, changes, judge, before);
    if (patch === readWhole) return false;
    this.#keyMs += weight * ((performance.now() - start) / Math.max(1, effort) - this.#keyMs);
    this.counters.partialRuns++;
    if (patch !== undefined) this.#step(before, { columns: before.columns, rows: this.#maintained.shown }, patch);
    return true;
  }

  /** What changed since the last run; undefined where that is not known. */
  #changes(): PendingChanges | undefined {
    const changes = new Map<string, readonly ChangedRows[]>();
    for (const [table, { rows }] of this.#pending ?? []) {
      if (rows === 'unknown') return undefined;
      changes.set(table, rows);
    }
    return this.#pending && changes;
  }

  #readWhole(storage: Storage): void {
    const before = this.result;
    const start = performance.now();
    const after = this.#readMaintained(storage) ?? storage.read(this.statement);
    this.#isHeld = true;
    const tookMs = performance.now() - start;
    this.#wholeMs = this.#wholeMs === 0 ? tookMs : this.#wholeMs + weight * (tookMs - this.#wholeMs);
    // What was dear once may be cheap now: it is tried again in the end.
    this.#keyMs *= 1 - weight / 10;
    const isLost = before !== undefined && overwritten.has(before);
    if (before === undefined || isLost || !sameColumns(before.columns, after.columns)) {
      this.result = after;
      this.#lastStep = undefined;
      return;
    }
    const patch = difference(before.rows, after.rows, after.columns.length);
    if (patch !== undefined) this.#step(before, after, patch);
  }

  #follow(maintained: Maintained, storage: Storage, changes: PendingChanges, judge: RowJudge, before: Rows): Following {
    const isFree = [...this.followers].every((follower) => follower.isUpToDate(this));
    try {
      const patch = maintained.follow(storage, changes, judge, isFree);
      if (patch && patch !== readWhole && maintained.shown === before.rows) overwritten.add(before);
      return patch;
    } catch {
      if (isFree) overwritten.add(before);
      return readWhole;
    }
  }

  /** Where the extended query fails, the query itself is asked, and it is its error that counts. */
  #readMaintained(storage: Storage): Rows | undefined {
    try {
      if (this.#maintained === undefined) return undefined;
      this.#maintained.read(storage);
      // A column without an alias has the text of its expression for a name, in which parameters are numbered now.
      return { columns: storage.columnsOf(this.statement.sql), rows: this.#maintained.shown };
    } catch {
      this.#maintained = undefined;
      return undefined;
    }
  }

  #step(from: Rows, to: Rows, patch: Patch<readonly SqlValue[]>): void {
    this.result = to;
    this.#lastStep = { from, patch };
  }
}

function sameColumns(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
