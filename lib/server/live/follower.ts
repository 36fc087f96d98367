/** Who follows live queries, and what it has of their results. */
import type { LiveStep, RequestId } from '../../wire/messages.ts';
import type { Rows } from '../storage.ts';

/** A query as its followers know it. */
export interface FollowedQuery {
  readonly isDirty: boolean;
  readonly result: Rows | undefined;
  stepFrom(from: Rows | undefined): LiveStep | null;
}

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
export class Follower<Q extends FollowedQuery = FollowedQuery> {
  readonly audience: LiveAudience;
  readonly id: RequestId;
  readonly queries: readonly Q[];
  /** The results that it has, or that are on their way to it. */
  sent: readonly (Rows | undefined)[];
  /** Results are on their way: the next wait until these have arrived, and merge what comes between. */
  awaitsCredit = false;
  /** It was told that its results are stale. */
  knowsStale = false;
  /** What it had before {@link sent}. */
  #before: readonly (Rows | undefined)[];
  /** What was on its way last was taken back. */
  #isSecondTry = false;

  constructor(audience: LiveAudience, id: RequestId, queries: readonly Q[]) {
    this.audience = audience;
    this.id = id;
    this.queries = queries;
    this.sent = queries.map(() => undefined);
    this.#before = this.sent;
  }

  /** Whether it has had results, and these are behind what the database holds, or may be. */
  get isBehind(): boolean {
    return this.queries.some((query, index) => {
      const sent = this.sent[index];
      // Where the first of this server was taken back, it may still have one of a server before it.
      return (sent !== undefined || this.#isSecondTry) && (query.isDirty || sent !== query.result);
    });
  }

  /** Whether it has the present result of a query, and nothing is on its way. */
  isUpToDate(query: Q): boolean {
    return !this.awaitsCredit && this.queries.every((own, index) => own !== query || this.sent[index] === query.result);
  }

  /** Sends what differs from what it has. All its queries have been run. */
  deliver(version: number): void {
    const results = this.queries.map((query, index) => query.stepFrom(this.sent[index]));
    this.#before = this.sent;
    this.sent = this.queries.map((query) => query.result);
    if (results.some((step) => step !== null)) {
      this.awaitsCredit = true;
      this.audience.live(this.id, version, results);
    } else if (this.knowsStale) this.audience.fresh(this.id);
    this.knowsStale = false;
  }

  /** What was sent has arrived. */
  arrived(): void {
    this.awaitsCredit = false;
    this.#isSecondTry = false;
    this.#before = this.sent;
  }

  /**
   * What was sent will not arrive: the next result follows from what was there before. Gives false, and lets it arrive, where
   * the same was done to the one before: under endless writes, nothing would ever arrive.
   */
  takeBack(): boolean {
    if (this.#isSecondTry) return false;
    this.#isSecondTry = true;
    this.awaitsCredit = false;
    this.sent = this.#before;
    // It may have been told so before, and must hear if that is all there is.
    this.knowsStale = true;
    return true;
  }
}
