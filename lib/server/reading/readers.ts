/** Which reads go to the readers' threads, and what comes back. */
import { NotExecutedError, SluiceError } from '../../model/errors.ts';
import { errorOf } from '../../wire/error-of-record.ts';
import type { ReaderReply } from '../../wire/reader-messages.ts';
import { cancel } from '../lane.ts';
import type { Caller, Job, Scope } from '../scope.ts';
import type { PreparedRead, Storage } from '../storage.ts';
import type { Fit, Fitness } from './fitness.ts';
import type { ReadKind, ReadTask } from './read-task.ts';
import type { ReaderLink } from './reader-link.ts';
import { type ReaderHearing, type ReaderOptions, ReaderThreads } from './reader-threads.ts';
import { Tally } from './tally.ts';
import type { VersionBoard } from './version-board.ts';

/** A read that nobody waits for, and that goes on for longer, keeps its thread from others: another takes its place. */
const replaceAfterMs = 100;

/** A read that was under way when so many readers ended is not tried on another. */
const mostAttempts = 2;

/** What readers need of the server. */
export interface ReadingHost {
  readonly root: Scope;
  readonly storage: Storage;
  readonly fitness: Fitness;
  readonly version: number;
  readonly clientCount: number;
  performed(job: Job, startedAt: number, tookMs: number, failure: unknown): void;
  pump(): void;
}

export interface ReadersOptions extends ReaderOptions {
  readonly board: VersionBoard;
  /** How the file is kept safe: https://sqlite.org/pragma.html#pragma_journal_mode */
  readonly journalMode: string;
}

/** The readers at one moment: how many run, how many reads they have, and what the last one died of or why there are none. */
export interface ReadersReport {
  readonly threads: number;
  readonly reads: number;
  readonly failure: string | undefined;
}

type ReadRequest = Extract<Job['request'], { kind: 'select' | 'stream' }>;

export class Readers implements ReaderHearing {
  readonly #host: ReadingHost;
  readonly #threads: ReaderThreads;
  /** Of each client: reads whose snapshots are not taken yet, those that are not answered, the long ones of these. */
  readonly #unbegun = new Tally<Caller>();
  readonly #unanswered = new Tally<Caller>();
  readonly #long = new Tally<Caller>();
  readonly #attempts = new WeakMap<Job, number>();
  #isOver = false;

  constructor(host: ReadingHost, options: ReadersOptions) {
    this.#host = host;
    this.#threads = new ReaderThreads(options, options.board.memory, this);
    const { journalMode } = options;
    if (journalMode === 'wal') return;
    this.#threads.retire(`the journal is in mode ${journalMode}, where reads and writes shut each other out`);
  }

