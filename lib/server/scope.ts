/** Where operations run: the database itself, or a transaction in it. Each has its queue and its live queries. */
import {
  databaseScope,
  type HoldMode,
  type PartialRows,
  type QueuedRequest,
  type Reply,
  type RequestId,
  type ScopeId,
} from '../wire/messages.ts';
import { Changes } from './changes.ts';
import type { ClientMemory } from './client-memory.ts';
import type { Waiter } from './lane.ts';
import type { LiveAudience } from './live/follower.ts';
import type { LiveSubscription } from './live/live-queries.ts';
import { LiveQueries } from './live/live-queries.ts';
import { type Client, Queue } from './queue.ts';
import type { Fit } from './reading/fitness.ts';

/** Who asked: what operations know of a session. */
export interface Caller extends LiveAudience, Client {
  /** Counts the clients of this server. */
  readonly number: number;
  /** How long its operations may wait while another holds the queue. */
  readonly queueTimeoutMs: number;
  /** Given where its writes are kept in mind, so that none happens twice. */
  readonly memory: ClientMemory | undefined;
  /** Replies when this turn ends. */
  reply(reply: Reply): void;
  /** Sends a part of a result at once. */
  part(id: RequestId, part: PartialRows): void;
  /** Tells something before the replies of this turn. */
  announce(reply: Reply): void;
  fail(id: RequestId, error: unknown): void;
  /** Sends what was said, outside of a turn. */
  flush(): void;
  /** A job left the queue: it runs now, or never will. */
  finished(job: Job): void;
  /** A job that left the queue waits again. */
  waits(job: Job): void;
  /** A transaction of this caller has begun. */
  opened(scope: Scope): void;
  /** … and is over. `reason` is given where the caller cannot know yet. */
  closed(scope: Scope, reason?: string): void;
  follows(id: RequestId, subscription: LiveSubscription): void;
  /** The caller's own closing: everything before it is done. */
  finish(id: RequestId): void;
}

/** A request that waits for its turn. */
export interface Job extends Waiter {
  readonly caller: Caller;
  readonly request: QueuedRequest;
  readonly since: number;
  /** What is known of a read: how long it takes, or that it must run where the database is written. */
  fit?: Fit | 'unfit' | undefined;
}

/** One that listens to the changes of a scope. */
export interface UpdateListener {
  readonly caller: Caller;
  readonly id: RequestId;
}

/** How a scope holds the queue of its parent. */
export interface Hold {
  readonly id: ScopeId;
  readonly parent: Scope;
  readonly caller: Caller;
  readonly mode: HoldMode;
  readonly since: number;
  readonly timeoutMs: number;
  readonly openedAt: string;
}

export class Scope {
  /** Nothing is held by the database itself. */
  readonly hold: Hold | undefined;
  readonly readOnly: boolean;
  readonly queue = new Queue<Job>();
  readonly live: LiveQueries;
  readonly listeners = new Set<UpdateListener>();
  /** What this transaction changed so far. */
  readonly changes = new Changes();
  /** The scope that holds this one's queue: until it ends, only its own operations run. */
  child: Scope | undefined;

  constructor(hold?: Hold) {
    this.hold = hold;
    this.live = new LiveQueries({ isExact: hold === undefined });
    this.readOnly = hold !== undefined && (hold.mode === 'read' || hold.parent.readOnly);
  }

  get id(): ScopeId {
    return this.hold?.id ?? databaseScope;
  }

  get parent(): Scope | undefined {
    return this.hold?.parent;
  }

  /** The transaction that runs now, or the database itself. */
  get innermost(): Scope {
    return this.child?.innermost ?? this;
  }

  /** Whether this is a transaction: the database itself and an exclusive section in it are none. */
  get isTransaction(): boolean {
    return this.hold !== undefined && this.hold.mode !== 'exclusive';
  }

  /** Adds what happened in this transaction, and lets its own live queries and listeners know. */
  note(changes: Changes, version: number): void {
    this.changes.add(changes);
    this.live.concern(changes);
    this.tell(changes, version, this.hold?.caller);
  }

  /** Tells the listeners which tables changed, and whether they changed them themselves. */
  tell({ tables }: Changes, version: number, origin: Caller | undefined): void {
    if (tables.size === 0) return;
    for (const { caller, id } of this.listeners) {
      caller.announce({ kind: 'updates', id, version, tables, own: caller === origin });
    }
  }
}
