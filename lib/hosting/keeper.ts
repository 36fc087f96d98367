/** Keeps one server in the thread where this runs, for holders in any thread. */
import type { EngineModule, EngineSpec } from '../../engines/engine.ts';
import { Server } from '../server/server.ts';
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
  readonly #server: Server;
  readonly #holders = new Set<MessagePort>();
  readonly #options: HostOptions;
  readonly #down: () => void;
  #isOpen = false;
  #isDown = false;

  /** `down` is called once the database was closed. */
  constructor(engine: EngineSpec, options: HostOptions, down: () => void) {
    this.#options = options;
    this.#down = down;
    this.#server = new Server({
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
        if (remaining === 0 && options.shutdownWhenUnused) this.shutdown();
      },
    });
  }

  /** Takes orders from one more holder. */
  hold(port: MessagePort): void {
    this.#holders.add(port);
    port.addEventListener('message', ({ data }: MessageEvent<ControlRequest>) => this.#take(data));
    port.addEventListener('close', () => this.#holders.delete(port));
    port.start();
    if (this.#isOpen) port.postMessage({ kind: 'open' } satisfies ControlReply);
  }

  shutdown(): void {
    if (this.#isDown) return;
    this.#isDown = true;
    try {
      this.#options.beforeShutdown?.();
    } finally {
      this.#server.shutdown();
      this.#tell({ kind: 'down' });
      for (const port of this.#holders) port.close();
      this.#down();
    }
  }

  #take(request: ControlRequest): void {
    switch (request.kind) {
      case 'connect': {
        const { port, closesServer } = request;
        if (closesServer) port.addEventListener('close', () => this.shutdown());
        this.#server.accept(portOver<Reply, Request>(port));
        break;
      }
      case 'control':
        this.hold(request.port);
        break;
      case 'shutdown':
        this.shutdown();
        break;
    }
  }

  #tell(reply: ControlReply): void {
    for (const port of this.#holders) port.postMessage(reply);
  }
}
