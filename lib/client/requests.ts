/** Requests as cold Observables: each subscription sends one, and unsubscribing takes it back. */
import { Observable, type Subscriber, type Unsubscribable } from 'rxjs';
import type { RequestId } from '../wire/messages.ts';
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

/** What hears the replies to one subscription. */
export type Hearing<T> = (subscriber: Subscriber<T>, reply: ReplyTo, id: () => RequestId) => void;

/** One request with any number of replies. */
export function requestMany<T>(
  connection: Connection,
  asking: Asking,
  body: () => RequestBody,
  heard: Hearing<T>,
): Observable<T> {
  return requestEach(connection, asking, body, () => heard);
}

/** One request with any number of replies, which are heard by something that `hearing` makes for each subscription. */
export function requestEach<T>(
  connection: Connection,
  asking: Asking,
  body: () => RequestBody,
  hearing: () => Hearing<T>,
): Observable<T> {
  return new Observable((subscriber) => new Subscribed(connection, asking, body(), subscriber, hearing()));
}

/** One subscription to a request. It is all that a request keeps on this side: 1,000 may be on their way at once. */
class Subscribed<T> implements Receiver, Unsubscribable {
  readonly #connection: Connection;
  readonly #asking: Asking;
  readonly #subscriber: Subscriber<T>;
  readonly #heard: Hearing<T>;
  readonly #id: RequestId;

  constructor(connection: Connection, asking: Asking, body: RequestBody, subscriber: Subscriber<T>, heard: Hearing<T>) {
    this.#connection = connection;
    this.#asking = asking;
    this.#subscriber = subscriber;
    this.#heard = heard;
    this.#id = connection.request(body, this);
  }

  get stakes(): Stakes {
    return this.#asking.stakes;
  }

  get asked(): Error | undefined {
    return this.#asking.asked;
  }

  reply(reply: ReplyTo): void {
    const { enter } = this.#asking;
    if (enter) enter(() => this.#hear(reply));
    else this.#hear(reply);
  }

  fail(error: Error): void {
    this.#subscriber.error(error);
  }

  complete(): void {
    this.#subscriber.complete();
  }

  unsubscribe(): void {
    this.#connection.cancel(this.#id);
  }

  #hear(reply: ReplyTo): void {
    this.#heard(this.#subscriber, reply, () => this.#id);
  }
}
