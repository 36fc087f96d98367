/** One live query on the server: its last result, and who follows it. */
import { difference, type Patch } from '../model/patch.ts';
import type { BoundStatement } from '../model/query.ts';
import type { SqlValue } from '../model/values.ts';
import type { LiveResult, RequestId } from '../wire/messages.ts';
import { blockOf } from '../wire/row-block.ts';
import type { Statement } from './statements.ts';
import type { Rows, Storage } from './storage.ts';

/** Where live results go: one connection. */
export interface LiveAudience {
  live(id: RequestId, result: LiveResult): void;
  fresh(id: RequestId): void;
  /** The last result that was sent is from before a commit that may change it. */
  stale(follower: Follower): void;
  failed(id: RequestId, error: unknown): void;
  ended(id: RequestId): void;
}

/** One subscription to a live query. */
export class Follower {
  readonly audience: LiveAudience;
  readonly id: RequestId;
  /** The result that it has, or that is on its way to it. */
  sent: Rows | undefined;
  /** A result is on its way: the next waits until this one has arrived, and merges what comes between. */
  awaitsCredit = false;
  /** It was told that its result is stale. */
  knowsStale = false;
  /** Whether its result is behind what the database holds, or may be. */
  readonly isBehind: () => boolean;

  constructor(audience: LiveAudience, id: RequestId, query: LiveQuery) {
    this.audience = audience;
    this.id = id;
    this.isBehind = () => query.isDirty || this.sent !== query.result;
  }
}

export class LiveQuery {
  readonly statement: BoundStatement;
  readonly followers = new Set<Follower>();
  result: Rows | undefined;
  /** A commit since the last run may have changed the result. */
  isDirty = true;
  /** The difference that most followers need. */
  #lastStep: { readonly from: Rows; readonly patch: Patch<readonly SqlValue[]> } | undefined;

  constructor(statement: BoundStatement) {
    this.statement = statement;
  }

  /** Whether a run would reach anybody now. */
  get isAwaited(): boolean {
    for (const follower of this.followers) if (!follower.awaitsCredit) return true;
    return false;
  }

  markDirty(): void {
    this.isDirty = true;
    for (const follower of this.followers) if (!follower.knowsStale) follower.audience.stale(follower);
  }

  /** Runs the query. An equal result leaves the last one in its place. */
  run(storage: Storage): Statement {
    const before = this.result;
    const { statement, ...after } = storage.read(this.statement);
    this.isDirty = false;
    if (before === undefined || !sameColumns(before.columns, after.columns)) {
      this.result = after;
      this.#lastStep = undefined;
      return statement;
    }
    const patch = difference(before.rows, after.rows);
    if (patch !== undefined) {
      this.result = after;
      this.#lastStep = { from: before, patch };
    }
    return statement;
  }

  /** Sends the last result to each follower that can take it and has another. */
  deliver(version: number): void {
    for (const follower of this.followers) this.deliverTo(follower, version);
  }

  deliverTo(follower: Follower, version: number): void {
    const { result } = this;
    if (follower.awaitsCredit || this.isDirty || result === undefined) return;
    const step = follower.sent === result ? undefined : this.#step(follower.sent, result);
    follower.sent = result;
    if (step !== undefined) {
      follower.awaitsCredit = true;
      follower.audience.live(follower.id, { ...step, version });
    } else if (follower.knowsStale) follower.audience.fresh(follower.id);
    follower.knowsStale = false;
  }

  /** From the result that a follower has to the present one; nothing where the two are equal. */
  #step(from: Rows | undefined, to: Rows): Omit<LiveResult, 'version'> | undefined {
    const width = to.columns.length;
    if (from === undefined || !sameColumns(from.columns, to.columns)) {
      return {
        spans: to.rows.length > 0 ? [-1, to.rows.length] : [],
        rows: blockOf(to.rows, width),
        columns: to.columns,
      };
    }
    const patch = this.#lastStep?.from === from ? this.#lastStep.patch : difference(from.rows, to.rows);
    return patch && { spans: patch.spans, rows: blockOf(patch.rows, width) };
  }
}

function sameColumns(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, index) => name === b[index]);
}
