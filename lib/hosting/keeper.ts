/** Keeps one server in the thread where this runs, for holders in any thread. */
import type { EngineModule, EngineOptions, EngineSpec } from '../../engines/engine.ts';
import { SluiceError } from '../model/errors.ts';
import type { Server, ServerOptions } from '../server/server.ts';
import type { ServerEvent } from '../server/server-event.ts';
import type { Migration, Procedures, SetupDatabase } from '../server/sync-database.ts';
import { recordOf } from '../wire/error-record.ts';
import { protocolVersion } from '../wire/messages.ts';
import type { Vigil } from '../wire/port.ts';
import { serverPort } from '../wire/server-port.ts';
import type { ControlReply, ControlRequest } from './control.ts';
import { workerThreads } from './node-threads.ts';
import { startReader } from './reader-thread.ts';
import { hostTabs } from './tab-host.ts';
import type { Appointment } from './tab-words.ts';

/** How a server is run, whoever runs it. */
export interface HostOptions {
  /** Shuts the server down when the last of its clients is gone. */
  readonly shutdownWhenUnused?: boolean | undefined;
  /** Called before the database is closed. */
  readonly beforeShutdown?: (() => void) | undefined;
  /** What brings the file up to date, step by step, before the first operation of any client. */
  readonly migrations?: readonly Migration[] | undefined;
  /** What clients may `call`, by name. */
  readonly procedures?: Procedures | undefined;
  /** Sets each connection to the database up, before anything else uses it: PRAGMAs, functions, collations. */
  readonly setup?: ((db: SetupDatabase) => void) | undefined;
  /**
   * Whether writes that wait together may share one transaction, of which each has its own part: result, error, version. On by
   * default; off, each has a transaction of its own, which other processes may see one by one.
   */
  readonly groupCommit?: boolean | undefined;
  /** How many operations of one client may wait: any more fail with `LimitError`. 100,000 by default. */
  readonly maxWaitingPerClient?: number | undefined;
  /** A module that exports `setup`, in place of the function: the threads of readers cannot be sent a function. */
  readonly setupModule?: URL | undefined;
  /** Told of every operation, commit and run of a live query; logging and tracing are made of it. */
  readonly onEvent?: ((event: ServerEvent) => void) | undefined;
}

export class Keeper {
  /** Loaded only here, where a server is kept: whoever only holds one, such as a page, need not download it. */
  readonly #server: Promise<Server>;
  readonly #holders = new Set<MessagePort>();
  readonly #options: HostOptions;
  readonly #down: () => void;
  #lock: Promise<string | undefined> | undefined;
  readonly #vigil: Vigil | undefined;
  /** Once the database is open. */
  #opened: ControlReply | undefined;
  #isDown = false;

  /** `down` is called once the database was closed. A `vigil` is for a thread that does nothing else. */
  constructor(engine: EngineSpec, options: HostOptions, down: () => void, vigil?: Vigil) {
    this.#options = options;
    this.#down = down;
    this.#vigil = vigil;
    this.#server = import('../server/server.ts').then((loaded) => new loaded.Server(this.#serverOptions(engine)));
  }

  /** Resolves once the server is loaded. Errors  where that fails. */
  get loaded(): Promise<unknown> {
    return this.#server;
  }