  /** Whether a job of the database itself may run now where the database is written. */
  letsRunHere(job: Job): boolean {
    const { caller, request } = job;
    if (this.#kindOf(job) !== undefined) return false;
    // What only reads may come before another read.
    if (job.fit !== undefined && job.fit !== 'unfit') return true;
    // A read does not see what was asked after it, and a connection that closes waits for its replies.
    return (request.kind === 'close' ? this.#unanswered : this.#unbegun).of(caller) === 0;
  }

  /** Whether a client waits for a reader, or behind a read of its own that does. */
  get areAwaited(): boolean {
    return this.#host.root.queue.has((job) => !this.letsRunHere(job));
  }

  /** Hands on what can be read elsewhere now. */
  dispatch(): void {
    const { queue } = this.#host.root;
    const next = (): Job | undefined => queue.shift((job) => this.#mayTake(job));
    for (let job = next(); job !== undefined; job = next()) this.#take(job);
    this.#threads.flush();
  }

  heard(link: ReaderLink, replies: readonly ReaderReply[]): void {
    const callers = new Set<Caller>();
    for (const reply of replies) {
      if (reply.kind === 'ready') this.#threads.started(link);
      else {
        const task = link.taskOf(reply.id);
        if (task === undefined) continue;
        callers.add(task.job.caller);
        this.#answer(link, task, reply);
      }
    }
    for (const caller of callers) caller.flush();
    this.#host.pump();
  }

  lost(tasks: readonly ReadTask[], hadBegun: boolean): void {
    // The first of each client's comes to stand before the others again.
    for (const task of tasks.toReversed()) {
      if (task.isCancelled || this.#isOver) continue;
      const { job } = task;
      // A thread that never opened the database says nothing of what it was asked.
      const attempts = (this.#attempts.get(job) ?? 0) + (hadBegun ? 1 : 0);
      this.#attempts.set(job, attempts);
      if (attempts < mostAttempts && !task.hasRows) this.#again(task);
      else this.#fail(task, new SluiceError(`The thread that ran it ended ${attempts} times: ${task.sql}`));
      job.caller.flush();
    }
    this.#host.pump();
  }

  get report(): ReadersReport {
    const { running: threads, tasks, failure } = this.#threads;
    return { threads, reads: tasks.filter(({ isCancelled }) => !isCancelled).length, failure };
  }

  /** What was asked fails. Resolves when all threads have ended. */
  async end(): Promise<void> {
    this.#isOver = true;
    for (const task of this.#threads.tasks) {
      if (!task.isCancelled) this.#fail(task, new NotExecutedError('The server was shut down before this was read'));
    }
    await this.#threads.end();
  }

  /** How a job would be read by a reader; none where it must run where the database is written, or is quicker there. */
  #kindOf(job: Job): ReadKind | undefined {
    const { request } = job;
    if (request.kind !== 'select' && request.kind !== 'stream') return undefined;
    if (this.#host.storage.isTuned) this.#threads.retire('a client set a PRAGMA that holds for one connection alone');
    if (!this.#threads.areUsable || this.#isShut) return undefined;
    job.fit ??= this.#host.fitness.of(request.sql) ?? 'unfit';
    if (job.fit === 'unfit') return undefined;
    if (request.kind === 'stream') return 'stream';
    if (request.atLeast > this.#host.version) return undefined;
    if (!job.fit.isQuick) return 'long';
    return this.#host.root.child ? 'quick' : undefined;
  }

  /**
   * Whether a read must wait for what is open now: in an exclusive section nothing else runs, and in a transaction that changed
   * the schema, names do not mean what they mean to a reader.
   */
  get #isShut(): boolean {
    for (let scope = this.#host.root.child; scope; scope = scope.child)
      if (scope.hold?.mode === 'exclusive' || scope.changes.everything) return true;
    return false;
  }

  #mayTake(job: Job): boolean {
    const kind = this.#kindOf(job);
    if (kind === undefined || !this.#threads.canTake(kind)) return false;
    // Its own transaction was asked for before.
    if (this.#host.root.child?.hold?.caller === job.caller) return false;
    const { count } = this.#threads;
    // One is left for the others, if there are any.
    return kind !== 'long' || this.#long.of(job.caller) < (this.#host.clientCount > 1 ? Math.max(1, count - 1) : count);
  }

  #take(job: Job): void {
    const { caller } = job;
    const request = job.request as ReadRequest;
    const kind = this.#kindOf(job)!;
    const startedAt = performance.now();
    let read: PreparedRead;
    try {
      read = this.#host.storage.prepareRead(request);
    } catch (error) {
      caller.finished(job);
      caller.fail(request.id, error);
      this.#host.performed(job, startedAt, performance.now() - startedAt, error);
      return;
    }
    const begun = this.#unbegun.add(caller);
    const answered = kind === 'stream' ? () => {} : this.#unanswered.add(caller);
    const ended = kind === 'long' ? this.#long.add(caller) : () => {};
    const over = (): void => {
      for (const end of [begun, answered, ended]) end();
    };
    const { sql } = read.text;
    const state = { id: 0, reader: undefined, hasRows: false, isCancelled: false };
    const task: ReadTask = {
      job,
      kind,
      sql,
      values: read.values,
      fit: job.fit as Fit,
      startedAt,
      ...state,
      begun,
      over,
    };
    job.keeper = { dropped: () => this.#drop(task) };
    if (kind === 'stream') {
      caller.finished(job);
      const credit = (): void => task.reader?.say({ kind: 'credit', id: task.id });
      // It may wait to be read again by then.
      caller.follows(request.id, { credit, stop: () => cancel(job) });
    }
    this.#threads.ask(task);
  }

  #answer(link: ReaderLink, task: ReadTask, reply: Extract<ReaderReply, { readonly id: number }>): void {
    if (reply.kind === 'begun') {
      task.begun();
      return;
    }
    const { job, isCancelled, startedAt } = task;
    const { caller, request } = job;
    if (reply.kind === 'part') {
      // Those of a select are forgotten where it is run again.
      if (task.kind === 'stream') task.hasRows = true;
      if (!isCancelled) caller.part(request.id, reply);
      return;
    }
    link.finish(task.id);
    this.#threads.dismiss();
    if (isCancelled) return;
    if (reply.kind === 'failed') this.#fail(task, errorOf(reply.error));
    else if (reply.kind === 'elsewhere') {
      job.fit = 'unfit';
      this.#again(task);
    } else {
      task.over();
      if (reply.kind === 'ended') caller.ended(request.id);
      else {
        const { columns, rows, before, version } = reply;
        task.fit.note(reply.tookMs);
        caller.finished(job);
        caller.reply({ kind: 'rows', id: request.id, columns, rows, before, version });
      }
      this.#host.performed(job, startedAt, performance.now() - startedAt, undefined);
    }
  }

  #fail(task: ReadTask, error: unknown): void {
    const { job, startedAt } = task;
    const { caller, request } = job;
    task.over();
    caller.finished(job);
    if (task.kind === 'stream') caller.failed(request.id, error);
    else caller.fail(request.id, error);
    this.#host.performed(job, startedAt, performance.now() - startedAt, error);
  }

  /** It is asked again, before what its client asked after it. */
  #again(task: ReadTask): void {
    task.over();
    this.#host.root.queue.pushFirst(task.job);
  }

  /** Nobody waits for it any more. */
  #drop(task: ReadTask): void {
    if (task.isCancelled) return;
    task.isCancelled = true;
    task.over();
    const { reader, id } = task;
    if (task.kind === 'stream') {
      reader?.finish(id);
      reader?.say({ kind: 'cancel', id });
    } else if (task.kind === 'long') this.#threads.replace(task, replaceAfterMs);
    this.#threads.dismiss();
  }
}
