/** Group commit: writes that wait together share one transaction, and each keeps what it would have had alone. So do reads. */
import { BusyError } from '../model/errors.ts';
import type { BoundStatement } from '../model/query.ts';
import type { QueuedRequest } from '../wire/messages.ts';
import { Changes } from './changes.ts';
import { noteTime } from './reading/fitness.ts';
import type { PartTaker } from './rows-in-parts.ts';
import type { Caller, Job } from './scope.ts';
import { Snapshot } from './snapshot.ts';
import { busyAs } from './statement-failure.ts';
import { type Answer, answerTo, atomic, type StatementRequest, versioned, type WorkHost } from './statement-work.ts';
import type { Access } from './storage.ts';
import type { WriteRecords } from './write-records.ts';

/** What a group needs of the server. */
export interface GroupHost extends WorkHost {
  readonly version: number;
  readonly records: WriteRecords;
  announce(changes: Changes, origin: Caller): void;
  committing<T>(work: () => T): T;
  /** A job is done. Times are in milliseconds. */
  performed(job: Job, startedAt: number, tookMs: number, failure: unknown): void;
}

/** A job that ran in the group, and what it will be told once the group is committed. */
interface Member {
  readonly job: Job;
  readonly writes: boolean;
  readonly changes: Changes;
  readonly startedAt: number;
  readonly tookMs: number;
  readonly answer: Answer | undefined;
  readonly failure: unknown;
}

/** How a job would run in a group; none where it must run alone. A call reads by functions that may do more. */
type Membership = 'read' | 'call' | 'write' | 'savepoint' | undefined;

/** PRAGMA, VACUUM, ATTACH, what changes the schema and what controls transactions begin otherwise. */
const mayJoin = /^\s*(?:INSERT|UPDATE|DELETE|REPLACE|WITH|SELECT|VALUES)\b/i;

/**
 * A group lasts for a part of one turn, so nothing can be asked or cancelled while it is open. Nobody is told of anything
 * before its COMMIT; then each member is, in order, with a version of its own. Where the group is lost, each member runs again
 * alone, and so learns what is true of it.
 */
export class WriteGroup {
  readonly #host: GroupHost;
  readonly #runAlone: (job: Job) => void;
  readonly #snapshot: Snapshot;
  #members: Member[] = [];
  /** It may hold for the next transaction, https://sqlite.org/pragma.html#pragma_defer_foreign_keys. */
  #isAfterPragma = false;

  /** `runAlone` runs a job as if there were no groups. */
  constructor(host: GroupHost, runAlone: (job: Job) => void) {
    this.#host = host;
    this.#runAlone = runAlone;
    this.#snapshot = new Snapshot(() => host.storage);
  }

