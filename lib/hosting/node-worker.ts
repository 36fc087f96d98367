/** The worker file of `spawn` in Node, where the user has none. */
import { workerData } from 'node:worker_threads';
import type { EngineSpec } from '../../engines/engine.ts';
import { SluiceError } from '../model/errors.ts';
import { type ServeOptions, serve } from './serve.ts';

interface Task {
  readonly engine: EngineSpec;
  readonly options: ServeOptions;
  /** The URL of a module that exports more of the options. */
  readonly module: string | undefined;
}

const { engine, options, module } = workerData as Task;
serve(
  engine,
  module === undefined ? options : { ...options, ...exported(await import(module)), setupModule: new URL(module) },
);

function exported(from: ServeOptions): ServeOptions {
  const { migrations = options.migrations, procedures, setup, onEvent, beforeShutdown } = from;
  if (options.migrations && migrations !== options.migrations) {
    throw new SluiceError(`There are migrations in the options and in ${module}: which come first is not known`);
  }
  return { migrations, procedures, setup, onEvent, beforeShutdown };
}
