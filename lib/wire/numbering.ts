/** Things that cross a connection once, and from then on by a number: texts of statements, names of columns. */

/** How many numbers a connection has. The oldest is given to the next thing, so that neither side keeps more. */
const maxNumbers = 1000;

/** A text that is longer is none that is made again and again, and keeping a thousand of its kind would cost too much. */
const longestText = 10_000;

/** The numbers that one side gives. They hold for one port: a new one begins anew. */
export class GivenNumbers<T> {
  readonly #numbers = new Map<T, number>();
  readonly #things: T[] = [];
  #next = 0;

  /** Adds a thing to a packet: by its number alone; as -1 - its new number and itself; or as null and itself. */
  put(thing: T, packet: unknown[]): void {
    const known = this.#numbers.get(thing);
    if (known !== undefined) {
      packet.push(known);
      return;
    }
    if (typeof thing === 'string' && thing.length > longestText) {
      packet.push(null, thing);
      return;
    }
    const number = this.#next;
    this.#next = (number + 1) % maxNumbers;
    if (number < this.#things.length) this.#numbers.delete(this.#things[number]!);
    this.#things[number] = thing;
    this.#numbers.set(thing, number);
    packet.push(-1 - number, thing);
  }

  /** The last packet may not have arrived: everything is sent once more, under a number that is told with it. */
  forget(): void {
    this.#numbers.clear();
    this.#things.length = 0;
    this.#next = 0;
  }
}

/** What the numbers of the other side stand for. */
export class KnownNumbers<T> {
  readonly #things: T[] = [];

  take(packet: PacketReader): T {
    const number = packet.next<number | null>();
    if (number !== null && number >= 0) return this.#things[number]!;
    const thing = packet.next<T>();
    if (number !== null) this.#things[-1 - number] = thing;
    return thing;
  }
}

/** Reads a packet from its first item to its last. */
export class PacketReader {
  readonly #items: readonly unknown[];
  #at = 0;

  constructor(items: readonly unknown[]) {
    this.#items = items;
  }

  get isOver(): boolean {
    return this.#at >= this.#items.length;
  }

  next<T>(): T {
    return this.#items[this.#at++] as T;
  }

  /** The next `count` items. */
  take<T>(count: number): T[] {
    const start = this.#at;
    this.#at += count;
    return this.#items.slice(start, this.#at) as T[];
  }
}
