/** Where operations run: the database itself, or a transaction in it. Each has its queue and its live queries. */
import { databaseScope, type QueuedRequest, type Reply, type RequestId, type ScopeId } from '../wire/messages.ts';
import { Changes } from './changes.ts';
import type { LiveSubscription } from './live-queries.ts';
import { LiveQueries } from './live-queries.ts';
import type { LiveAudience } from './live-query.ts';

/** Who asked: what operations know of a session. */
export interface Caller extends LiveAudience {
  /** Replies when this turn ends. */
  reply(reply: Reply): void;
  /** Tells something before the replies of this turn. */
  announce(reply: Reply): void;
  fail(id: RequestId, error: unknown): void;
  /** A job left the queue: it runs now, or never will. */
  finished(job: Job): void;
  /** A transaction of this caller has begun. */
  opened(scope: Scope): void;
  /** … and is over. `reason` is given where the caller cannot know yet. */
  closed(scope: Scope, reason?: string): void;
  follows(id: RequestId, subscription: LiveSubscription): void;
  /** The caller's own closing: everything before it is done. */
  finish(id: RequestId): void;
}

/** A request that waits for its turn. */
export interface Job {
  readonly caller: Caller;
  readonly request: QueuedRequest;
  isCancelled: boolean;
}

/** One that listens to the changes of a scope. */
export interface UpdateListener {
  readonly caller: Caller;
  readonly id: RequestId;
}

export class Scope {
  readonly id: ScopeId;
  readonly parent: Scope | undefined;
  /** Whose transaction it is; nobody's, for the database itself. */
  readonly caller: Caller | undefined;
  readonly readOnly: boolean;
  readonly live = new LiveQueries();
  readonly listeners = new Set<UpdateListener>();
  /** What this transaction changed so far. */
  readonly changes = new Changes();
  /** The transaction that holds this scope's queue: until it ends, only its own operations run. */
  child: Scope | undefined;
  #jobs: Job[] = [];
  #next = 0;

  constructor(transaction?: { id: ScopeId; parent: Scope; caller: Caller; readOnly: boolean }) {
    this.id = transaction?.id ?? databaseScope;
    this.parent = transaction?.parent;
    this.caller = transaction?.caller;
    this.readOnly = transaction?.readOnly ?? false;
  }

  /** The transaction that runs now, or the database itself. */
  get innermost(): Scope {
    return this.child?.innermost ?? this;
  }

  get isTransaction(): boolean {
    return this.parent !== undefined;
  }

  push(job: Job): void {
    this.#jobs.push(job);
  }

  /** The next job, if one waits. */
  shift(): Job | undefined {
    while (this.#next < this.#jobs.length) {
      const job = this.#jobs[this.#next++]!;
      if (this.#next > 1000 && this.#next * 2 > this.#jobs.length) {
        this.#jobs = this.#jobs.slice(this.#next);
        this.#next = 0;
      }
      if (!job.isCancelled) return job;
    }
    this.#jobs = [];
    this.#next = 0;
    return undefined;
  }

  get hasJobs(): boolean {
    for (let i = this.#next; i < this.#jobs.length; i++) if (!this.#jobs[i]!.isCancelled) return true;
    return false;
  }

  /** Takes all jobs out, in order. */
  drain(): Job[] {
    const jobs: Job[] = [];
    for (let job = this.shift(); job !== undefined; job = this.shift()) jobs.push(job);
    return jobs;
  }

  /** Adds what happened in this transaction, and lets its own live queries and listeners know. */
  note(changes: Changes, version: number): void {
    this.changes.add(changes);
    this.live.concern(changes);
    this.tell(changes, version, this.caller);
  }

  /** Tells the listeners which tables changed, and whether they changed them themselves. */
  tell({ tables }: Changes, version: number, origin: Caller | undefined): void {
    if (tables.size === 0) return;
    for (const { caller, id } of this.listeners) {
      caller.announce({ kind: 'updates', id, version, tables, own: caller === origin });
    }
  }
}