  /** Takes orders from one more holder. */
  async hold(port: MessagePort): Promise<void> {
    this.#holders.add(port);
    this.#lock ??= lockOfThread();
    const [server, lock] = await Promise.all([this.#server, this.#lock]);
    if (this.#isDown) {
      port.close();
      return;
    }
    port.addEventListener('message', ({ data }: MessageEvent<ControlRequest>) => this.#take(server, data));
    port.addEventListener('close', () => this.#holders.delete(port));
    port.start();
    port.postMessage({ kind: 'held', lock } satisfies ControlReply);
    if (this.#opened) port.postMessage(this.#opened);
  }

  /** Serves the tabs of an origin. */
  lead(appointment: Appointment): void {
    hostTabs(appointment, { protocol: protocolVersion, migrations: this.#options.migrations?.length }, this);
  }

  /** Loads what can be loaded ahead. */
  async warmUp(): Promise<void> {
    (await this.#server).warmUp();
  }

  /** Opens the database, though nobody has asked for anything. */
  async open(): Promise<void> {
    (await this.#server).open();
  }

  /** Ends the server for the sake of newer code, which its clients are told. */
  async retire(reason: SluiceError): Promise<void> {
    await this.#shutdown(reason);
  }

  #serverOptions(engine: EngineSpec): ServerOptions {
    const { setupModule } = this.#options;
    let { setup } = this.#options;
    let open: EngineModule['open'];
    let isTemporary = false;
    return {
      open: async () => {
        refuseReaders(engine, this.#options);
        if (setup === undefined && setupModule)
          ({ setup } = (await import(/* @vite-ignore */ /* webpackIgnore: true */ setupModule.href)) as Pick<
            HostOptions,
            'setup'
          >);
        open = await openerOf(engine);
        const database = await open(engine.options);
        isTemporary = database.isTemporary === true;
        database.onLoss?.((reason) => this.#tell({ kind: 'lost', error: recordOf(reason) }));
        return database;
      },
      openProbe: async () => (await openerOf(engine))(inMemory(engine.options)),
      // A database in memory belongs to one connection.
      openReader: engine.options.file === undefined ? undefined : () => open(engine.options),
      statementCacheSize: engine.options.statementCacheSize,
      migrations: this.#options.migrations,
      procedures: this.#options.procedures,
      setup: (db) => setup?.(db),
      readers: this.#readersOf(engine),
      onEvent: this.#options.onEvent,
      groupCommit: this.#options.groupCommit,
      maxWaitingPerClient: this.#options.maxWaitingPerClient,
      opened: () => {
        this.#opened = { kind: 'open', isTemporary };
        this.#tell(this.#opened);
      },
      left: (remaining) => {
        if (remaining === 0 && this.#options.shutdownWhenUnused) void this.#shutdown();
      },
    };
  }

  #readersOf(engine: EngineSpec): ServerOptions['readers'] {
    const { file, readers: count = 0 } = engine.options;
    if (count === 0 || file === undefined || workerThreads() === undefined) return undefined;
    const setupModule = this.#options.setupModule?.href;
    return { count, start: (memory, failed) => startReader({ engine, setupModule, memory }, failed) };
  }

  async #shutdown(reason?: SluiceError): Promise<void> {
    if (this.#isDown) return;
    this.#isDown = true;
    const server = await this.#server;
    try {
      this.#options.beforeShutdown?.();
    } catch (error) {
      console.error('beforeShutdown threw', error);
    }
    try {
      await server.shutdown(reason);
    } catch (error) {
      console.error('The database could not be closed', error);
    }
    const last: ControlReply = reason ? { kind: 'retired', error: recordOf(reason) } : { kind: 'down' };
    // The first holder started this thread, and ends it as soon as it hears: so it hears last.
    for (const port of [...this.#holders].reverse()) {
      port.postMessage(last);
      port.close();
    }
    this.#down();
  }

  #take(server: Server, request: ControlRequest): void {
    switch (request.kind) {
      case 'connect': {
        const { port, closesServer } = request;
        if (closesServer) port.addEventListener('close', () => void this.#shutdown());
        server.accept(serverPort(port, this.#vigil));
        break;
      }
      case 'control':
        void this.hold(request.port);
        break;
      case 'inspect':
        request.port.postMessage(server.report());
        request.port.close();
        break;
      case 'shutdown':
        void this.#shutdown();
        break;
    }
  }

  #tell(reply: ControlReply): void {
    for (const port of this.#holders) port.postMessage(reply);
  }
}

/** Holds a lock for as long as this thread is there: a browser does not tell one end of a port that the other is gone. */
function lockOfThread(): Promise<string | undefined> {
  const { navigator } = globalThis;
  return new Promise((resolve) => {
    if (workerThreads() || navigator?.locks === undefined) return resolve(undefined);
    const name = `sluice ${crypto.randomUUID()}`;
    const held = (): Promise<never> => {
      resolve(name);
      return new Promise(() => {});
    };
    return void navigator.locks.request(name, held).catch(() => resolve(undefined));
  });
}

function refuseReaders({ options: { readers = 0 } }: EngineSpec, { setup, setupModule }: HostOptions): void {
  if (readers === 0 || setup === undefined || setupModule !== undefined) return;
  const reason = 'readers run in threads of their own, and `setup`, a function, cannot be sent there';
  throw new SluiceError(`${reason}: export it from a module, and pass its URL as \`setupModule\``);
}

/** Options of a database that is empty, and in memory: the engine is loaded from where it would be for the other. */
function inMemory(options: EngineOptions): EngineOptions {
  const { file, name, image, readers, ...others } = options as EngineOptions & { name?: unknown; image?: unknown };
  return others;
}

/** In a bundle the engine is loaded already, and there is no module to import: bundlers must not look for it. */
async function openerOf({ open, module }: EngineSpec): Promise<EngineModule['open']> {
  if (open) return open;
  const loaded = (await import(/* @vite-ignore */ /* webpackIgnore: true */ module)) as EngineModule;
  return loaded.open;
}
