/** The live queries of one scope: which of them a commit concerns, and when they run again. */
import { type BoundStatement, statementKey } from '../model/query.ts';
import type { Changes } from './changes.ts';
import type { Footprint } from './footprint.ts';
import { Follower, type LiveAudience, LiveQuery } from './live-query.ts';
import type { Storage } from './storage.ts';

/** A query that reads something which has no name is concerned by every write. */
const anything = '*';

/** What running live queries needs. */
export interface LiveSource {
  readonly storage: Storage;
  readonly version: number;
  /** A query ran again. */
  ran(query: LiveQuery): void;
}

export interface LiveSubscription {
  /** The last results arrived. */
  credit(): void;
  stop(): void;
}

export class LiveQueries {
  readonly #queries = new Map<string, LiveQuery>();
  readonly #byTable = new Map<string, Set<LiveQuery>>();
  readonly #footprints = new Map<LiveQuery, Footprint>();
  /** Those with something to run or to send that somebody can take. */
  readonly #due = new Set<LiveQuery>();

  /** Whether a query waits to run again. */
  get areDue(): boolean {
    return this.#due.size > 0;
  }

  get isEmpty(): boolean {
    return this.#queries.size === 0;
  }

  get all(): Iterable<LiveQuery> {
    return this.#queries.values();
  }

  /**
   * Follows queries whose results belong together; equal queries share one run. The first results are sent at once, all of
   * one version. Throws where a query is refused.
   */
  follow(
    statements: readonly BoundStatement[],
    audience: LiveAudience,
    id: number,
    source: LiveSource,
  ): LiveSubscription {
    const queries = this.#shared(statements, source);
    const follower = new Follower(audience, id, queries);
    for (const query of queries) query.followers.add(follower);
    follower.deliver(source.version);
    return {
      credit: () => {
        follower.awaitsCredit = false;
        if (follower.isBehind) for (const query of queries) this.#due.add(query);
      },
      stop: () => this.#leave(follower),
    };
  }

  /** Marks the queries that these changes may concern. */
  concern(changes: Changes): void {
    if (changes.everything) for (const query of this.#queries.values()) this.#mark(query, 'schema');
    else {
      for (const table of [...changes.tables.keys(), ...changes.internal]) {
        for (const query of this.#byTable.get(table) ?? []) this.#mark(query, table);
        for (const query of this.#byTable.get(anything) ?? []) this.#mark(query, table);
      }
    }
  }

  /**
   * Runs the queries that are due, and sends what differs, until `isTimeUp`. One follower at least is served, so that writes
   * never starve them; queries that belong together are run together.
   */
  refresh(source: LiveSource, isTimeUp: () => boolean): void {
    for (const query of this.#due) {
      for (const follower of query.followers) if (!follower.awaitsCredit) this.#serve(follower, source);
      this.#due.delete(query);
      if (isTimeUp()) return;
    }
  }

  /** The scope is over: every stream of it completes. */
  end(): void {
    const followers = new Set([...this.#queries.values()].flatMap((query) => [...query.followers]));
    for (const { audience, id } of followers) audience.ended(id);
    this.#queries.clear();
    this.#byTable.clear();
    this.#footprints.clear();
    this.#due.clear();
  }

  /** The queries of these statements, found or made, none of them dirty. */
  #shared(statements: readonly BoundStatement[], source: LiveSource): LiveQuery[] {
    const queries = statements.map((statement) => {
      const key = statementKey(statement);
      const query = this.#queries.get(key) ?? new LiveQuery(statement, key);
      this.#queries.set(key, query);
      return query;
    });
    try {
      for (const query of queries) if (query.isDirty) this.#run(query, source);
    } catch (error) {
      for (const query of queries) if (query.followers.size === 0) this.#forget(query);
      throw error;
    }
    return queries;
  }

  #serve(follower: Follower, source: LiveSource): void {
    try {
      for (const query of follower.queries) {
        if (!query.isDirty) continue;
        this.#run(query, source);
        // Others follow it too.
        this.#due.add(query);
      }
      follower.deliver(source.version);
    } catch (error) {
      follower.audience.failed(follower.id, error);
      this.#leave(follower);
    }
  }

  #mark(query: LiveQuery, cause: string): void {
    query.markDirty(cause);
    if (query.isAwaited) this.#due.add(query);
  }

  #run(query: LiveQuery, source: LiveSource): void {
    const { footprint } = query.run(source.storage);
    source.ran(query);
    query.causes.clear();
    const known = this.#footprints.get(query);
    if (known === footprint) return;
    if (known) this.#index(query, known, 'delete');
    this.#index(query, footprint, 'add');
    this.#footprints.set(query, footprint);
  }

  #leave(follower: Follower): void {
    for (const query of follower.queries) {
      query.followers.delete(follower);
      if (query.followers.size === 0) this.#forget(query);
    }
  }

  #forget(query: LiveQuery): void {
    this.#queries.delete(query.key);
    this.#due.delete(query);
    const known = this.#footprints.get(query);
    if (known) this.#index(query, known, 'delete');
    this.#footprints.delete(query);
  }

  #index(query: LiveQuery, { reads, readsAnything }: Footprint, change: 'add' | 'delete'): void {
    for (const table of readsAnything ? [...reads, anything] : reads) {
      const queries = this.#byTable.get(table) ?? new Set();
      this.#byTable.set(table, queries);
      queries[change](query);
      if (queries.size === 0) this.#byTable.delete(table);
    }
  }
}
