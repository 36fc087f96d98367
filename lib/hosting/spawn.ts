/** Runs a server on a worker, and starts it again where that is wanted. */
import { Subject } from 'rxjs';
import type { EngineSpec } from '../../engines/engine.ts';
import type { Handover } from './control.ts';
import { host } from './host.ts';
import { type Server, ServerLink } from './server-link.ts';
import { type AnyWorker, type Thread, threadOf, workerAt, workerThreads } from './threads.ts';

export interface SpawnOptions {
  /** Starts the worker again when it dies. Live queries go on by themselves, and what was not sent waits. */
  readonly restart?: boolean;
  /** Shuts the server down when the last of its clients is gone. For a worker file of your own, tell `serve`. */
  readonly shutdownWhenUnused?: boolean;
}

/** A worker that dies this often without opening its database is not started again. */
const maxFailedStarts = 5;
const firstPauseMs = 50;
/** How long a lost connection waits for the reason, which the end of the thread brings. */
const failureWithinMs = 1000;

/**
 * Runs a server on a worker: on one of its own for an engine, or on the user's worker file, whose body is `serve(…)`.
 *
 *     const server = spawn(betterSqlite3({ file: 'todos.db' }));
 *     const db = server.connect();
 *
 * In a browser, pass `() => new Worker(new URL('./db.worker', import.meta.url), { type: 'module' })`: a bundler finds the
 * file by this form alone. Where there are no workers, the server runs in this thread.
 */
export function spawn(to: EngineSpec | (() => AnyWorker) | URL, options: SpawnOptions = {}): Server {
  if (isSpec(to) && workerThreads() === undefined) return host(to, options);
  const start = (): Thread => threadOf(startWorker(to, options));
  let thread = start();
  const returns = options.restart ? new Subject<void>() : undefined;
  const server = new ServerLink(handOver(thread), {
    returns,
    failure: () => Promise.race([thread.over, pause(failureWithinMs)]),
    end: () => thread.end(),
    awaitEnd: () => thread.awaitEnd(),
  });
  let failedStarts = 0;
  server.state.subscribe((state) => {
    if (state === 'open') failedStarts = 0;
  });

  const mind = async (): Promise<void> => {
    const failure = await thread.over;
    server.lost(failure);
    if (returns === undefined) return;
    if (++failedStarts > maxFailedStarts) return server.end();
    await pause(firstPauseMs * (failedStarts - 1));
    if (server.isOver) return;
    thread = start();
    server.hold(handOver(thread));
    returns.next();
    return mind();
  };
  void mind();
  return server;
}

function startWorker(
  to: EngineSpec | (() => AnyWorker) | URL,
  { shutdownWhenUnused = false }: SpawnOptions,
): AnyWorker {
  if (typeof to === 'function') return to();
  if (to instanceof URL) return workerAt(to);
  // The sources run as they are, so the file's ending is that of this file.
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return workerAt(new URL(`./node-worker.${ending}`, import.meta.url), {
    workerData: { engine: to, options: { shutdownWhenUnused } },
    name: 'sluice',
  });
}

function handOver(thread: Thread): MessagePort {
  const { port1, port2 } = new MessageChannel();
  thread.post({ sluice: 'control', port: port1 } satisfies Handover, [port1]);
  return port2;
}

function isSpec(to: EngineSpec | (() => AnyWorker) | URL): to is EngineSpec {
  return typeof to === 'object' && !(to instanceof URL);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
