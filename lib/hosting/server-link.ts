/** A server as one of its holders sees it, from whatever thread. */
import { BehaviorSubject, distinctUntilChanged, merge, Observable, Subject } from 'rxjs';
import { choiceOf, timeOf } from '../client/arguments.ts';
import { Database, type ProcedureTypes } from '../client/database.ts';
import { ConnectionClosedError, type SluiceError, tellsByItself } from '../model/errors.ts';
import type { ServerReport } from '../server/server-report.ts';
import { type ClientPort, clientPort } from '../wire/client-port.ts';
import { errorOf } from '../wire/error-of-record.ts';
import type { Priority } from '../wire/messages.ts';
import { compute } from './compute.ts';
import type { ControlReply, ControlRequest } from './control.ts';
import { inspect } from './inspect.ts';
import { closingWith, type Life, reasonOf } from './life.ts';
import { answersWithinMs, endsWithinMs, onSilence } from './silence.ts';

/**
 * `'starting'` until the database is open, which the first operation asks for. `'temporary'` is open too, but in memory: there
 * is no place here for files, and `persistence: 'preferred'` does without.
 */
export type ServerState = 'starting' | 'open' | 'temporary' | 'restarting' | 'closed';

export interface ConnectOptions {
  /** Closing this connection, or losing it, shuts the server down. */
  readonly closeServer?: boolean | undefined;
  /** How long an operation may wait while another client, or a transaction of this one, holds the queue. 30 s by default. */
  readonly queueTimeoutMs?: number | undefined;
  /**
   * `'background'` is for work that nobody looks at: where operations of interactive connections wait too, its own get a
   * small part of the time, but never none. `'interactive'` by default. For both, connect twice: a connection costs little.
   */
  readonly priority?: Priority | undefined;
}

/** A server that runs somewhere. Nothing of it is opened before the first operation of a client. */
export interface Server {
  /** Makes one more client. Nothing is sent before it is used. `connect<typeof procedures>()` tells it what it may call. */
  connect<P extends ProcedureTypes = ProcedureTypes>(options?: ConnectOptions): Database<P>;
  /** A port by which another thread can `attach` to this server, any number of times. Transfer it there. */
  port(): MessagePort;
  /** Replays the present state, then each change of it. */
  readonly state: Observable<ServerState>;
  /**
   * Replays whether the server runs on a worker that was started from here, then each change of it. Of the tabs that share a
   * name, one leads; when it goes, another does.
   */
  readonly leads: Observable<boolean>;
  /** What the server is doing: queue, lock holders, clients, live queries, counters. Cheap enough to ask often. */
  inspect(): Observable<ServerReport>;
  /** Disconnects every client, closes the database, ends the worker. Completes when all that is done. */
  shutdown(): Observable<void>;
}

/** What becomes of a server that is lost. */
export interface Following {
  /** Another is started, or found. */
  readonly restarts?: boolean;
  /** What the lost one has not answered is sent to that one. */
  readonly resends?: boolean;
}

export class ServerLink implements Server {
  readonly #state = new BehaviorSubject<ServerState>('starting');
  readonly #leads = new BehaviorSubject(false);
  readonly #lost = new Subject<void>();
  readonly #restarts: boolean;
  readonly #resends: boolean;
  /** Whether somebody waits for its end. */
  readonly isEndAwaited = new BehaviorSubject(false);
  /** Emits when a server that was away is there, completes when none will be. */
  readonly #returns = new Subject<void>();
  /** What is to be ordered once the server is there. */
  readonly #waiting: { readonly request: ControlRequest; readonly transfer: readonly MessagePort[] }[] = [];
  readonly #isDown: Promise<void>;
  #down: () => void = () => {};
  /** The present life, or the last one. */
  #life: Life | undefined;
  /** Not found yet, not heard of yet, or died and not started again yet. */
  #isAway = true;
  /** It will not come back. */
  #isOver = false;
  #wasShutDown = false;
  #failure: unknown;

