/** What is sent again to the next server, where that knows which writes the last one has committed. */
import { databaseScope, type RequestId } from '../wire/messages.ts';
import type { NumberedRequest, Receiver } from './asking.ts';

/** A request on its way, as it is sent again. */
export interface Resendable {
  request: NumberedRequest;
  readonly receiver: Receiver;
  /** A transaction that has begun, as far as this side knows. */
  hasBegun: boolean;
  /** How many servers were lost that had been sent it. */
  losses: number;
}

/** A request that was with so many servers when they were lost may be what they died of. */
const mostLosses = 3;

/** With so many answered writes, the server is told that it may forget them. */
const enoughAnswered = 16;

/**
 * Makes ready what is to be sent again of a request that the lost server has not answered; gives whether there is anything.
 * Nothing of an open transaction can be, but the question whether it was committed.
 */
export function comesAgain(pending: Resendable): boolean {
  const { request, receiver } = pending;
  if (request.kind === 'stream' || request.kind === 'close' || !('scope' in request)) return false;
  if (request.scope !== databaseScope || pending.losses >= mostLosses) {
    if (receiver.stakes !== 'write' || request.kind === 'begin') return false;
    pending.request = { kind: 'outcome', id: request.id, scope: databaseScope };
    return true;
  }
  if (request.kind !== 'begin' || !pending.hasBegun) return true;
  // Its end is on the way, and is asked about.
  return receiver.stakes === 'write';
}

/** Whether a request that comes again is itself sent once more: what has begun is not begun twice. */
export function isSentAgain({ request, hasBegun }: Resendable): boolean {
  return request.kind !== 'begin' || !hasBegun;
}

/** Counts what was answered, for a server that keeps in mind what was not. */
export class AnsweredWrites {
  #count = 0;

  add(): void {
    this.#count++;
  }

  /** The last write that will not be asked about, nor anything before it but streams, once so many were answered that it is worth telling. */
  due(pending: { readonly size: number; all(): readonly Resendable[] }, last: RequestId): RequestId | undefined {
    if (this.#count < enoughAnswered || this.#count < pending.size) return undefined;
    this.#count = 0;
    const first = pending.all().find(({ receiver: { stakes } }) => stakes !== 'stream');
    return (first?.request.id ?? last + 1) - 1;
  }
}
