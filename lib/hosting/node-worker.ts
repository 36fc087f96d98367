/** The worker file of `spawn` in Node, where the user has none. */
import { workerData } from 'node:worker_threads';
import type { EngineSpec } from '../../engines/engine.ts';
import { serve } from './serve.ts';

const { engine, options } = workerData as { engine: EngineSpec; options: { shutdownWhenUnused?: boolean } };
serve(engine, options);
