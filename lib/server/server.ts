/** The server: it alone has the database, and runs what its clients ask, one operation after the other. */
import { type Engine, EngineError } from '../../engines/engine.ts';
import { ConnectionClosedError, LimitError, OpenError, type SluiceError } from '../model/errors.ts';
import type { Reply, Request } from '../wire/messages.ts';
import type { Port } from '../wire/port.ts';
import { Changes } from './changes.ts';
import type { LiveQuery } from './live/live-query.ts';
import { OpenDatabase } from './open-database.ts';
import { type Opened, Opening, type OpeningOptions } from './opening.ts';
import { Overtime } from './overtime.ts';
import type { Fitness } from './reading/fitness.ts';
import type { ReaderOptions } from './reading/reader-threads.ts';
import type { Readers } from './reading/readers.ts';
import { VersionBoard } from './reading/version-board.ts';
import { RefreshPace } from './refresh-pace.ts';
import { ReturnedListeners } from './returned-listeners.ts';
import { type Caller, type Job, Scope, type UpdateListener } from './scope.ts';
import { liveRun, type ServerEvent } from './server-event.ts';
import { reportOf, type ServerReport } from './server-report.ts';
import { type Desk, Session } from './session.ts';
import type { Storage } from './storage.ts';
import type { Procedures } from './sync-database.ts';
import { rollback } from './transactions.ts';
import { type TurnHost, Turns } from './turns.ts';
import { unknownOutcome } from './unknown-outcome.ts';
import { VersionWaits } from './version-waits.ts';
import type { WriteRecords } from './write-records.ts';

/** How often the file is looked at for commits of other processes, while somebody follows it and nothing else happens. */
const foreignEveryMs = 250;

/** Beyond this, a client asks faster than it is served for long, and only memory would end it. */
const defaultMaxWaitingPerClient = 100_000;

export interface ServerOptions extends OpeningOptions {
  /** Opens one more connection to read from, once the database is open; none where it lives in memory. */
  openReader?: (() => Engine | Promise<Engine>) | undefined;
  readonly procedures?: Procedures | undefined;
  readonly onEvent?: ((event: ServerEvent) => void) | undefined;
  readonly readers?: ReaderOptions | undefined;
  /** Whether writes that wait together may share a transaction. They may by default. */
  readonly groupCommit?: boolean | undefined;
  /** How many operations of one client may wait. */
  readonly maxWaitingPerClient?: number | undefined;
  /** The database is open. */
  opened(): void;
  /** A connection was closed or lost; `remaining` others are there. */
  left(remaining: number): void;
}

