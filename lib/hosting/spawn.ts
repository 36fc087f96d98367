/** Runs a server on a worker, starts it again where that is wanted, and finds it where it has a name. */
import type { EngineSpec } from '../../engines/engine.ts';
import { host } from './host.ts';
import { type Life, lifeOn } from './life.ts';
import { startOwnWorker, workerThreads } from './node-threads.ts';
import { isSpec, refuseSpawn } from './refusals.ts';
import { areNamesOfTabs, seekAmongTabs, seekHere } from './seek.ts';
import { type Server, ServerLink } from './server-link.ts';
import { sustain } from './sustain.ts';
import { type AnyWorker, threadOf, workerAt } from './threads.ts';

export interface SpawnOptions {
  /**
   * One server per name: the first to spawn it starts it, later ones join it, from any thread of the process, or, in a
   * browser, from any tab of the origin. In Node the server ends with the thread that started it, and its name is free again.
   * In a browser another tab takes over, on a worker of its own: `leads` tells which one has it.
   */
  readonly name?: string | undefined;
  /**
   * Starts the worker again when it dies. Live queries go on by themselves, and what was not sent waits. With a name, whoever
   * wants it restarted comes to the next server of that name, or starts it; others are told that theirs is gone. False by
   * default, but true where tabs share a name.
   */
  readonly restart?: boolean | undefined;
  /**
   * What a lost server has not answered is sent again to the next one, and no write happens twice: each is noted in the
   * database, in a table `_sluice_writes`, by its own transaction. For a server that restarts, over a file. False by default,
   * but true where tabs share a name.
   */
  readonly exactlyOnce?: boolean | undefined;
  /**
   * Where tabs share a name: how long the one that leads may give no sign of life, such as where the system has put it to
   * sleep, before another takes over. 10 s by default. A long query is no such silence.
   */
  readonly leaderTimeoutMs?: number | undefined;
  /** Shuts the server down when the last of its clients is gone. For a worker file of your own, tell `serve`. */
  readonly shutdownWhenUnused?: boolean | undefined;
  /** SQL that brings the file up to date, step by step. For a worker file of your own, tell `serve`. */
  readonly migrations?: readonly string[] | undefined;
  /**
   * A module that the worker imports, and whose exports `migrations`, `procedures`, `setup`, `onEvent` and `beforeShutdown` it
   * uses as those of `ServeOptions`. For a worker file of your own, tell `serve`.
   */
  readonly module?: URL | undefined;
  /** As in `ServeOptions`. For a worker file of your own, tell `serve`. */
  readonly groupCommit?: boolean | undefined;
  /** As in `ServeOptions`. For a worker file of your own, tell `serve`. */
  readonly maxWaitingPerClient?: number | undefined;
}

const defaultLeaderTimeoutMs = 10_000;

type Startable = EngineSpec | (() => AnyWorker) | URL;

/**
 * Runs a server on a worker: on one of its own for an engine, or on the user's worker file, whose body is `serve(…)`.
 *
 *     const server = spawn(betterSqlite3({ file: 'todos.db' }), { name: 'todos' });
 *     const db = server.connect();
 *
 * In a browser, pass `() => new Worker(new URL('./db.worker', import.meta.url), { type: 'module' })`: a bundler finds the
 * file by this form alone. Where there are no workers, the server runs in this thread.
 *
 * Errors  `SluiceError` for what cannot be spawned, and for options that the server cannot be told. A name that stands for
 *         something else, or cannot be reached, fails every operation with an `OpenError`.
 */
export function spawn(to: Startable, options: SpawnOptions = {}): Server {
  const { name } = options;
  const isOfTabs = name !== undefined && areNamesOfTabs();
  const { restart: restarts = isOfTabs, exactlyOnce = isOfTabs } = options;
  const resends = exactlyOnce && restarts;
  refuseSpawn(to, options, restarts);
  if (isSpec(to) && workerThreads() === undefined) return host(to, options);
  const start = (): Life => lifeOn(startWorker(to, options), !isSpec(to));
  if (name === undefined) {
    const first = start();
    const link = new ServerLink(first, { restarts, resends });
    void sustain(link, start, first);
    return link;
  }
  const link = new ServerLink(undefined, { restarts, resends });
  const named = isSpec(to) ? to : to instanceof URL ? { worker: to.href } : undefined;
  if (isOfTabs) {
    const { leaderTimeoutMs: patienceMs = defaultLeaderTimeoutMs } = options;
    const candidacy = { start: () => threadOf(startWorker(to, options)), patienceMs };
    void sustain(link, seekAmongTabs(name, link, candidacy, named));
  } else void sustain(link, seekHere(name, link, { named, life: start }));
  return link;
}

function startWorker(to: Startable, options: SpawnOptions): AnyWorker {
  if (typeof to === 'function') return to();
  if (to instanceof URL) return workerAt(to);
  const { shutdownWhenUnused, migrations, module, groupCommit, maxWaitingPerClient } = options;
  return startOwnWorker(to, { shutdownWhenUnused, migrations, module, groupCommit, maxWaitingPerClient });
}
