/** What is asked and not answered yet, by ascending numbers. */
import type { RequestId } from '../wire/messages.ts';

/** Requests that are answered in time find their places free again when the ring comes round. */
const firstSize = 256;

interface Numbered {
  readonly request: { readonly id: RequestId };
}

/**
 * A ring of places, and a Map for the few that stay for longer, such as live queries. A Map alone makes a new table
 * now and then to which the old one points: old tables that outlived a collection keep all later ones, with all
 * requests in them, until the next full one. That cost 2 µs for each request, half of its time.
 */
export class PendingRequests<Pending extends Numbered> {
  #ring: (Pending | undefined)[] = new Array(firstSize).fill(undefined);
  readonly #staying = new Map<RequestId, Pending>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds one whose number is above all others. */
  add(pending: Pending): void {
    const place = pending.request.id % this.#ring.length;
    const before = this.#ring[place];
    if (before) this.#staying.set(before.request.id, before);
    this.#ring[place] = pending;
    this.#size++;
    if (this.#staying.size > this.#ring.length) this.#grow();
  }

  get(id: RequestId): Pending | undefined {
    const pending = this.#ring[id % this.#ring.length];
    return pending?.request.id === id ? pending : this.#staying.get(id);
  }

  /** Takes one out. */
  take(id: RequestId): Pending | undefined {
    const place = id % this.#ring.length;
    const pending = this.get(id);
    if (pending === undefined) return undefined;
    if (this.#ring[place] === pending) this.#ring[place] = undefined;
    else this.#staying.delete(id);
    this.#size--;
    return pending;
  }

  /** All that is pending, in the order in which it was asked. */
  all(): Pending[] {
    const ring = this.#ring.filter((pending) => pending !== undefined);
    return [...this.#staying.values(), ...ring].sort((a, b) => a.request.id - b.request.id);
  }

  #grow(): void {
    const all = this.all();
    this.#ring = new Array(this.#ring.length * 4).fill(undefined);
    this.#staying.clear();
    this.#size = 0;
    for (const pending of all) this.add(pending);
  }
}
