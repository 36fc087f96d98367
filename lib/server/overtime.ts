/** Ends what goes on for too long: waiting behind a holder of the queue, or for a reader, and holding it. */
import { type Holder, QueueTimeoutError, TransactionTimeoutError } from '../model/errors.ts';
import type { Readers } from './reading/readers.ts';
import type { Hold, Job, Scope } from './scope.ts';

/** How often it is looked at, while something holds the queue, or is waited for. */
const everyMs = 25;

/** What it needs of the server. */
export interface OvertimeHost {
  readonly root: Scope;
  readonly readers: Readers | undefined;
  rollback(scope: Scope, reason: string): void;
  pump(): void;
}

export class Overtime {
  readonly #host: OvertimeHost;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(host: OvertimeHost) {
    this.#host = host;
  }

  /** Looks at the clock for as long as something waits that cannot run. */
  watch(): void {
    const { root, readers } = this.#host;
    if (root.child === undefined && !readers?.areAwaited) this.stop();
    else this.#timer ??= setInterval(() => this.#look(performance.now()), everyMs);
  }

  /** Whether a transaction is open for too long: what runs in it is not worth waiting for. */
  get isReached(): boolean {
    const now = performance.now();
    for (let scope = this.#host.root.child; scope?.hold; scope = scope.child) {
      if (now - scope.hold.since > scope.hold.timeoutMs) return true;
    }
    return false;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(now: number): void {
    if (this.#host.root.child === undefined) this.#expireReads(now);
    for (let scope = this.#host.root.child; scope?.hold; scope = scope.child) {
      if (now - scope.hold.since > scope.hold.timeoutMs) {
        this.#timeOut(scope, scope.hold);
        break;
      }
      this.#expire(scope.hold, now);
    }
    this.#host.pump();
  }

  /** What waits for a reader, or behind one that does, and for too long. */
  #expireReads(now: number): void {
    const { root, readers } = this.#host;
    // A connection that closes waits for its own replies, for as long as they take.
    const isOver = (job: Job): boolean =>
      now - job.since > job.caller.queueTimeoutMs && job.request.kind !== 'close' && !readers?.letsRunHere(job);
    for (const job of root.queue.takeWhile(isOver)) {
      job.caller.finished(job);
      const reason = `Waited for ${Math.round(now - job.since)} ms while all readers were busy`;
      job.caller.fail(job.request.id, new QueueTimeoutError(reason));
    }
  }

  /** What waits behind this holder for too long is told who it is. */
  #expire(hold: Hold, now: number): void {
    const isOver = ({ since, caller }: Job): boolean => now - since > caller.queueTimeoutMs;
    for (const job of hold.parent.queue.takeWhile(isOver)) {
      job.caller.finished(job);
      job.caller.fail(
        job.request.id,
        new QueueTimeoutError(`Waited for ${Math.round(now - job.since)} ms`, holderOf(hold, now)),
      );
    }
  }

  #timeOut(scope: Scope, { id, caller, timeoutMs }: Hold): void {
    const reason = `it was open for longer than its ${timeoutMs} ms`;
    this.#host.rollback(scope, reason);
    caller.fail(id, new TransactionTimeoutError(`The transaction was rolled back: ${reason}`));
  }
}

/** Who holds the queue, as it is told to others. */
export function holderOf({ caller, mode, since, openedAt }: Hold, now: number): Holder {
  return { client: caller.number, mode, heldForMs: now - since, openedAt };
}
