/** The life of a transaction on the client: BEGIN, its work, and then COMMIT or ROLLBACK, whatever happens. */
import { catchError, concat, dematerialize, EMPTY, from, materialize, Observable, switchMap, throwError } from 'rxjs';
import { releaseAfter } from '../../streams/release-after.ts';
import type { WorkResult } from '../../streams/transaction.ts';
import type { ScopeId } from '../wire/messages.ts';
import type { Receiver, RequestBody, Stakes } from './asking.ts';
import type { Connection } from './connection.ts';

/** What the life of a transaction asks of its handle. */
export interface TransactionHandle {
  /** Whether the server knows that the transaction is over. */
  readonly isSettled: boolean;
  /** What it means to lose the connection now. */
  readonly stakes: Stakes;
  /** Ends the transaction on the server; completes when it has. */
  end(how: 'commit' | 'rollback'): Observable<never>;
  /** Refuses every further use of the handle. */
  abandon(): void;
  /** Runs a part of the work, so that it is known whose it is. */
  enter<T>(body: () => T): T;
}

/** Begins a transaction at each subscription, runs `work` in it, and commits. `handle` is made once it has begun. */
export function runTransaction<Tx extends TransactionHandle, T>(
  connection: Connection,
  begin: () => RequestBody,
  handle: (id: ScopeId) => Tx,
  work: (tx: Tx) => WorkResult<T>,
  asked: Error | undefined,
): Observable<T> {
  return begun(connection, begin, handle, asked).pipe(
    switchMap((tx) =>
      inside(tx, work).pipe(
        releaseAfter(() => tx.end('commit')),
        catchError((error: unknown) =>
          concat(
            tx.isSettled ? EMPTY : tx.end('rollback'),
            throwError(() => error),
          ),
        ),
        materialize(),
      ),
    ),
    // The transaction is open for as long as `begun` is: the end of the work must end that too.
    dematerialize(),
  );
}

/** What the work gives is subscribed to as a part of it: it may be an operation of the database, which would wait for its end. */
function inside<Tx extends TransactionHandle, T>(tx: Tx, work: (tx: Tx) => WorkResult<T>): Observable<T> {
  return new Observable((subscriber) => tx.enter(() => from(work(tx) ?? EMPTY).subscribe(subscriber)));
}

/** Emits the handle of a transaction, which is open until this is unsubscribed. Errors if the connection is lost. */
function begun<Tx extends TransactionHandle>(
  connection: Connection,
  begin: () => RequestBody,
  handle: (id: ScopeId) => Tx,
  asked: Error | undefined,
): Observable<Tx> {
  return new Observable((subscriber) => {
    let tx: Tx | undefined;
    const receiver: Receiver = {
      get stakes() {
        return tx?.stakes ?? 'transaction';
      },
      asked,
      reply: () => {
        tx = handle(id);
        subscriber.next(tx);
      },
      fail: (error) => {
        tx?.abandon();
        subscriber.error(error);
      },
      complete: () => subscriber.complete(),
    };
    const id = connection.request(begin(), receiver);
    return () => {
      tx?.abandon();
      // Whatever is still open is taken back at once, on the server too.
      if (tx?.isSettled) connection.release(id);
      else connection.cancel(id);
    };
  });
}
