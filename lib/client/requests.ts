/** Requests as cold Observables: each subscription sends one, and unsubscribing takes it back. */
import { Observable, type Subscriber } from 'rxjs';
import type { Receiver, ReplyTo, RequestBody, Stakes } from './asking.ts';
import type { Connection } from './connection.ts';

/** What is fixed where the caller asks: the place, and what the loss of the connection would mean. */
export interface Asking {
  readonly stakes: Stakes;
  readonly asked: Error | undefined;
  /** Runs what hears the replies, such as inside the work of a transaction. */
  readonly enter?: (body: () => void) => void;
}

/** One request with one reply, which becomes one value. `body` is made at each subscription, and may throw. */
export function requestOnce<T>(
  connection: Connection,
  asking: Asking,
  body: () => RequestBody,
  value: (reply: ReplyTo) => T,
): Observable<T> {
  return requestMany(connection, asking, body, (subscriber, reply) => {
    subscriber.next(value(reply));
    subscriber.complete();
  });
}

/** One request with any number of replies. */
export function requestMany<T>(
  connection: Connection,
  { stakes, asked, enter }: Asking,
  body: () => RequestBody,
  heard: (subscriber: Subscriber<T>, reply: ReplyTo, id: () => number) => void,
): Observable<T> {
  return new Observable((subscriber) => {
    let id = 0;
    const receiver: Receiver = {
      stakes,
      asked,
      reply: enter
        ? (reply) => enter(() => heard(subscriber, reply, () => id))
        : (reply) => heard(subscriber, reply, () => id),
      fail: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    };
    id = connection.request(body(), receiver);
    return () => connection.cancel(id);
  });
}
