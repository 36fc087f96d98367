/** One request for live results, shared by all who follow it. */

import type { Subscriber, Unsubscribable } from 'rxjs';
import type { RowForm } from '../model/query.ts';
import type { RequestId } from '../wire/messages.ts';
import type { Receiver, ReplyTo, RequestBody, Stakes } from './asking.ts';
import type { Connection } from './connection.ts';
import { LiveResult, type Result } from './live-result.ts';
import type { Asking } from './requests.ts';
import { noteVersion } from './versions.ts';

/**
 * It begins with the first subscriber, and is over when the last one leaves.
 *
 *     results   -a---b----
 *     first     ^a---b-!
 *     late      ---^a-b---!
 *
 * By hand, since there may be ten thousand: as a chain of `share`, `filter`, `distinctUntilChanged` and `map`, a live query
 * of 10 rows keeps 6.8 KB on the client.
 */
export class SharedLive implements Receiver {
  readonly #connection: Connection;
  readonly #asking: Asking;
  readonly #body: RequestBody & { readonly kind: 'watch' };
  readonly #over: () => void;
  readonly #states: readonly LiveResult[];
  /** Copied when it changes: whoever hears a result may leave, or bring others. */
  #followers: readonly LiveFollower[] = [];
  #id: RequestId = 0;
  /** The latest; none where a commit made them stale, and whoever comes now waits for the next. */
  #latest: readonly Result[] | undefined;
  #results: readonly Result[] = [];

  /** `over` is called when nobody follows any more: from then on this one is not to be followed again. */
  constructor(
    connection: Connection,
    body: RequestBody & { readonly kind: 'watch' },
    form: RowForm,
    asking: Asking,
    over: () => void,
  ) {
    this.#connection = connection;
    this.#body = body;
    this.#asking = asking;
    this.#over = over;
    this.#states = body.queries.map(() => new LiveResult(form));
  }

  get stakes(): Stakes {
    return this.#asking.stakes;
  }

  get asked(): Error | undefined {
    return this.#asking.asked;
  }

  follow<T>(subscriber: Subscriber<T>, value: (results: readonly Result[]) => T): Unsubscribable {
    const follower = new LiveFollower(this, subscriber, value as (results: readonly Result[]) => unknown);
    const isFirst = this.#followers.length === 0;
    this.#followers = [...this.#followers, follower];
    if (isFirst) this.#id = this.#connection.request(this.#body, this);
    else if (this.#latest) follower.hear(this.#latest);
    return follower;
  }

  leave(follower: LiveFollower): void {
    const followers = this.#followers.filter((other) => other !== follower);
    if (followers.length === this.#followers.length) return;
    this.#followers = followers;
    if (followers.length > 0) return;
    this.#over();
    this.#connection.cancel(this.#id);
  }

  reply(reply: ReplyTo): void {
    const { enter } = this.#asking;
    if (enter) enter(() => this.#hear(reply));
    else this.#hear(reply);
  }

  fail(error: Error): void {
    for (const { subscriber } of this.#end()) subscriber.error(error);
  }

  complete(): void {
    for (const { subscriber } of this.#end()) subscriber.complete();
  }

  #hear(reply: ReplyTo): void {
    switch (reply.kind) {
      case 'livePart':
        this.#states[reply.index]!.gather(reply);
        this.#connection.credit(this.#id);
        break;
      case 'live': {
        let isChanged = false;
        for (const [index, step] of reply.results.entries()) if (this.#states[index]!.apply(step)) isChanged = true;
        if (isChanged) this.#results = this.#states.map((state) => state.result);
        for (const { result } of this.#states) noteVersion(result, reply.version);
        this.#emit();
        this.#connection.credit(this.#id);
        break;
      }
      case 'fresh':
        for (const state of this.#states) state.apply(null);
        this.#emit();
        break;
      case 'stale':
        this.#latest = undefined;
        break;
      default:
        this.complete();
    }
  }

  #emit(): void {
    this.#latest = this.#results;
    for (const follower of this.#followers) follower.hear(this.#results);
  }

  /** Nobody follows any more. Gives who did. */
  #end(): readonly LiveFollower[] {
    const followers = this.#followers;
    this.#followers = [];
    this.#over();
    return followers;
  }
}

/** One subscription. What it has had is not emitted to it again. */
class LiveFollower implements Unsubscribable {
  readonly subscriber: Subscriber<unknown>;
  readonly #shared: SharedLive;
  readonly #value: (results: readonly Result[]) => unknown;
  #last: readonly Result[] | undefined;

  constructor(shared: SharedLive, subscriber: Subscriber<unknown>, value: (results: readonly Result[]) => unknown) {
    this.#shared = shared;
    this.subscriber = subscriber;
    this.#value = value;
  }

  hear(results: readonly Result[]): void {
    if (results === this.#last) return;
    this.#last = results;
    this.subscriber.next(this.#value(results));
  }

  unsubscribe(): void {
    this.#shared.leave(this);
  }
}
