/** The server: it alone has the database, and runs what its clients ask, one operation after the other. */
import type { Engine } from '../../engines/engine.ts';
import { ConnectionClosedError, NotExecutedError, OpenError } from '../model/errors.ts';
import type { Reply, Request } from '../wire/messages.ts';
import type { Port } from '../wire/port.ts';
import type { Changes } from './changes.ts';
import { nextTurn } from './next-turn.ts';
import { perform } from './operations.ts';
import { type Caller, type Job, Scope } from './scope.ts';
import { type Desk, Session } from './session.ts';
import { Storage } from './storage.ts';
import { rollback } from './transactions.ts';

/** How long operations run before the port is looked at again, and a cancellation can arrive. */
const turnMs = 4;

/** Under endless writes, live queries run again after this time; else when the queue is empty. */
const refreshWithinMs = 20;

export interface ServerOptions {
  /** Opens the database; called before the first operation, and again after it failed. */
  open(): Promise<Engine>;
  readonly statementCacheSize?: number | undefined;
  /** The database is open. */
  opened(): void;
  /** A connection was closed or lost; `remaining` others are there. */
  left(remaining: number): void;
}

export class Server implements Desk {
  readonly root = new Scope();
  readonly #options: ServerOptions;
  readonly #sessions = new Set<Session>();
  readonly #speaking = new Set<Session>();
  #storage: Storage | undefined;
  #isOpening = false;
  #version = 0;
  #isPumping = false;
  #isDown = false;
  #dueSince = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** Counts the commits that changed something. */
  get version(): number {
    return this.#version;
  }

  /** The open database. There is one whenever an operation runs. */
  get storage(): Storage {
    if (this.#storage === undefined) throw new OpenError('The database is not open');
    return this.#storage;
  }

  /** Serves one more client. */
  accept(port: Port<Reply, Request>): void {
    const session = new Session(port, this);
    if (this.#isDown) {
      session.close(new ConnectionClosedError('The server was shut down'));
      return;
    }
    this.#sessions.add(session);
    if (this.#storage) session.reply({ kind: 'opened' });
    this.pump();
  }

  enqueue(scope: Scope, job: Job): void {
    scope.push(job);
  }

  speaks(session: Session): void {
    this.#speaking.add(session);
  }

  left(session: Session): void {
    if (this.#sessions.delete(session)) this.#options.left(this.#sessions.size);
  }

  rollback(scope: Scope): void {
    rollback(this, scope);
  }

  /** Tells what a commit changed: the next version, to whom it concerns. */
  announce(changes: Changes, origin: Caller): void {
    if (changes.isEmpty) return;
    this.#version++;
    this.root.tell(changes, this.#version, origin);
    if (!this.root.live.areDue) this.#dueSince = performance.now();
    this.root.live.concern(changes);
  }

  /** Runs the live queries of a scope that are due. The scope must be the innermost, or they would see too much. */
  refresh(scope: Scope, isTimeUp: () => boolean = () => false): void {
    scope.live.refresh(this.storage, this.#version, isTimeUp);
    this.#dueSince = performance.now();
  }

  /** Runs operations until none can run or the turn is over, then the live queries that are due, then sends replies. */
  pump(): void {
    if (this.#isPumping || this.#isDown) return;
    if (this.#storage === undefined) {
      if (this.root.hasJobs) this.#open();
      this.#flush();
      return;
    }
    this.#isPumping = true;
    const end = performance.now() + turnMs;
    const isTurnOver = (): boolean => performance.now() > end;
    let isIdle = false;
    try {
      while (!isIdle && !isTurnOver()) {
        const scope = this.root.innermost;
        const job = scope.shift();
        if (job) this.#perform(job, scope);
        else isIdle = true;
      }
      const { innermost } = this.root;
      const isOverdue = performance.now() - this.#dueSince > refreshWithinMs;
      if (innermost.live.areDue && (isIdle || isOverdue)) this.refresh(innermost, isTurnOver);
      this.#flush();
    } finally {
      this.#isPumping = false;
    }
    const { innermost } = this.root;
    if (innermost.hasJobs || innermost.live.areDue) nextTurn(() => this.pump());
  }

  /** Ends every connection and closes the database. What waits is told that it did not happen. */
  shutdown(): void {
    if (this.#isDown) return;
    if (this.root.child) rollback(this, this.root.child);
    for (const { caller, request } of this.root.drain()) {
      caller.fail(request.id, new NotExecutedError('The server was shut down before this ran'));
    }
    this.#isDown = true;
    for (const session of [...this.#sessions]) session.close(new ConnectionClosedError('The server was shut down'));
    this.#storage?.close();
    this.#storage = undefined;
  }

  #perform(job: Job, scope: Scope): void {
    const { caller, request } = job;
    caller.finished(job);
    try {
      perform(this, job, scope);
    } catch (error) {
      caller.fail(request.id, error);
    }
  }

  #flush(): void {
    for (const session of this.#speaking) {
      this.#speaking.delete(session);
      session.flush();
    }
  }

  #open(): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    this.#options
      .open()
      .then((engine) => {
        if (this.#isDown) {
          engine.close();
          return;
        }
        this.#storage = new Storage(engine, this.#options.statementCacheSize);
        for (const session of this.#sessions) session.reply({ kind: 'opened' });
        this.#options.opened();
      })
      .catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        // Whoever waited for this attempt is told; the next operation makes another.
        for (const job of this.root.drain()) {
          job.caller.finished(job);
          job.caller.fail(job.request.id, new OpenError(`The database could not be opened: ${reason}`, { cause }));
        }
      })
      .finally(() => {
        this.#isOpening = false;
        this.pump();
      });
  }
}
