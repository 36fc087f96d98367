/** Keeps one server in the thread where this runs, for holders in any thread. */
import type { EngineModule, EngineSpec } from '../../engines/engine.ts';
import type { Server, ServerOptions } from '../server/server.ts';
import type { Reply, Request } from '../wire/messages.ts';
import { portOver } from '../wire/port.ts';
import type { ControlReply, ControlRequest } from './control.ts';

/** How a server is run, whoever runs it. */
export interface HostOptions {
  /** Shuts the server down when the last of its clients is gone. */
  readonly shutdownWhenUnused?: boolean;
  /** Called before the database is closed. */
  readonly beforeShutdown?: () => void;
}

export class Keeper {
  /** Loaded only here, where a server is kept: whoever only holds one, such as a page, need not download it. */
  readonly #server: Promise<Server>;
  readonly #holders = new Set<MessagePort>();
  readonly #options: HostOptions;
  readonly #down: () => void;
  #isOpen = false;
  #isDown = false;

  /** `down` is called once the database was closed. */
  constructor(engine: EngineSpec, options: HostOptions, down: () => void) {
    this.#options = options;
    this.#down = down;
    this.#server = import('../server/server.ts').then((loaded) => new loaded.Server(this.#serverOptions(engine)));
  }

  /** Takes orders from one more holder. */
  async hold(port: MessagePort): Promise<void> {
    this.#holders.add(port);
    const server = await this.#server;
    port.addEventListener('message', ({ data }: MessageEvent<ControlRequest>) => this.#take(server, data));
    port.addEventListener('close', () => this.#holders.delete(port));
    port.start();
    if (this.#isOpen) port.postMessage({ kind: 'open' } satisfies ControlReply);
  }

  #serverOptions(engine: EngineSpec): ServerOptions {
    return {
      open: async () => {
        const module = (await import(engine.module)) as EngineModule;
        return module.open(engine.options);
      },
      statementCacheSize: engine.options.statementCacheSize,
      opened: () => {
        this.#isOpen = true;
        this.#tell({ kind: 'open' });
      },
      left: (remaining) => {
        if (remaining === 0 && this.#options.shutdownWhenUnused) void this.#shutdown();
      },
    };
  }

  async #shutdown(): Promise<void> {
    if (this.#isDown) return;
    this.#isDown = true;
    const server = await this.#server;
    try {
      this.#options.beforeShutdown?.();
    } finally {
      server.shutdown();
      this.#tell({ kind: 'down' });
      for (const port of this.#holders) port.close();
      this.#down();
    }
  }

  #take(server: Server, request: ControlRequest): void {
    switch (request.kind) {
      case 'connect': {
        const { port, closesServer } = request;
        if (closesServer) port.addEventListener('close', () => void this.#shutdown());
        server.accept(portOver<Reply, Request>(port));
        break;
      }
      case 'control':
        void this.hold(request.port);
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
