/** Jobs that want a later version of the database than there is. */
import { QueueTimeoutError } from '../model/errors.ts';
import type { Job } from './scope.ts';

/** How often it is looked at, while a job waits. */
const everyMs = 25;

export class VersionWaits {
  readonly #waiting = new Map<Job, number>();
  #timer: ReturnType<typeof setInterval> | undefined;

  add(job: Job, version: number): void {
    job.caller.waits(job);
    this.#waiting.set(job, version);
    this.#timer ??= setInterval(() => this.#expire(performance.now()), everyMs);
  }

  /** Takes out the jobs that a version satisfies. */
  reach(version: number): Job[] {
    return this.#take((_, wanted) => wanted <= version);
  }

  /** Takes out all jobs. */
  drain(): Job[] {
    return this.#take(() => true);
  }

  #expire(now: number): void {
    for (const job of this.#take(({ since, caller }) => now - since > caller.queueTimeoutMs)) {
      const { caller, request } = job;
      caller.finished(job);
      caller.fail(
        request.id,
        new QueueTimeoutError(`Waited for a version that did not come in ${caller.queueTimeoutMs} ms`),
      );
      caller.flush();
    }
  }

  /** Takes out those that are met; the cancelled go by the way. */
  #take(isMet: (job: Job, version: number) => boolean): Job[] {
    const met: Job[] = [];
    for (const [job, version] of this.#waiting) {
      if (!job.isCancelled && !isMet(job, version)) continue;
      this.#waiting.delete(job);
      if (!job.isCancelled) met.push(job);
    }
    if (this.#waiting.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    return met;
  }
}
