/** A server as one of its holders sees it, from whatever thread. */
import { BehaviorSubject, Observable, type Subject } from 'rxjs';
import { Database } from '../client/database.ts';
import { ConnectionClosedError } from '../model/errors.ts';
import type { Reply, Request } from '../wire/messages.ts';
import { type Port, portOver } from '../wire/port.ts';
import type { ControlReply, ControlRequest } from './control.ts';

/** `'starting'` until the database is open, which the first operation asks for. */
export type ServerState = 'starting' | 'open' | 'restarting' | 'closed';

export interface ConnectOptions {
  /** Closing this connection, or losing it, shuts the server down. */
  readonly closeServer?: boolean;
}

/** A server that runs somewhere. Nothing of it is opened before the first operation of a client. */
export interface Server {
  /** Makes one more client. Nothing is sent before it is used. */
  connect(options?: ConnectOptions): Database;
  /** A port by which another thread can `attach` to this server, any number of times. Transfer it there. */
  port(): MessagePort;
  /** Replays the present state, then each change of it. */
  readonly state: Observable<ServerState>;
  /** Disconnects every client, closes the database, ends the worker. Completes when all that is done. */
  shutdown(): Observable<void>;
}

/** Where the server's thread is in the hands of this holder: what it knows of it. */
export interface Lifeline {
  /** Emits when a server that restarts is back; its control port is then handed to {@link ServerLink.hold}. */
  readonly returns?: Subject<void> | undefined;
  /** What the thread died of, once it is over. */
  failure(): Promise<unknown>;
  /** Ends the thread, and waits for that. */
  end(): Promise<unknown>;
  /** The thread is lost, and its end is waited for. */
  awaitEnd(): void;
}

export class ServerLink implements Server {
  readonly #state = new BehaviorSubject<ServerState>('starting');
  readonly #lifeline: Lifeline | undefined;
  #control: MessagePort;
  readonly #isDown: Promise<void>;
  #failure: unknown;
  /** It died, and has not been started again yet. */
  #isAway = false;
  /** It said that it is down, and its thread is about to end. */
  #isEnding = false;
  #down: () => void = () => {};

  constructor(control: MessagePort, lifeline?: Lifeline) {
    this.#lifeline = lifeline;
    this.#isDown = new Promise((resolve) => {
      this.#down = resolve;
    });
    this.#control = control;
    this.hold(control);
  }

  get state(): Observable<ServerState> {
    return this.#state.asObservable();
  }

  /** Whether the server is down for good. */
  get isOver(): boolean {
    return this.#state.value === 'closed';
  }

  connect({ closeServer = false }: ConnectOptions = {}): Database {
    return new Database(
      {
        dial: () => this.#dial(closeServer),
        returns: this.#lifeline?.returns,
        failure: () => this.#lifeline?.failure() ?? Promise.resolve(undefined),
      },
      closeServer ? this.shutdown() : undefined,
    );
  }

  port(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#order({ kind: 'control', port: port1 }, [port1]);
    return port2;
  }

  shutdown(): Observable<void> {
    return new Observable((subscriber) => {
      keepAlive(this.#control, true);
      if (!this.isOver) this.#order({ kind: 'shutdown' });
      void this.#isDown.then(() => {
        subscriber.next();
        subscriber.complete();
      });
    });
  }

  /** Takes the control port of a server that has been started, or started again. */
  hold(control: MessagePort): void {
    this.#control = control;
    this.#isAway = false;
    control.addEventListener('message', ({ data }: MessageEvent<ControlReply>) => {
      if (data.kind === 'open') this.#state.next('open');
      else {
        this.#isEnding = true;
        void this.end();
      }
    });
    control.addEventListener('close', () => {
      if (control === this.#control) this.lost();
    });
    control.start();
    // Holding a server keeps no process alive; what is asked of it does.
    keepAlive(control, false);
  }

  /** The server died, perhaps of `failure`. */
  lost(failure?: unknown): void {
    this.#failure ??= failure;
    if (this.isOver || this.#isEnding) return;
    this.#isAway = true;
    this.#lifeline?.awaitEnd();
    if (!this.#lifeline?.returns) void this.end();
    else if (this.#state.value !== 'restarting') this.#state.next('restarting');
  }

  /** The server is down, or will not come back. */
  async end(): Promise<void> {
    await this.#lifeline?.end();
    if (this.isOver) return;
    this.#control.close();
    this.#state.next('closed');
    this.#lifeline?.returns?.complete();
    this.#down();
  }

  #dial(closesServer: boolean): Port<Request, Reply> | undefined {
    if (this.isOver) throw new ConnectionClosedError('The server was shut down', { cause: this.#failure });
    if (this.#isAway) return undefined;
    const { port1, port2 } = new MessageChannel();
    this.#order({ kind: 'connect', port: port1, closesServer }, [port1]);
    return portOver(port2);
  }

  #order(request: ControlRequest, transfer: Transferable[] = []): void {
    this.#control.postMessage(request, transfer);
  }
}

/** In Node, whether a port keeps the process alive. */
function keepAlive(port: MessagePort & { ref?(): void; unref?(): void }, alive: boolean): void {
  if (alive) port.ref?.();
  else port.unref?.();
}
