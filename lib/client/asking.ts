/** What a connection and those who ask over it know of each other. */
import type { Observable } from 'rxjs';
import type { ClientPort } from '../wire/client-port.ts';
import type { Priority, Reply, Request, RequestId } from '../wire/messages.ts';

/** `'starting'` until the database is open, which the first operation asks for. */
export type ConnectionState = 'starting' | 'open' | 'restarting' | 'closed';

/**
 * What losing the connection means for a request that has no reply yet.
 *
 * - `'read'`: nothing is lost but an answer.
 * - `'write'`: it may have happened, once it was sent.
 * - `'uncommitted'`: it did not happen, since its transaction was not committed.
 * - `'transaction'`: the same for the whole transaction, which closing the Database takes back.
 * - `'section'`: it ends as a transaction does, but what it wrote was committed statement by statement.
 * - `'stream'`: it goes on after a restart, and completes when the Database is closed.
 */
export type Stakes = 'read' | 'write' | 'uncommitted' | 'transaction' | 'section' | 'stream';

/** A reply to one request. */
export type ReplyTo =
  | Exclude<Reply, { readonly kind: 'welcome' | 'opened' | 'closed' | 'stale' | 'failed' }>
  | { readonly kind: 'stale' };

/** What waits for the replies to one request. */
export interface Receiver {
  readonly stakes: Stakes;
  /** Where the caller asked, for the stack of an error. */
  readonly asked: Error | undefined;
  reply(reply: ReplyTo): void;
  /** The request failed, or the connection ended. No more comes. */
  fail(error: Error): void;
  /** This side closed the Database. No more comes. */
  complete(): void;
}

export type NumberedRequest = Extract<Request, { readonly id: RequestId }>;
type WithoutId<R> = R extends NumberedRequest ? Omit<R, 'id'> : never;

/** A request as its sender writes it; the connection numbers it. */
export type RequestBody = WithoutId<NumberedRequest>;

/** How a connection is made. */
export interface Dialling {
  /**
   * Opens a port to the server; called at the first request, and after each return. None while the server is away: not
   * found yet, or restarting. Throws once it will not come back.
   */
  dial(): ClientPort | undefined;
  /** Where the server is away or restarts: emits when it is there, completes when it will not come. */
  readonly returns?: Observable<void> | undefined;
  /** How long an operation may wait while another client, or a transaction of this one, holds the queue. 30 s by default. */
  readonly queueTimeoutMs?: number | undefined;
  readonly priority?: Priority | undefined;
  /** Names this client for good: what a lost server has not answered is sent again to the next, which runs no write twice. */
  readonly client?: string | undefined;
  /** What the server died of, where that can be known. */
  failure(): Promise<unknown>;
}
