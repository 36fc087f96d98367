/** Hands on what arrives, in order: messages at once, and parts of large results a slice of time in each turn. */
import type { Packet } from '../wire/messages.ts';
import { nextTurn } from '../wire/next-turn.ts';

/** After so long in one turn the next part waits for another: all at once would block the thread. */
const sliceMs = 3;

export class Arrivals<Message> {
  readonly #hear: (message: Message) => void;
  readonly #over: () => void;
  readonly #isPart: (message: Message) => boolean;
  #waiting: Message[] = [];
  #next = 0;
  /** A part waits for the next turn, and all behind it. */
  #isBusy = false;
  #isEnding = false;
  #isDropped = false;
  /** When the slice of this turn ends; undefined before it has begun. */
  #sliceEnd: number | undefined;

  /** `over` is called after the last message, once it is known that no more will come. */
  constructor(hear: (message: Message) => void, over: () => void, isPart: (message: Message) => boolean) {
    this.#hear = hear;
    this.#over = over;
    this.#isPart = isPart;
  }

  add(packet: Packet<Message>): void {
    for (const message of packet) this.#waiting.push(message);
    if (!this.#isBusy) this.#work();
  }

  /** No more will come. */
  end(): void {
    this.#isEnding = true;
    if (!this.#isBusy) this.#work();
  }

  /** Nobody is interested in the rest. */
  drop(): void {
    this.#isDropped = true;
  }

  #work(): void {
    this.#isBusy = true;
    try {
      while (this.#next < this.#waiting.length && !this.#isDropped) {
        if (this.#isPart(this.#waiting[this.#next]!) && this.#isSliceOver()) return;
        this.#hear(this.#waiting[this.#next++]!);
      }
    } catch (error) {
      nextTurn(() => this.#work());
      throw error;
    }
    this.#waiting = [];
    this.#next = 0;
    this.#isBusy = false;
    if (this.#isEnding && !this.#isDropped) this.#over();
  }

  #isSliceOver(): boolean {
    const now = performance.now();
    if (this.#sliceEnd !== undefined) return now > this.#sliceEnd;
    this.#sliceEnd = now + sliceMs;
    nextTurn(() => {
      this.#sliceEnd = undefined;
      if (this.#isBusy) this.#work();
    });
    return false;
  }
}
