/** The worker file of `compute`: runs one function of the user's, and tells what it gives. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { defer, from, isObservable, mergeMap, type Observable, of, tap } from 'rxjs';
import type { Database } from '../client/database.ts';
import { SluiceError } from '../model/errors.ts';
import { recordOf } from '../wire/error-record.ts';
import { attach } from './attach.ts';
import { buffersIn } from './buffers.ts';
import type { Computation, ComputeReply } from './compute.ts';

type Work = (db: Database, arg: unknown) => unknown;

const { module, arg, server, queueTimeoutMs } = receiveMessageOnPort(workerData)?.message as Computation;
const db = attach(server).connect(queueTimeoutMs === undefined ? {} : { queueTimeoutMs });

// What throws outside of the function's own result is its failure too.
process.on('uncaughtException', fail);
// Whoever subscribed ends this thread; until then it lives, also where nothing else would keep it.
parentPort?.on('message', () => {});

defer(loadWork)
  .pipe(
    mergeMap((work) => resultOf(work(db, arg))),
    tap(send),
  )
  .subscribe({ error: fail, complete: close });

async function loadWork(): Promise<Work> {
  const loaded = await import(module).catch((cause: unknown) => {
    throw new SluiceError(`The module ${module} cannot be loaded: ${messageOf(cause)}`, { cause });
  });
  if (typeof loaded.default === 'function') return loaded.default;
  throw new SluiceError(`The module ${module} has no function (db, arg) => … as its default export`);
}

/** Arrays, strings and the like are values here, though RxJS would take them apart. */
function resultOf(result: unknown): Observable<unknown> {
  return isObservable(result) || isPromiseLike(result) ? from(result) : of(result);
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}

function send(value: unknown): void {
  try {
    tell({ kind: 'value', value }, buffersIn(value));
  } catch {
    copy(value);
  }
}

/** Some buffers cannot be moved, such as the memory of WebAssembly, and do not say so before. */
function copy(value: unknown): void {
  try {
    tell({ kind: 'value', value });
  } catch (cause) {
    throw new SluiceError(`A result of ${module} cannot be sent: ${messageOf(cause)}`, { cause });
  }
}

function fail(error: unknown): void {
  tell({ kind: 'failed', error: recordOf(error) });
}

/** What the function asked and did not wait for still happens. */
function close(): void {
  const complete = (): void => tell({ kind: 'complete' });
  db.close().subscribe({ error: complete, complete });
}

function tell(reply: ComputeReply, transfer: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(reply, transfer);
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
