/** How a read is run: by a reader, alone or with others, or where the database is written. */
import type { Job, Scope } from '../scope.ts';
import type { Fitness } from './fitness.ts';
import type { ReadKind } from './read-task.ts';

export interface RoutingHost {
  readonly root: Scope;
  readonly version: number;
  readonly fitness: Fitness;
}

/** None for what is no read, what must run where the database is written, and what is done sooner there than handed on. */
export function readKindOf({ root, version, fitness }: RoutingHost, job: Job): ReadKind | undefined {
  const { request } = job;
  if (request.kind !== 'select' && request.kind !== 'stream') return undefined;
  job.fit ??= fitness.of(request.sql) ?? 'unfit';
  if (job.fit === 'unfit') return undefined;
  if (request.kind === 'stream') return 'stream';
  // It waits for a version, and is asked again when that is there.
  if (request.atLeast > version) return undefined;
  if (!job.fit.isQuick) return 'long';
  return root.child ? 'quick' : undefined;
}
