/** A connection to the server, as the application holds it. */
import { concat, Observable, of } from 'rxjs';
import { databaseScope } from '../wire/messages.ts';
import { Connection, type ConnectionState, type Dialling } from './connection.ts';
import { Scope } from './scope.ts';

export type { ConnectionState } from './connection.ts';

/** One client of the server. It opens on first use, and costs nothing before. */
export class Database extends Scope {
  readonly #afterClose: Observable<void>;

  /** `afterClose` is what closing this connection entails, such as the end of the server. */
  constructor(dialling: Dialling, afterClose: Observable<void> = of(undefined)) {
    super(new Connection(dialling), databaseScope);
    this.#afterClose = afterClose;
  }

  /** Replays the present state, then each change of it. */
  get state(): Observable<ConnectionState> {
    return this.connection.state;
  }

  /**
   * Closes this connection; other clients go on. Its live queries complete, its open transactions are rolled back, and
   * other requests that were made before still get their replies. Completes when the server has let go. A use after it
   * fails with `ConnectionClosedError`; closing twice does no harm.
   */
  close(): Observable<void> {
    const closed = new Observable<never>((subscriber) => {
      this.connection.close(() => subscriber.complete());
    });
    return concat(closed, this.#afterClose);
  }
}