export class Server implements Desk, TurnHost {
  readonly root = new Scope();
  readonly procedures: Procedures;
  readonly #options: ServerOptions;
  readonly #sessions = new Set<Session>();
  readonly #speaking = new Set<Session>();
  #database: OpenDatabase | undefined;
  readonly #opening: Opening;
  /** Settles when an attempt to open the database is over. */
  #attempt: Promise<void> | undefined;
  #version = 0;
  #isDown = false;
  readonly #pace = new RefreshPace();
  #clients = 0;
  readonly #versionWaits = new VersionWaits();
  readonly #returned = new ReturnedListeners();
  readonly #overtime: Overtime;
  readonly #turns = new Turns(this);
  readonly #board: VersionBoard | undefined;
  #isCommitting = false;
  #fileTimer: ReturnType<typeof setInterval> | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.procedures = options.procedures ?? {};
    if (options.readers) this.#board = new VersionBoard();
    this.#overtime = new Overtime(this);
    this.#opening = new Opening(options, { isDue: () => this.#overtime.isReached, isWanted: () => !this.#isDown });
  }

  /** Counts the commits that changed something. */
  get version(): number {
    return this.#version;
  }

  get storage(): Storage {
    return this.#open.storage;
  }

  /** Serves one more client. */
  accept(port: Port<Reply, Request>): void {
    const session = new Session(port, this, ++this.#clients);
    if (this.#isDown) {
      session.close(new ConnectionClosedError('The server was shut down'));
      return;
    }
    this.#sessions.add(session);
    if (this.#database) session.reply({ kind: 'opened' });
    this.pump();
  }

  enqueue(scope: Scope, job: Job): void {
    const { caller, request } = job;
    const { maxWaitingPerClient = defaultMaxWaitingPerClient } = this.#options;
    // What ends something makes room.
    const isEnd = request.kind === 'commit' || request.kind === 'close';
    if (isEnd || scope.queue.lengthOf(caller) < maxWaitingPerClient) {
      scope.queue.push(job);
      return;
    }
    caller.finished(job);
    const reason = `As many operations of this client wait as may, ${maxWaitingPerClient}: this one was not begun`;
    caller.fail(request.id, new LimitError(reason, maxWaitingPerClient));
  }

  speaks(session: Session): void {
    this.#speaking.add(session);
  }

  returns(session: Session, seen: number): void {
    // What it asked before, and waits no longer for, must not run beside what it asks now.
    const { client } = session.memory ?? {};
    for (const other of [...this.#sessions])
      if (client !== undefined && other !== session && other.memory?.client === client) other.leave();
    if (seen <= this.#version) return;
    this.committing(() => {
      this.#version = seen;
    });
    for (const job of this.#versionWaits.reach(seen)) this.root.queue.push(job);
  }

  listensAgain(listener: UpdateListener): void {
    this.#returned.add(listener);
  }

  forgets({ memory }: Session): void {
    if (memory) this.#database?.records.forget(memory);
  }

  /** Opens what belongs to nobody: with it, the engine is loaded. */
  warmUp(): void {
    if (this.#database === undefined && !this.#isDown) void this.#opening.warmUp();
  }

  /** Opens the database, though nobody has asked for anything. */
  open(): void {
    if (this.#database === undefined && !this.#isDown) this.#attempt ??= this.#tryToOpen();
  }

  left(session: Session): void {
    this.root.queue.forget(session);
    if (this.#sessions.delete(session)) this.#options.left(this.#sessions.size);
  }

  rollback(scope: Scope, reason?: string): void {
    rollback(this, scope, reason);
    this.#overtime.watch();
  }

  waitFor(version: number, job: Job): void {
    this.#versionWaits.add(job, version);
  }

  openReader(): Engine | Promise<Engine> | undefined {
    return this.#open.openReader();
  }

  ran(query: LiveQuery): void {
    if (this.#options.onEvent) this.#tell(liveRun(query));
  }

  performed({ caller, request, since }: Job, startedAt: number, tookMs: number, failure: unknown): void {
    if (!this.#options.onEvent) return;
    this.#tell({
      kind: 'operation',
      request: request.kind,
      sql: 'sql' in request ? request.sql : undefined,
      client: caller.number,
      waitedMs: startedAt - since,
      tookMs,
      failure,
    });
  }

  /** What the server is doing. Cheap enough to ask often. */
  report(): ServerReport {
    return reportOf(this, this.#database?.storage, this.#sessions);
  }

  /** Tells what a commit changed: the next version, to whom it concerns. */
  announce(changes: Changes, origin?: Caller): void {
    if (changes.isEmpty) {
      // SQLite's own tables have no version, but may be watched.
      if (changes.internal.size > 0) this.root.live.concern(changes);
      return;
    }
    this.#version++;
    if (this.#options.onEvent)
      this.#tell({ kind: 'commit', version: this.#version, tables: [...changes.tables.keys()] });
    for (const job of this.#versionWaits.reach(this.#version)) this.root.queue.push(job);
    this.root.tell(changes, this.#version, origin);
    this.#pace.committed(this.root.live.areDue);
    this.root.live.concern(changes);
    const section = this.root.child;
    if (section === undefined || section.isTransaction) return;
    // What is committed inside an exclusive section concerns those who follow it there, too.
    section.tell(changes, this.#version, origin);
    section.live.concern(changes);
  }

  committing<T>(work: () => T): T {
    const board = this.#board;
    if (board === undefined || this.#isCommitting) return work();
    this.#isCommitting = true;
    board.open();
    try {
      return work();
    } finally {
      board.close(this.#version);
      this.#isCommitting = false;
    }
  }

  /** Runs the live queries of a scope that are due. The scope must be the innermost, or they would see too much. */
  refresh(scope: Scope, isTimeUp: () => boolean = () => false): void {
    this.#pace.refresh(
      () => scope.live.refresh(this, isTimeUp),
      () => scope.live.areDue,
    );
  }

  /** Runs what waits, now or soon. */
  pump(): void {
    if (this.#isDown) return;
    if (this.#database) this.#turns.wake();
    else {
      if (!this.root.queue.isEmpty) this.open();
      this.flush();
    }
  }

  get fitness(): Fitness {
    return this.#open.fitness;
  }

  get records(): WriteRecords {
    return this.#open.records;
  }

  get readers(): Readers | undefined {
    return this.#database?.readers;
  }

  get clientCount(): number {
    return this.#sessions.size;
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  get groupCommit(): boolean {
    return this.#options.groupCommit ?? true;
  }

  get pace(): RefreshPace {
    return this.#pace;
  }

  lookOutside(): void {
    this.#returned.tell(this.root, this.storage, this.#version);
    // Of a database that nobody else can open, to ask would take as long as a point query.
    const isShared = this.#options.openReader !== undefined || this.storage.hasAttachedFiles;
    const tables = isShared ? this.#foreignChanges() : undefined;
    if (tables === undefined) return;
    // Whatever another process may have changed is taken to have changed.
    const changes = new Changes();
    for (const table of tables) changes.all(table);
    changes.touchEverything();
    this.committing(() => this.announce(changes));
  }

  #foreignChanges(): Iterable<string> | undefined {
    try {
      return this.storage.foreignChanges();
    } catch (error) {
      // Another connection keeps the file from being read: what needs it fails by itself, and the next turn looks again.
      if (error instanceof EngineError) return undefined;
      throw error;
    }
  }

  turned(): void {
    this.#overtime.watch();
  }

  flush(): void {
    for (const session of this.#speaking) {
      this.#speaking.delete(session);
      session.flush();
    }
  }

  /** Ends every connection, for that reason, and closes the database. What waits does not happen. */
  async shutdown(reason: SluiceError = new ConnectionClosedError('The server was shut down')): Promise<void> {
    if (this.#isDown) return;
    if (this.root.child) rollback(this, this.root.child);
    for (const job of [...this.root.queue.takeWhile(() => true), ...this.#versionWaits.drain()]) {
      // The end of its connection tells each of the others what it means for it.
      const unknown = unknownOutcome(job, reason);
      if (unknown) job.caller.fail(job.request.id, unknown);
    }
    this.#isDown = true;
    this.#overtime.stop();
    clearInterval(this.#fileTimer);
    const closed = this.#database?.close();
    for (const session of [...this.#sessions]) session.close(reason);
    await Promise.all([closed, this.#attempt]);
    this.#database = undefined;
    this.#opening.close();
  }

  /** There is one whenever an operation runs. */
  get #open(): OpenDatabase {
    if (this.#database === undefined) throw new OpenError('The database is not open');
    return this.#database;
  }

  /** What the hook throws is its own affair, and stops nothing here. */
  #tell(event: ServerEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      console.error('onEvent threw', error);
    }
  }

  #watchFile(): void {
    this.#fileTimer = setInterval(() => {
      if (this.root.live.isEmpty && this.root.listeners.size === 0) return;
      this.pump();
    }, foreignEveryMs);
    // In Node it keeps no process alive.
    if (typeof this.#fileTimer === 'object') this.#fileTimer.unref();
  }

  async #tryToOpen(): Promise<void> {
    try {
      this.#begin(await this.#opening.open());
    } catch (error) {
      // Whoever waited for this attempt is told; the next operation makes another.
      for (const job of this.root.queue.takeWhile(() => true)) {
        job.caller.finished(job);
        job.caller.fail(job.request.id, unknownOutcome(job, error as Error) ?? error);
      }
    } finally {
      this.#attempt = undefined;
      this.pump();
    }
  }

  #begin(opened: Opened): void {
    const [{ setup, openReader, readers }, board] = [this.#options, this.#board];
    const options = { setup, openReader, readers: readers && board && { ...readers, board } };
    const database = new OpenDatabase(opened, this, options);
    if ([...this.#sessions].some(({ memory }) => memory !== undefined)) database.records.prepare();
    this.#database = database;
    if (openReader || opened.storage.hasAttachedFiles) this.#watchFile();
    for (const session of this.#sessions) session.reply({ kind: 'opened' });
    this.#options.opened();
  }
}