  /** Without a `life`, the server is away until {@link ServerLink.hold} is called. */
  constructor(life?: Life, { restarts = false, resends = false }: Following = {}) {
    this.#restarts = restarts;
    this.#resends = resends;
    this.#isDown = new Promise((resolve) => {
      this.#down = resolve;
    });
    if (life) this.hold(life);
  }

  get state(): Observable<ServerState> {
    return this.#state.asObservable();
  }

  get leads(): Observable<boolean> {
    return this.#leads.pipe(distinctUntilChanged());
  }

  connect<P extends ProcedureTypes = ProcedureTypes>(options: ConnectOptions = {}): Database<P> {
    const { closeServer = false, queueTimeoutMs, priority = 'interactive' } = options;
    const link = this;
    return new Database(
      {
        dial: () => link.#dial(closeServer),
        queueTimeoutMs: timeOf('queueTimeoutMs', queueTimeoutMs),
        priority: choiceOf<Priority>('priority', priority, ['interactive', 'background']),
        client: this.#resends ? crypto.randomUUID() : undefined,
        get returns() {
          return !link.#isOver && (link.#restarts || link.#isAway) ? link.#returns : undefined;
        },
        failure: () => reasonOf(link.#life),
      },
      {
        compute: (module, arg) => compute({ port: () => link.port(), queueTimeoutMs }, module, arg),
        ...(closeServer ? { afterClose: this.shutdown() } : {}),
      },
    );
  }

  port(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.admit(port1);
    return port2;
  }

  inspect(): Observable<ServerReport> {
    return inspect((port) => this.#order({ kind: 'inspect', port }, [port]), merge(this.#isDown, this.#lost));
  }

  shutdown(): Observable<void> {
    return new Observable((subscriber) => {
      this.isEndAwaited.next(true);
      if (this.#life) keepAlive(this.#life.control, true);
      if (!this.#isAway) this.#order({ kind: 'shutdown' });
      this.#endWhereSilent(endsWithinMs);
      void this.#isDown.then(() => {
        subscriber.next();
        subscriber.complete();
      });
    });
  }

  /** Lets one more holder order the server, by the other end of `port`. */
  admit(port: MessagePort): void {
    this.#order({ kind: 'control', port }, [port]);
  }

  /** The server was found, or started. */
  hold(life: Life): void {
    const { control, heard } = life;
    this.#life = life;
    this.#failure = undefined;
    this.#leads.next(life.isOurs ?? false);
    control.addEventListener('message', ({ data }: MessageEvent<ControlReply>) => {
      if (data.kind === 'open') this.#state.next(data.isTemporary ? 'temporary' : 'open');
      if (data.kind === 'retired') void this.end(errorOf(data.error));
      if (data.kind !== 'down') return;
      this.#wasShutDown = true;
      void this.end();
    });
    control.addEventListener('close', () => {
      if (life === this.#life) this.lost();
    });
    control.start();
    if (heard === undefined) this.#arrive();
    else {
      keepAlive(control, this.isEndAwaited.value || this.#returns.observed);
      void heard.then(() => this.#arrive());
      this.#endWhereSilent(this.isEndAwaited.value ? endsWithinMs : answersWithinMs);
    }
  }

  /** The server died, perhaps of `failure`. Tells whether it is to be started again. */
  lost(failure?: unknown): boolean {
    this.#failure ??= failure;
    if (this.#isOver) return false;
    this.#life?.awaitEnd();
    this.#isAway = true;
    this.#leads.next(false);
    this.#lost.next();
    if (!this.#restarts) void this.end();
    else if (this.#state.value !== 'restarting') this.#state.next('restarting');
    return this.#restarts;
  }

  /** The server is down or lost, and will not come back. */
  async end(failure?: unknown): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#failure ??= failure;
    for (const { transfer } of this.#waiting.splice(0)) for (const port of transfer) port.close();
    const cause = await this.#life?.end();
    this.#failure ??= cause;
    this.#life?.control.close();
    this.#leads.next(false);
    this.#state.next('closed');
    this.#returns.complete();
    this.#down();
  }

  /** The server is there. */
  #arrive(): void {
    this.#isAway = false;
    // Holding a server keeps no process alive; what is asked of it does.
    keepAlive(this.#life!.control, this.isEndAwaited.value);
    for (const { request, transfer } of this.#waiting.splice(0)) this.#order(request, transfer);
    // Whoever was asked before may be lost.
    if (this.isEndAwaited.value) this.#order({ kind: 'shutdown' });
    this.#returns.next();
  }

  #endWhereSilent(ms: number): void {
    const { heard, over } = this.#life ?? {};
    if (heard) onSilence(Promise.race([heard, over]), ms, (failure) => void this.end(failure));
  }

  #dial(closesServer: boolean): ClientPort | undefined {
    if (this.#isOver) throw this.#gone();
    const life = this.#life;
    if (this.#isAway || life === undefined) {
      // There is no port yet that would keep the process alive for whoever waits.
      if (life) keepAlive(life.control, true);
      return undefined;
    }
    const { port1, port2 } = life.channel?.() ?? new MessageChannel();
    this.#order({ kind: 'connect', port: port1, closesServer }, [port1]);
    return closingWith(life.over, clientPort(port2));
  }

  #order(request: ControlRequest, transfer: readonly MessagePort[] = []): void {
    if (this.#isOver) for (const port of transfer) port.close();
    else if (this.#isAway) this.#waiting.push({ request, transfer });
    else this.#life?.control.postMessage(request, [...transfer]);
  }

  #gone(): SluiceError {
    if (this.#wasShutDown) return new ConnectionClosedError('The server was shut down');
    const cause = this.#failure;
    if (tellsByItself(cause)) return cause;
    const reason = cause instanceof Error ? `: ${cause.message}` : '';
    return new ConnectionClosedError(`The server is gone${reason}`, { cause });
  }
}

/** In Node, whether a port keeps the process alive. */
function keepAlive(port: MessagePort & { ref?(): void; unref?(): void }, alive: boolean): void {
  if (alive) port.ref?.();
  else port.unref?.();
}
