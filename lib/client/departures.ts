/** What this side says: gathered in each turn, and sent as one packet; large messages leave a slice of time in each turn. */
import type { Load, Packet, Request } from '../wire/messages.ts';
import { nextTurn } from '../wire/next-turn.ts';
import { Outbox } from '../wire/outbox.ts';

/** After so long in one turn the next large message waits for another: to pack them all at once would block the thread. */
const sliceMs = 3;

/** A request, and the rows that go ahead of it. */
export interface Departing {
  readonly request: Request;
  readonly loads: readonly Load[];
}

export class Departures {
  readonly #isOpen: () => boolean;
  readonly #outbox: Outbox<Request | Load>;
  #willFlush = false;

  /** Nothing is sent before `isOpen`. `unsendable` is told of a message that cannot be cloned. */
  constructor(
    isOpen: () => boolean,
    send: (packet: Packet<Request | Load>) => void,
    unsendable: (message: Request | Load, cause: unknown) => void,
  ) {
    this.#isOpen = isOpen;
    this.#outbox = new Outbox(send, unsendable, ({ kind }) => kind === 'load');
  }

  add(message: Request | Load): void {
    this.#outbox.add(message);
    if (this.#willFlush) return;
    this.#willFlush = true;
    // What is large waits for the next turn: this one has just made it.
    queueMicrotask(() => this.#flush(() => true));
  }

  /** Takes a request back, as far as it has not left. Rows that went ahead of it do nothing by themselves. */
  takeBack({ request, loads }: Departing): 'unsent' | 'begun' | 'sent' {
    const left = loads.filter((load) => !this.#outbox.remove(load));
    if (!this.#outbox.remove(request)) return 'sent';
    return left.length > 0 ? 'begun' : 'unsent';
  }

  #flush(isTimeUp: () => boolean): void {
    this.#willFlush = false;
    if (!this.#isOpen()) return;
    this.#outbox.flush(isTimeUp);
    if (this.#outbox.size === 0) return;
    this.#willFlush = true;
    nextTurn(() => {
      const end = performance.now() + sliceMs;
      this.#flush(() => performance.now() > end);
    });
  }
}
