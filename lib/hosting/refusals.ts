/** Refuses at the call what a server cannot be told. */
import type { EngineSpec } from '../../engines/engine.ts';
import { SluiceError } from '../model/errors.ts';
import { type ForModule, forModule, type OwnWorkerOptions, refuseOwnWorker, workerThreads } from './node-threads.ts';

/** What an engine's own worker is told; a user's worker file tells it `serve`. */
const forServe: readonly (keyof OwnWorkerOptions)[] = [
  'shutdownWhenUnused',
  'migrations',
  'module',
  'groupCommit',
  'maxWaitingPerClient',
];

/** What may be given to `spawn`, by mistake too. */
interface Spawned extends OwnWorkerOptions, ForModule {
  readonly exactlyOnce?: boolean | undefined;
}

/** Errors  `SluiceError` for what is no engine, and for migrations that are no list. */
export function refuseServer(engine: unknown, { migrations }: { readonly migrations?: unknown }): void {
  if (!isSpec(engine)) refuse(`engine is what betterSqlite3() and the like return, and was given as ${typeof engine}`);
  if (!Array.isArray(migrations ?? [])) refuse('migrations is an array');
}

/** Errors  `SluiceError` for what cannot be spawned, and for options that would have no effect. */
export function refuseSpawn(to: unknown, options: Spawned, restarts: boolean): void {
  if (typeof to === 'function' || to instanceof URL) {
    const misplaced = [...forServe, ...forModule].find((option) => options[option] !== undefined);
    if (misplaced) refuse(`A worker file of your own cannot be told ${misplaced} here: pass it to serve()`);
  } else {
    refuseServer(to, options);
    refuseOwnWorker(options);
  }
  if (options.module && workerThreads() === undefined) {
    refuse('A module for the worker is to be had in Node alone: write a worker file, whose body is serve()');
  }
  if (options.exactlyOnce && !restarts) refuse('exactlyOnce is for a server that restarts: pass `restart` too');
}

export function isSpec(to: unknown): to is EngineSpec {
  const { module, options } = (to ?? {}) as Partial<EngineSpec>;
  return typeof module === 'string' && typeof options === 'object';
}

function refuse(reason: string): never {
  throw new SluiceError(reason);
}
