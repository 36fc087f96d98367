/** What the server is doing at one moment. */
import type { Holder } from '../model/errors.ts';
import type { LiveCounters } from './live/live-query.ts';
import { holderOf } from './overtime.ts';
import type { Readers, ReadersReport } from './reading/readers.ts';
import type { Scope } from './scope.ts';
import type { ClientReport, Session } from './session.ts';
import type { CacheReport } from './statements.ts';
import type { Storage } from './storage.ts';

/** Times are in milliseconds. Statements are shown by their text, never with their values. */
export interface ServerReport {
  readonly version: number;
  /** What waits, the oldest first, of the database itself and of each transaction in it. */
  readonly queue: readonly { readonly kind: string; readonly client: number; readonly waitedMs: number }[];
  /** Who holds the queue: the outermost first. */
  readonly holders: readonly Holder[];
  readonly clients: readonly ClientReport[];
  readonly liveQueries: readonly ({
    readonly sql: string;
    readonly followers: number;
    readonly rows: number;
    /** A commit concerns it for which it has not run yet. */
    readonly isBehind: boolean;
  } & LiveCounters)[];
  readonly statements: CacheReport;
  /** Where the engine was given readers. */
  readonly readers: ReadersReport | undefined;
}

interface Reported {
  readonly root: Scope;
  readonly version: number;
  readonly readers: Readers | undefined;
}

export function reportOf(
  { root, version, readers }: Reported,
  storage: Storage | undefined,
  sessions: Iterable<Session>,
): ServerReport {
  const now = performance.now();
  const scopes: Scope[] = [];
  for (let scope: Scope | undefined = root; scope; scope = scope.child) scopes.push(scope);
  return {
    version,
    queue: scopes.flatMap(({ queue }) =>
      queue.waiting
        .map(({ request, caller, since }) => ({ kind: request.kind, client: caller.number, waitedMs: now - since }))
        .sort((a, b) => b.waitedMs - a.waitedMs),
    ),
    holders: scopes.flatMap(({ hold }) => (hold ? [holderOf(hold, now)] : [])),
    clients: [...sessions].map(({ report }) => report),
    liveQueries: scopes.flatMap(({ live }) =>
      [...live.all].map(({ statement, followers, result, isDirty, counters }) => ({
        sql: statement.sql,
        followers: followers.size,
        rows: result?.rows.length ?? 0,
        isBehind: isDirty,
        ...counters,
      })),
    ),
    readers: readers?.report,
    statements: storage?.cache ?? { size: 0, capacity: 0, hits: 0, misses: 0 },
  };
}
