/** One live query on the server: its last result, and who follows it. */
import { difference, type Patch } from '../model/patch.ts';
import type { BoundStatement } from '../model/query.ts';
import type { SqlValue } from '../model/values.ts';
import type { LiveStep, RequestId } from '../wire/messages.ts';
import { blockOf } from '../wire/row-block.ts';
import type { Statement } from './statements.ts';
import type { Rows, Storage } from './storage.ts';

/** Where live results go: one connection. */
export interface LiveAudience {
  live(id: RequestId, version: number, results: readonly (LiveStep | null)[]): void;
  fresh(id: RequestId): void;
  /** The last results that were sent are from before a commit that may change them. */
  stale(follower: Follower): void;
  failed(id: RequestId, error: unknown): void;
  ended(id: RequestId): void;
}

/** One subscription: to one query, or to several whose results belong together. */
export class Follower {
  readonly audience: LiveAudience;
  readonly id: RequestId;
  readonly queries: readonly LiveQuery[];
  /** The results that it has, or that are on their way to it. */
  sent: readonly (Rows | undefined)[];
  /** Results are on their way: the next wait until these have arrived, and merge what comes between. */
  awaitsCredit = false;
  /** It was told that its results are stale. */
  knowsStale = false;

  constructor(audience: LiveAudience, id: RequestId, queries: readonly LiveQuery[]) {
    this.audience = audience;
    this.id = id;
    this.queries = queries;
    this.sent = queries.map(() => undefined);
  }

  /** Whether it has had results, and these are behind what the database holds, or may be. */
  get isBehind(): boolean {
    return this.queries.some((query, index) => {
      const sent = this.sent[index];
      return sent !== undefined && (query.isDirty || sent !== query.result);
    });
  }

  /** Sends what differs from what it has. All its queries have been run. */
  deliver(version: number): void {
    const results = this.queries.map((query, index) => query.stepFrom(this.sent[index]));
    this.sent = this.queries.map((query) => query.result);
    if (results.some((step) => step !== null)) {
      this.awaitsCredit = true;
      this.audience.live(this.id, version, results);
    } else if (this.knowsStale) this.audience.fresh(this.id);
    this.knowsStale = false;
  }
}

/** What has been spent on a live query. */
export interface LiveCounters {
  readonly runs: number;
  /** Runs whose result was equal. */
  readonly wastedRuns: number;
  readonly totalMs: number;
}

export class LiveQuery {
  readonly statement: BoundStatement;
  /** Equal for equal statements. */
  readonly key: string;
  readonly followers = new Set<Follower>();
  readonly counters: { -readonly [K in keyof LiveCounters]: LiveCounters[K] } = { runs: 0, wastedRuns: 0, totalMs: 0 };
  /** The tables whose change made it dirty. */
  readonly causes = new Set<string>();
  /** What the last run took. */
  tookMs = 0;
  result: Rows | undefined;
  /** A commit since the last run may have changed the result. */
  isDirty = true;
  /** The difference that most followers need. */
  #lastStep: { readonly from: Rows; readonly patch: Patch<readonly SqlValue[]> } | undefined;

  constructor(statement: BoundStatement, key: string) {
    this.statement = statement;
    this.key = key;
  }

  /** Whether a run would reach anybody now. */
  get isAwaited(): boolean {
    for (const follower of this.followers) if (!follower.awaitsCredit) return true;
    return false;
  }

  markDirty(cause: string): void {
    this.isDirty = true;
    this.causes.add(cause);
    for (const follower of this.followers) if (!follower.knowsStale) follower.audience.stale(follower);
  }

  /** Runs the query. An equal result leaves the last one in its place. */
  run(storage: Storage): Statement {
    const before = this.result;
    const start = performance.now();
    const { statement, ...after } = storage.read(this.statement);
    this.isDirty = false;
    this.#keep(before, after);
    this.counters.runs++;
    if (this.result === before) this.counters.wastedRuns++;
    this.tookMs = performance.now() - start;
    this.counters.totalMs += this.tookMs;
    return statement;
  }

  /** From a result that a follower has to the present one; null where the two are equal. */
  stepFrom(from: Rows | undefined): LiveStep | null {
    const to = this.result;
    if (to === undefined || from === to) return null;
    const width = to.columns.length;
    if (from === undefined || !sameColumns(from.columns, to.columns)) {
      const spans = to.rows.length > 0 ? [-1, to.rows.length] : [];
      return { spans, rows: blockOf(to.rows, width), columns: to.columns };
    }
    const patch = this.#lastStep?.from === from ? this.#lastStep.patch : difference(from.rows, to.rows);
    return patch === undefined ? null : { spans: patch.spans, rows: blockOf(patch.rows, width) };
  }

  #keep(before: Rows | undefined, after: Rows): void {
    if (before === undefined || !sameColumns(before.columns, after.columns)) {
      this.result = after;
      this.#lastStep = undefined;
      return;
    }
    const patch = difference(before.rows, after.rows);
    if (patch === undefined) return;
    this.result = after;
    this.#lastStep = { from: before, patch };
  }
}

function sameColumns(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
