/** Computes in a short-lived worker that has a Database of its own. */
import { Observable } from 'rxjs';
import { callSite } from '../client/call-site.ts';
import { SluiceError } from '../model/errors.ts';
import { errorOf } from '../wire/error-of-record.ts';
import { type ErrorRecord, recordOf } from '../wire/error-record.ts';
import { workerFile, workerThreads } from './node-threads.ts';

/** What the worker is given: the module's URL, its argument, and how it connects to the server. */
export interface Computation {
  readonly module: string;
  readonly arg: unknown;
  readonly server: MessagePort;
  readonly queueTimeoutMs: number | undefined;
}

/** How a computation reaches the server, and how long its operations may wait there. */
export interface Reach {
  port(): MessagePort;
  readonly queueTimeoutMs: number | undefined;
}

/** What the worker tells. After `'failed'` and `'complete'` it is to be ended. */
export type ComputeReply =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: ErrorRecord }
  | { readonly kind: 'complete' };

/**
 * Runs the default function of a module, `(db, arg) => …`, in a worker of its own, once per subscription. A value is emitted
 * as it is, arrays too; of a Promise or an Observable, what it gives. The buffers in what is emitted are moved, not copied:
 * the module emits a copy of one that it goes on using.
 *
 *     arg                  (a)
 *     module's function     ---x---y---|
 *     compute               ---x---y-----|     | once the worker is gone, with its connection and its transactions
 *
 * Errors  what the function threw; `SluiceError` where the module cannot be loaded, a value cannot be sent, or the worker dies.
 */
export function compute({ port, queueTimeoutMs }: Reach, module: URL, arg: unknown): Observable<unknown> {
  const threads = workerThreads();
  if (threads === undefined) throw new SluiceError('compute() is to be had in Node alone, as yet');
  if (!(module instanceof URL)) {
    throw new SluiceError(
      `compute() takes the URL of a module, new URL('./tile.js', import.meta.url): ${typeof module} given`,
    );
  }
  const asked = callSite();
  return new Observable((subscriber) => {
    const fail = (error: unknown): void => subscriber.error(errorOf(recordOf(error), asked));
    const server = port();
    const { port1, port2 } = new threads.MessageChannel();
    try {
      port1.postMessage({ module: module.href, arg, server, queueTimeoutMs } satisfies Computation, [server as never]);
    } catch (cause) {
      for (const port of [server, port1]) port.close();
      fail(new SluiceError(`The argument for ${module} cannot be sent: ${messageOf(cause)}`, { cause }));
      return;
    }
    const worker = new threads.Worker(workerFile('compute-worker'), { workerData: port2, transferList: [port2] });
    const died = (reason: string, options?: ErrorOptions): void =>
      fail(new SluiceError(`The worker of ${module} died: ${reason}`, options));
    let tellEnd = (code: number): void => died(`it ended with code ${code} before it was done`);
    // The end is told of when nothing of the computation is left.
    const end = (tell: () => void): void => {
      tellEnd = tell;
      void worker.terminate();
    };
    worker.on('message', (reply: Partial<ComputeReply>) => {
      if (reply.kind === 'value') subscriber.next(reply.value);
      else if (reply.kind === 'complete') end(() => subscriber.complete());
      else if (reply.kind === 'failed') end(() => subscriber.error(errorOf(reply.error!, asked)));
    });
    worker.on('error', (cause) => end(() => died(messageOf(cause), { cause })));
    worker.on('exit', (code) => tellEnd(code));
    return () => void worker.terminate();
  });
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
