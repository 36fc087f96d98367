/** Runs what waits, turn by turn of the event loop: operations, then the live queries that are due, then what is to be said. */
import { timeout } from '../wire/clock.ts';
import { areTurnsCheap, nextTurn, whenPortsAreEmpty } from '../wire/next-turn.ts';
import { type OperationHost, perform } from './operations.ts';
import { noteTime } from './reading/fitness.ts';
import type { Readers } from './reading/readers.ts';
import type { RefreshPace } from './refresh-pace.ts';
import type { Job, Scope } from './scope.ts';
import { type GroupHost, WriteGroup } from './write-group.ts';

/** How long operations run before the ports are looked at again, and a cancellation can arrive. */
const turnMs = 4;

/** When so many wait, those that arrive right behind them are heard first: what is done together costs less. */
const manyJobs = 8;

/** What arrives so soon after a turn has waited for its end, and so may others have. */
const soonMs = 0.05;

/** What turns need of the server. */
export interface TurnHost extends OperationHost, GroupHost {
  /** Whether writes that wait together may share a transaction. */
  readonly groupCommit: boolean;
  readonly pace: Pick<RefreshPace, 'leftMs' | 'isFlooded'>;
  readonly isDown: boolean;
  readonly readers: Readers | undefined;
  refresh(scope: Scope, isTimeUp?: () => boolean): void;
  /** Announces what other processes have committed. */
  lookOutside(): void;
  /** Sends what was said in a turn. */
  flush(): void;
  /** A turn is over. */
  turned(): void;
}

export class Turns {
  readonly #host: TurnHost;
  readonly #group: WriteGroup;
  #isRunning = false;
  #isComing = false;
  #timer: ReturnType<typeof timeout> | undefined;
  #endedAt = 0;
  /** Operations of the last turn. */
  #ran = 0;

  constructor(host: TurnHost) {
    this.#host = host;
    this.#group = new WriteGroup(host, (job) => this.#run(job, host.root));
  }

  /** Something may wait. It runs at once, or in the next turn where others may join it until then. */
  wake(): void {
    if (this.#isRunning || this.#isComing) return;
    if (this.#host.root.queue.length >= manyJobs || this.#ran >= manyJobs) this.#come(nextTurn);
    else if (areTurnsCheap && performance.now() - this.#endedAt < soonMs) this.#come(whenPortsAreEmpty);
    else this.#turn();
  }

  #come(when: typeof nextTurn): void {
    this.#isComing = true;
    when(() => {
      this.#isComing = false;
      if (!this.#host.isDown) this.#turn();
    });
  }

  #turn(): void {
    const { root, readers } = this.#host;
    this.#isRunning = true;
    let isMore: boolean;
    let heldMs: number;
    try {
      // Where another process holds the file, this waits for it for longer than a turn takes.
      this.#lookOutside();
      const end = performance.now() + turnMs;
      readers?.dispatch();
      isMore = this.#runUntil(end);
      readers?.dispatch();
      const { live } = root.innermost;
      heldMs = this.#heldMs(isMore);
      if (live.areDue && heldMs === 0) {
        // A write may have waited for another process, which changed the schema meanwhile.
        this.#lookOutside();
        this.#host.refresh(root.innermost, () => performance.now() > end);
      }
      this.#host.flush();
    } finally {
      this.#isRunning = false;
    }
    this.#host.turned();
    this.#endedAt = performance.now();
    const { areDue } = root.innermost.live;
    if (isMore || (areDue && heldMs === 0)) this.#come(nextTurn);
    else if (areDue) this.#comeIn(heldMs);
  }

  /** How long live queries that are due wait for operations, or for those that will follow in a flood. */
  #heldMs(isMore: boolean): number {
    const { root, pace } = this.#host;
    return isMore || (root.child === undefined && pace.isFlooded) ? pace.leftMs : 0;
  }

  #comeIn(ms: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = timeout(() => {
      this.#timer = undefined;
      if (!this.#isRunning && !this.#isComing && !this.#host.isDown) this.#turn();
    }, ms);
  }

  /** A transaction goes on seeing what it saw; an exclusive section without one sees what others commit. */
  #lookOutside(): void {
    if (!this.#host.root.innermost.isTransaction) this.#host.lookOutside();
  }

  /** Runs operations. Gives whether others wait that could run. */
  #runUntil(end: number): boolean {
    const { root, readers, groupCommit } = this.#host;
    const runsHere = (job: Job): boolean => readers?.letsRunHere(job) ?? true;
    let now = performance.now();
    let share = 0;
    this.#ran = 0;
    // What is said in a turn is said at its end: nobody waits there for one who has a lesser share.
    const mayRun = (job: Job): boolean => job.caller.share >= share && runsHere(job);
    try {
      while (now < end) {
        const { innermost } = root;
        const job = innermost === root ? root.queue.shift(mayRun) : innermost.queue.shift();
        if (job === undefined) break;
        this.#ran++;
        share = Math.max(share, job.caller.share);
        if (job.caller.memory && this.#host.records.recall(job, this.#host.version)) continue;
        if (innermost !== root || !groupCommit) this.#run(job, innermost);
        else this.#group.run(job, !root.queue.isEmpty);
        const start = now;
        now = performance.now();
        // What happens inside a transaction is counted as a whole, at its end.
        if (innermost === root) root.queue.charge(job.caller, now - start);
      }
    } finally {
      this.#group.close();
    }
    const { innermost } = root;
    return innermost === root ? root.queue.has(runsHere) : !innermost.queue.isEmpty;
  }

  #run(job: Job, scope: Scope): void {
    const { caller, request } = job;
    const startedAt = performance.now();
    let failure: unknown;
    caller.finished(job);
    try {
      perform(this.#host, job, scope);
    } catch (error) {
      failure = error;
      caller.fail(request.id, error);
    }
    const tookMs = performance.now() - startedAt;
    noteTime(job, tookMs);
    this.#host.performed(job, startedAt, tookMs, failure);
  }
}
