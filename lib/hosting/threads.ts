/** Workers, as Node and as browsers have them. */
import type { Worker as NodeWorker, WorkerOptions as NodeWorkerOptions } from 'node:worker_threads';
import { SluiceError } from '../model/errors.ts';
import { isReadiness } from './control.ts';

/** A worker of either kind. */
export type AnyWorker = Worker | NodeWorker;

/** A worker that has been started. */
export interface Thread {
  post(message: unknown, transfer: readonly MessagePort[]): void;
  /** Resolves when the thread is over, with what ended it if it failed. A browser tells of failures only. */
  readonly over: Promise<unknown>;
  end(): Promise<unknown>;
  /** Keeps the process alive until the thread is over: it is about to be, and something waits for that. */
  awaitEnd(): void;
}

type WorkerThreads = typeof import('node:worker_threads');

/** Node's own module, or nothing in a browser. It is not imported, so that a bundler for browsers need not know it. */
export function workerThreads(): WorkerThreads | undefined {
  return globalThis.process?.getBuiltinModule?.('node:worker_threads');
}

/** Starts a worker from a module's URL. */
export function workerAt(url: URL, options: NodeWorkerOptions = {}): AnyWorker {
  const threads = workerThreads();
  if (threads) return new threads.Worker(url, options);
  if (typeof Worker === 'function') return new Worker(url, { type: 'module' });
  throw new SluiceError('There are no workers here: use host()');
}

/** Told apart from its use: by the usual form, bundlers would take in every file of this folder. */
const here = import.meta.url;

/** A worker file of this folder, without its ending: the sources run as they are, and so does what is built from them. */
export function workerFile(name: string): URL {
  return new URL(`./${name}.${here.endsWith('.ts') ? 'ts' : 'js'}`, here);
}

export function threadOf(worker: AnyWorker): Thread {
  return 'unref' in worker ? nodeThread(worker) : browserThread(worker);
}

function nodeThread(worker: NodeWorker): Thread {
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
    async end() {
      await worker.terminate();
      return over;
    },
    awaitEnd: () => worker.ref(),
  };
}

function browserThread(worker: Worker): Thread {
  let ended: (failure?: unknown) => void;
  const over = new Promise<unknown>((resolve) => {
    ended = resolve;
    worker.addEventListener('error', ({ message }) => {
      // What threw lives on in a browser, and would go on holding the database.
      worker.terminate();
      resolve(new SluiceError(message?.replace(/^Uncaught /, '') ?? 'the script of the worker could not be loaded'));
    });
  });
  const isReady = new Promise<void>((resolve) =>
    worker.addEventListener('message', ({ data }) => isReadiness(data) && resolve()),
  );
  return {
    post: (message, transfer) => void isReady.then(() => worker.postMessage(message, [...transfer])),
    over,
    async end() {
      worker.terminate();
      ended();
      return over;
    },
    awaitEnd: () => {},
  };
}
