/** Threads of Node. */
import type { Worker as NodeWorker } from 'node:worker_threads';
import type { EngineSpec } from '../../engines/engine.ts';
import { SluiceError } from '../model/errors.ts';
import type { Thread } from './thread.ts';

type WorkerThreads = typeof import('node:worker_threads');

/** Node's own module, or nothing in a browser. It is not imported, so that a bundler for browsers need not know it. */
export function workerThreads(): WorkerThreads | undefined {
  return globalThis.process?.getBuiltinModule?.('node:worker_threads');
}

/** Told apart from its use: by the usual form, bundlers would take in every file of this folder. */
const here = import.meta.url;

/** A worker file of this folder, without its ending: the sources run as they are, and so does what is built from them. */
export function workerFile(name: string): URL {
  return new URL(`./${name}.${here.endsWith('.ts') ? 'ts' : 'js'}`, here);
}

/** What the worker of an engine is told; a worker file of the user's own tells it `serve`. */
export interface OwnWorkerOptions {
  readonly shutdownWhenUnused?: boolean | undefined;
  readonly migrations?: readonly string[] | undefined;
  readonly module?: URL | undefined;
  readonly groupCommit?: boolean | undefined;
  readonly maxWaitingPerClient?: number | undefined;
}

/** What a module exports for the worker of an engine. */
export const forModule = ['procedures', 'setup', 'onEvent', 'beforeShutdown'] as const;

/** Options that the worker of an engine is not told, but may be given all the same. */
export type ForModule = { readonly [K in (typeof forModule)[number]]?: unknown };

/** Errors  `SluiceError` for functions, which cannot be sent to that worker, and for a module that is no URL. */
export function refuseOwnWorker({ module, ...options }: OwnWorkerOptions & ForModule): void {
  const isSendable = options.migrations?.every((step) => typeof step === 'string') ?? true;
  const unsendable = isSendable ? forModule.find((option) => options[option] !== undefined) : 'migrations';
  if (unsendable) {
    throw new SluiceError(
      `A function cannot be sent to the worker: export \`${unsendable}\` from a module, and pass its URL as \`module\``,
    );
  }
  if (module !== undefined && !(module instanceof URL)) {
    throw new SluiceError(`module is a URL, new URL('./x.js', import.meta.url), and was given as ${typeof module}`);
  }
}

/** Starts the worker of an engine, on a worker file of this folder. */
export function startOwnWorker(engine: EngineSpec, { module, ...options }: OwnWorkerOptions): NodeWorker {
  const threads = workerThreads()!;
  const workerData = { engine, options, module: module?.href };
  return new threads.Worker(workerFile('node-worker'), { workerData, name: 'sluice' });
}

export function nodeThread(worker: NodeWorker): Thread {
  // The requests that wait for it keep the process alive; the worker alone does not.
  worker.unref();
  let failure: unknown;
  worker.on('error', (error) => {
    failure = error;
  });
  const over = new Promise<unknown>((resolve) => worker.once('exit', () => resolve(failure)));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer as never),
    over,
    // Node keeps what is posted before it listens.
    ready: Promise.resolve({ sluice: 'ready' }),
    async end() {
      await worker.terminate();
      return over;
    },
    awaitEnd: () => worker.ref(),
  };
}
