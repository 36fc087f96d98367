/** What the page of the specs offers them: sluice, RxJS, and the page's worker file. */
import * as rxjs from 'rxjs';
import * as sluice from '../../../lib/index.ts';
import type { WorkerTask } from './db.worker.ts';
import { longestTask, observeTasks } from './tasks.ts';
import { keepWriting, type Writing } from './writing.ts';

function worker(task: WorkerTask): () => Worker {
  return () => {
    const made = new Worker(`/db.worker.js?task=${encodeURIComponent(JSON.stringify(task))}`, { type: 'module' });
    workers.push(made);
    return made;
  };
}

/** All that were made in this page. */
const workers: Worker[] = [];

/** Starts a server on a worker of this page. */
function start(task: WorkerTask, options?: sluice.SpawnOptions): sluice.Server {
  return sluice.spawn(worker(task), options);
}

/** The last value; `undefined` where there is none. */
function done<T>(source: rxjs.Observable<T>): Promise<T | undefined> {
  return rxjs.lastValueFrom(source, { defaultValue: undefined });
}

/** What a failure tells, as plain data, which alone gets out of the page. */
async function failureOf(work: Promise<unknown>): Promise<Failure | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return told(error);
  }
}

/** The error, and its causes behind it. */
interface Failure {
  readonly name: string;
  readonly message: string;
  readonly codeName: string | undefined;
  /** The classes of ours that it is an instance of. */
  readonly kinds: readonly string[];
  readonly cause: Failure | undefined;
}

function told(error: unknown): Failure {
  const { name, message, codeName, cause } = error as Error & { readonly codeName?: string };
  const kinds = Object.entries(sluice).filter(([, type]) => typeof type === 'function' && error instanceof type);
  return { name, message, codeName, kinds: kinds.map(([kind]) => kind), cause: cause ? told(cause) : undefined };
}

/** Waits until something holds; fails after ten seconds. */
function until(holds: () => boolean): Promise<unknown> {
  const met$ = rxjs.interval(10).pipe(rxjs.filter(holds), rxjs.timeout({ first: 10_000 }));
  return rxjs.firstValueFrom(met$);
}

const offered = {
  ...sluice,
  rxjs,
  start,
  worker,
  workers,
  done,
  failureOf,
  until,
  keepWriting,
  observeTasks,
  longestTask,
};

declare global {
  var lab: typeof offered;
  // What one step of a spec leaves in the page for the next.
  var server: sluice.Server;
  var db: sluice.Database;
  var counts: number[];
  var states: string[];
  var writing: Writing;
  var watched: unknown;
  var restarted: Promise<unknown>;
  var ending: Promise<Failure | undefined>;
}

globalThis.lab = offered;
