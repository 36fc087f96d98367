/** Workers, as Node and as browsers have them. */
import type { Worker as NodeWorker } from 'node:worker_threads';
import { SluiceError } from '../model/errors.ts';
import { isReadiness, type Readiness } from './control.ts';
import { nodeThread, workerThreads } from './node-threads.ts';
import type { Thread } from './thread.ts';

/** A worker of either kind. */
export type AnyWorker = Worker | NodeWorker;

/** Starts a worker from a module's URL. */
export function workerAt(url: URL): AnyWorker {
  const threads = workerThreads();
  if (threads) return new threads.Worker(url);
  if (typeof Worker === 'function') return new Worker(url, { type: 'module' });
  throw new SluiceError('There are no workers here: use host()');
}

export function threadOf(worker: AnyWorker): Thread {
  return 'unref' in worker ? nodeThread(worker) : browserThread(worker);
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
  const ready = new Promise<Readiness>((resolve) =>
    worker.addEventListener('message', ({ data }) => isReadiness(data) && resolve(data)),
  );
  return {
    post: (message, transfer) => void ready.then(() => worker.postMessage(message, [...transfer])),
    over,
    ready,
    async end() {
      worker.terminate();
      ended();
      return over;
    },
    awaitEnd: () => {},
  };
}
