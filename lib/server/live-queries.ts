/** The live queries of one scope: which of them a commit concerns, and when they run again. */
import { type BoundStatement, statementKey } from '../model/query.ts';
import type { Changes } from './changes.ts';
import type { Footprint } from './footprint.ts';
import { Follower, type LiveAudience, LiveQuery } from './live-query.ts';
import type { Storage } from './storage.ts';

/** A query that reads something which has no name is concerned by every write. */
const anything = '*';

export class LiveQueries {
  readonly #queries = new Map<string, LiveQuery>();
  readonly #byTable = new Map<string, Set<LiveQuery>>();
  readonly #footprints = new Map<LiveQuery, Footprint>();
  /** The dirty ones whose next result somebody can take. */
  readonly #due = new Set<LiveQuery>();

  /** Whether a query waits to run again. */
  get areDue(): boolean {
    return this.#due.size > 0;
  }

  /** Follows a query; equal queries share one. Its first result is sent at once. Throws where the query is refused. */
  follow(statement: BoundStatement, follow: Following): LiveSubscription {
    const { audience, id, storage, version } = follow;
    const key = statementKey(statement);
    const query = this.#queries.get(key) ?? new LiveQuery(statement);
    if (query.isDirty) this.#run(query, storage);
    this.#queries.set(key, query);
    const follower = new Follower(audience, id, query);
    query.followers.add(follower);
    query.deliver(version);
    return {
      credit: () => {
        follower.awaitsCredit = false;
        if (query.isDirty) this.#due.add(query);
        else query.deliverTo(follower, follow.version);
      },
      stop: () => {
        query.followers.delete(follower);
        if (query.followers.size === 0) this.#forget(key, query);
      },
    };
  }

  /** Marks the queries that these changes may concern. */
  concern(changes: Changes): void {
    if (changes.everything) for (const query of this.#queries.values()) this.#mark(query);
    else {
      for (const table of [anything, ...changes.tables.keys(), ...changes.internal]) {
        for (const query of this.#byTable.get(table) ?? []) this.#mark(query);
      }
    }
  }

  /** Runs the queries that are due, until `isTimeUp`. At least one runs, so that writes never starve them. */
  refresh(storage: Storage, version: number, isTimeUp: () => boolean): void {
    for (const query of this.#due) {
      this.#due.delete(query);
      if (!query.isAwaited) continue;
      try {
        this.#run(query, storage);
        query.deliver(version);
      } catch (error) {
        this.#fail(query, error);
      }
      if (isTimeUp()) return;
    }
  }

  /** The scope is over: every stream of it completes. */
  end(): void {
    for (const { followers } of this.#queries.values()) for (const { audience, id } of followers) audience.ended(id);
    this.#queries.clear();
    this.#byTable.clear();
    this.#footprints.clear();
    this.#due.clear();
  }

  #mark(query: LiveQuery): void {
    query.markDirty();
    if (query.isAwaited) this.#due.add(query);
  }

  #run(query: LiveQuery, storage: Storage): void {
    const { footprint } = query.run(storage);
    this.#due.delete(query);
    const known = this.#footprints.get(query);
    if (known === footprint) return;
    if (known) this.#index(query, known, 'delete');
    this.#index(query, footprint, 'add');
    this.#footprints.set(query, footprint);
  }

  #fail(query: LiveQuery, error: unknown): void {
    for (const { audience, id } of query.followers) audience.failed(id, error);
    query.followers.clear();
    this.#forget(statementKey(query.statement), query);
  }

  #forget(key: string, query: LiveQuery): void {
    if (this.#queries.get(key) === query) this.#queries.delete(key);
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

/** What following a query needs. `version` is read anew at each sending. */
export interface Following {
  readonly audience: LiveAudience;
  readonly id: number;
  readonly storage: Storage;
  readonly version: number;
}

export interface LiveSubscription {
  /** The last result arrived. */
  credit(): void;
  stop(): void;
}
