/** The server: it alone has the database, and runs what its clients ask, one operation after the other. */
import type { Engine } from '../../engines/engine.ts';
import { ConnectionClosedError, LimitError, NotExecutedError, OpenError, type SluiceError } from '../model/errors.ts';
import type { Reply, Request } from '../wire/messages.ts';
import type { Port } from '../wire/port.ts';
import { Changes } from './changes.ts';
import type { LiveQuery } from './live/live-query.ts';
import { Opening, type OpeningOptions, setUp } from './opening.ts';
import { Overtime } from './overtime.ts';
import { Fitness } from './reading/fitness.ts';
import type { ReaderOptions } from './reading/reader-threads.ts';
import { Readers } from './reading/readers.ts';
import { VersionBoard } from './reading/version-board.ts';
import { RefreshPace } from './refresh-pace.ts';
import { type Caller, type Job, Scope } from './scope.ts';
import { liveRun, type ServerEvent } from './server-event.ts';
import { reportOf, type ServerReport } from './server-report.ts';
import { type Desk, Session } from './session.ts';
import type { Storage } from './storage.ts';
import type { Procedures } from './sync-database.ts';
import { rollback } from './transactions.ts';
import { type TurnHost, Turns } from './turns.ts';
import { VersionWaits } from './version-waits.ts';
import { WriteRecords } from './write-records.ts';

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
  #storage: Storage | undefined;
  readonly #opening: Opening;
  #isOpening = false;
  #version = 0;
  #isDown = false;
  readonly #pace = new RefreshPace();
  #clients = 0;
  readonly #versionWaits = new VersionWaits();
  readonly #overtime: Overtime;
  readonly #turns = new Turns(this);
  readonly #board: VersionBoard | undefined;
  #isCommitting = false;
  #fitness: Fitness | undefined;
  #records: WriteRecords | undefined;
  #readers: Readers | undefined;
  #journalMode: string | undefined;
  #fileTimer: ReturnType<typeof setInterval> | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.procedures = options.procedures ?? {};
    if (options.readers) this.#board = new VersionBoard();
    this.#overtime = new Overtime(this);
    this.#opening = new Opening(options, () => this.#overtime.isReached);
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
    const session = new Session(port, this, ++this.#clients);
    if (this.#isDown) {
      session.close(new ConnectionClosedError('The server was shut down'));
      return;
    }
    this.#sessions.add(session);
    if (this.#storage) session.reply({ kind: 'opened' });
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

  forgets({ memory }: Session): void {
    if (memory) this.#records?.forget(memory);
  }

  /** Opens what belongs to nobody: with it, the engine is loaded. */
  warmUp(): void {
    if (this.#storage === undefined && !this.#isDown) void this.#opening.warmUp();
  }

  /** Opens the database, though nobody has asked for anything. */
  open(): void {
    if (this.#storage === undefined && !this.#isDown) this.#open();
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
    const ready = (reader: Engine): Engine => {
      try {
        setUp(reader, this.#options.setup);
        return reader;
      } catch (error) {
        reader.close();
        throw error;
      }
    };
    // Without a write-ahead log, no other connection writes while one reads. https://sqlite.org/lockingv3.html
    const reader = this.#journalMode === 'wal' ? this.#options.openReader?.() : undefined;
    return reader instanceof Promise ? reader.then(ready) : reader && ready(reader);
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
    return reportOf(this, this.#storage, this.#sessions);
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
    if (this.#storage) this.#turns.wake();
    else {
      if (!this.root.queue.isEmpty) this.#open();
      this.flush();
    }
  }

  get fitness(): Fitness {
    if (this.#fitness === undefined) throw new OpenError('The database is not open');
    return this.#fitness;
  }

  get records(): WriteRecords {
    if (this.#records === undefined) throw new OpenError('The database is not open');
    return this.#records;
  }

  get readers(): Readers | undefined {
    return this.#readers;
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
    // Of a database that nobody else can open, to ask would take as long as a point query.
    if (!this.#options.openReader || !this.storage.hasForeignCommit()) return;
    // Whatever another process may have changed is taken to have changed.
    const changes = new Changes();
    for (const table of this.storage.tables) changes.all(table);
    changes.touchEverything();
    this.committing(() => this.announce(changes));
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

  /** Ends every connection, for that reason, and closes the database. What waits is told that it did not happen. */
  async shutdown(reason: SluiceError = new ConnectionClosedError('The server was shut down')): Promise<void> {
    if (this.#isDown) return;
    if (this.root.child) rollback(this, this.root.child);
    for (const { caller, request } of [...this.root.queue.takeWhile(() => true), ...this.#versionWaits.drain()]) {
      caller.fail(request.id, new NotExecutedError(`${reason.message}: this did not run`, { cause: reason }));
    }
    this.#isDown = true;
    this.#overtime.stop();
    clearInterval(this.#fileTimer);
    const readersEnd = this.#readers?.end();
    for (const session of [...this.#sessions]) session.close(reason);
    // The connection that closes last tidies up the file.
    await readersEnd;
    this.#storage?.close();
    this.#storage = undefined;
    if (!this.#isOpening) this.#opening.close();
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

  #open(): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    this.#opening
      .open()
      .then(({ storage, journalMode }) => {
        if (this.#isDown) {
          storage.close();
          return;
        }
        this.#storage = storage;
        this.#journalMode = journalMode;
        this.#fitness = new Fitness(storage);
        this.#records = new WriteRecords(storage);
        if ([...this.#sessions].some(({ memory }) => memory !== undefined)) this.#records.prepare();
        const [{ readers }, board] = [this.#options, this.#board];
        if (readers && board) this.#readers = new Readers(this, { ...readers, board, journalMode });
        if (this.#options.openReader) this.#watchFile();
        for (const session of this.#sessions) session.reply({ kind: 'opened' });
        this.#options.opened();
      })
      .catch((error: Error) => {
        // Whoever waited for this attempt is told; the next operation makes another.
        for (const job of this.root.queue.takeWhile(() => true)) {
          job.caller.finished(job);
          job.caller.fail(job.request.id, error);
        }
        if (this.#isDown) this.#opening.close();
      })
      .finally(() => {
        this.#isOpening = false;
        this.pump();
      });
  }
}
