/** One reader's thread, as the server sees it: what it was asked, and has not done yet. */
import type { RequestId } from '../../wire/messages.ts';
import type { Port } from '../../wire/port.ts';
import type { ReaderReply, ReaderRequest } from '../../wire/reader-messages.ts';
import type { ReadTask, TaskReader } from './read-task.ts';

export type ReaderPort = Port<ReaderRequest, ReaderReply>;

/** So many quick reads in one packet: more do not make it cheaper. */
const mostQuick = 100;

export class ReaderLink implements TaskReader {
  readonly #port: ReaderPort;
  readonly #tasks = new Map<RequestId, ReadTask>();
  #outbox: ReaderRequest[] = [];
  #lastId: RequestId = 0;
  #isOver = false;
  /** Its connection was opened. */
  isReady = false;
  /** Resolves when its thread has ended. */
  readonly over: Promise<void>;

  constructor(port: ReaderPort, hear: (replies: readonly ReaderReply[]) => void, lost: () => void) {
    this.#port = port;
    this.over = new Promise((resolve) => {
      const closed = (): void => {
        this.#isOver = true;
        resolve();
        lost();
      };
      port.listen({ packet: hear, closed });
    });
    port.keepAlive(false);
  }

  /** What it was asked and has not done, also where nobody waits for it any more. */
  get tasks(): readonly ReadTask[] {
    return [...this.#tasks.values()];
  }

  /** Whether a read would be run soon. */
  get isFree(): boolean {
    return this.load < mostQuick && !this.#has('long');
  }

  /** How many reads wait for each other there. */
  get load(): number {
    let load = 0;
    for (const { kind } of this.#tasks.values()) if (kind !== 'stream') load++;
    return load;
  }

  /** Asks for a read; it is sent with the next {@link ReaderLink.flush}. */
  ask(task: ReadTask): void {
    const { kind, sql, values } = task;
    task.id = ++this.#lastId;
    task.reader = this;
    this.#tasks.set(task.id, task);
    this.#outbox.push({ kind, id: task.id, sql, values });
  }

  taskOf(id: RequestId): ReadTask | undefined {
    return this.#tasks.get(id);
  }

  finish(id: RequestId): void {
    this.#tasks.delete(id);
  }

  /** Says something else, at once. */
  say(request: ReaderRequest): void {
    this.#outbox.push(request);
    this.flush();
  }

  flush(): void {
    if (this.#outbox.length === 0 || this.#isOver) return;
    const packet = this.#outbox;
    this.#outbox = [];
    this.#port.send(packet);
  }

  #has(kind: ReadTask['kind']): boolean {
    for (const task of this.#tasks.values()) if (task.kind === kind) return true;
    return false;
  }
}