  /** Runs a job of the database itself: in the group where it can be, else alone, after what the group has. */
  run(job: Job, othersWait: boolean): void {
    const membership = this.#isAfterPragma ? undefined : this.#membershipOf(job);
    if (membership !== 'read') this.#snapshot.close();
    if (membership !== undefined && this.#members.length > 0) this.#join(job, membership);
    else if (writes(membership) && othersWait) this.#begin(job, membership);
    else {
      if (membership === undefined || writes(membership)) this.close();
      else if (membership === 'read' && othersWait) this.#snapshot.open();
      this.#runAlone(job);
      this.#isAfterPragma = mayHoldLonger(job.request);
    }
  }

  /** Commits what the group has, and tells each member. */
  close(): void {
    this.#snapshot.close();
    const members = this.#members;
    if (members.length === 0) return;
    this.#members = [];
    const { storage } = this.#host;
    this.#host.committing(() => {
      try {
        storage.control('commit');
      } catch (error) {
        if (storage.inTransaction) storage.control('rollback');
        this.#lose(members, error);
        return;
      }
      for (const member of members) this.#tell(member);
    });
  }

  #begin(job: Job, membership: Membership): void {
    const { storage } = this.#host;
    const { schemaNumber } = storage;
    try {
      storage.control('begin');
    } catch (error) {
      // Another process holds the lock: the others wait for it in their turn, each as long as it would alone.
      const { caller, request } = job;
      const startedAt = performance.now();
      caller.finished(job);
      caller.fail(request.id, error instanceof BusyError && 'params' in request ? busyAs(request, error) : error);
      this.#host.performed(job, startedAt, 0, error);
      return;
    }
    if (storage.schemaNumber === schemaNumber) this.#join(job, membership);
    else {
      // Another process changed it while the lock was waited for: what is known of the statement may not be so.
      storage.control('rollback');
      this.#runAlone(job);
    }
  }

  #join(job: Job, membership: Membership): void {
    const { storage } = this.#host;
    const request = job.request as StatementRequest;
    const changes = new Changes();
    const startedAt = performance.now();
    const take: PartTaker = (part) => job.caller.part(request.id, part);
    const run = (access: Access): Answer => answerTo(this.#host, request, access, take);
    let answer: Answer | undefined;
    let failure: unknown;
    job.caller.finished(job);
    try {
      const access = { changes, readOnly: false };
      answer = membership === 'savepoint' ? atomic(storage, access, run) : run(access);
    } catch (error) {
      failure = error;
    }
    try {
      if (answer && writes(membership)) this.#host.records.note(job, answer);
    } catch (error) {
      // Without its record it must not be committed.
      failure = error;
      if (storage.inTransaction) storage.control('rollback');
    }
    const tookMs = performance.now() - startedAt;
    noteTime(job, tookMs);
    this.#members.push({ job, writes: writes(membership), changes, startedAt, tookMs, answer, failure });
    if (storage.inTransaction) return;
    // Out of space, out of memory: https://sqlite.org/lang_transaction.html#response_to_errors_within_a_transaction
    const members = this.#members;
    this.#members = [];
    this.#lose(members, failure);
  }

  /** None of the members happened. */
  #lose(members: readonly Member[], cause: unknown): void {
    for (const { job, writes } of members) {
      // Each would wait for the lock as long as the group did.
      if (writes && cause instanceof BusyError) job.caller.fail(job.request.id, cause);
      else this.#runAlone(job);
    }
  }

  #tell({ job, changes, startedAt, tookMs, answer, failure }: Member): void {
    const { caller, request } = job;
    this.#host.announce(changes, caller);
    if (answer) caller.reply(versioned(answer, this.#host.version));
    else caller.fail(request.id, failure);
    this.#host.performed(job, startedAt, tookMs, failure);
  }

  #membershipOf({ request }: Job): Membership {
    switch (request.kind) {
      case 'select':
        return request.atLeast > this.#host.version ? undefined : this.#membershipOfStatement(request);
      case 'execute':
        return this.#membershipOfStatement(request);
      case 'batch': {
        // It is a savepoint by itself.
        const canJoin = request.steps.every((step) => this.#membershipOfStatement(step) !== undefined);
        return canJoin ? 'write' : undefined;
      }
      default:
        return undefined;
    }
  }

  #membershipOfStatement({ sql }: Pick<BoundStatement, 'sql'>): Membership {
    if (!mayJoin.test(sql)) return undefined;
    const footprint = this.#host.storage.footprintOf(sql);
    // What cannot be prepared fails by itself.
    if (footprint === undefined) return 'write';
    const { readOnly, changesSchema, callsOut, traits } = footprint;
    if (readOnly) return callsOut ? 'call' : 'read';
    if (changesSchema || traits.mayRollBack || traits.mayKeepPart || traits.defersCheck) return undefined;
    return traits.isAtomic ? 'write' : 'savepoint';
  }
}

function writes(membership: Membership): boolean {
  return membership === 'write' || membership === 'savepoint';
}

/** Whether it may be a PRAGMA, or an exclusive section with one in it. */
function mayHoldLonger(request: QueuedRequest): boolean {
  return request.kind === 'begin' || ('sql' in request && /\bPRAGMA\b/i.test(request.sql));
}
