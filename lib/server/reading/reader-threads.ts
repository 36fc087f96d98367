/** The readers' threads: started when they are needed, and replaced where one is lost or kept from its work. */
import type { ReaderReply } from '../../wire/reader-messages.ts';
import type { ReadTask } from './read-task.ts';
import { ReaderLink, type ReaderPort } from './reader-link.ts';

/** How long is waited at the end for a thread whose read nobody wants: SQLite does not let itself be interrupted there. */
const endsAfterMs = 1000;

/** Threads that end before they have opened the database, one after the other: no more are started. */
const mostFailedStarts = 3;

export interface ReaderOptions {
  /** How many threads there may be. */
  readonly count: number;
  /** Starts one, which finds the version of the database in `memory`. `failed` is told of what it dies of. */
  start(memory: SharedArrayBuffer, failed: (cause: unknown) => void): ReaderPort;
}

/** What becomes of what they were asked. */
export interface ReaderHearing {
  heard(link: ReaderLink, replies: readonly ReaderReply[]): void;
  /** A thread ended, and had these under way; `hadBegun` unless it never opened the database. */
  lost(tasks: readonly ReadTask[], hadBegun: boolean): void;
}

export class ReaderThreads {
  readonly #options: ReaderOptions;
  readonly #hearing: ReaderHearing;
  readonly #links = new Set<ReaderLink>();
  /** They are to end as soon as they are done with what they run. */
  readonly #leaving = new Set<ReaderLink>();
  readonly #memory: SharedArrayBuffer;
  #failedStarts = 0;
  /** What the last one died of, or why there are none. */
  failure: string | undefined;
  #isRetired = false;

  constructor(options: ReaderOptions, memory: SharedArrayBuffer, hearing: ReaderHearing) {
    this.#memory = memory;
    this.#options = options;
    this.#hearing = hearing;
  }

  /** Whether there are readers, or can be. */
  get areUsable(): boolean {
    return !this.#isRetired && this.#failedStarts < mostFailedStarts;
  }

  /** Those that there are. */
  get running(): number {
    return this.#links.size;
  }

  get count(): number {
    return this.#options.count;
  }

  /** What all of them have under way. */
  get tasks(): readonly ReadTask[] {
    return [...this.#links, ...this.#leaving].flatMap(({ tasks }) => tasks);
  }

  /** Whether one would begin a read soon. A stream is read part by part, between other reads. */
  canTake(kind: ReadTask['kind']): boolean {
    if (kind === 'stream' || this.#links.size < this.#options.count) return true;
    for (const link of this.#links) if (link.isFree) return true;
    return false;
  }

  /** Asks the one that has the least to do, or a new one where none is idle. */
  ask(task: ReadTask): void {
    const idle = this.#best((link) => link.load === 0);
    const link = idle ?? (this.#links.size < this.#options.count ? this.#start() : this.#best((one) => one.isFree));
    (link ?? this.#best(() => true))?.ask(task);
  }

  /** Sends what was asked. */
  flush(): void {
    for (const link of this.#links) link.flush();
  }

  started(link: ReaderLink): void {
    link.isReady = true;
    this.#failedStarts = 0;
  }

  /** The one that still runs a cancelled read after this time is left to it, and another takes its place. */
  replace(task: ReadTask, afterMs: number): void {
    setTimeout(() => {
      for (const link of this.#links) if (link.taskOf(task.id) === task) this.leave(link);
    }, afterMs);
  }

  /** Gives a reader nothing more; it ends when it is done with what others still wait for. */
  leave(link: ReaderLink): void {
    if (!this.#links.delete(link)) return;
    this.#leaving.add(link);
    this.dismiss();
  }

  /** Ends the readers that leave, where nobody waits any more for what they have under way. */
  dismiss(): void {
    for (const link of this.#leaving) {
      if (link.tasks.some(({ isCancelled }) => !isCancelled)) continue;
      this.#leaving.delete(link);
      link.say({ kind: 'end' });
    }
  }

  /** No reader is used any more: reads on other connections would not be what they are on the one that writes. */
  retire(reason: string): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.failure = reason;
    for (const link of this.#links) this.leave(link);
  }

  /** Resolves when all threads have ended, or the last ones are at something that nobody waits for. */
  async end(): Promise<void> {
    this.#isRetired = true;
    const links = [...this.#links, ...this.#leaving];
    this.#links.clear();
    this.#leaving.clear();
    for (const link of links) link.say({ kind: 'end' });
    const patience = Promise.withResolvers<void>();
    const timer = setTimeout(patience.resolve, endsAfterMs);
    await Promise.race([Promise.all(links.map(({ over }) => over)), patience.promise]);
    clearTimeout(timer);
  }

  #best(isFit: (link: ReaderLink) => boolean): ReaderLink | undefined {
    let best: ReaderLink | undefined;
    for (const link of this.#links) if (isFit(link) && (best === undefined || link.load < best.load)) best = link;
    return best;
  }

  #start(): ReaderLink {
    const link: ReaderLink = new ReaderLink(
      this.#options.start(this.#memory, (cause) => {
        this.failure = cause instanceof Error ? cause.message : String(cause);
      }),
      (replies) => this.#hearing.heard(link, replies),
      () => this.#lose(link),
    );
    this.#links.add(link);
    return link;
  }

  #lose(link: ReaderLink): void {
    this.#leaving.delete(link);
    if (this.#links.delete(link) && !link.isReady) this.#failedStarts++;
    const { tasks } = link;
    for (const { id } of tasks) link.finish(id);
    this.#hearing.lost(tasks, link.isReady);
  }
}
