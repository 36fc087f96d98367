/** What waits for its turn: of each client in the order of asking, and among clients whoever has had the least time. */
import { Lane, type Waiter } from './lane.ts';

/** A client, as a queue knows it. */
export interface Client {
  /** How much of the time is to be its own, beside the shares of others who wait too. */
  readonly share: number;
}

/** Time that a client has had beyond its share counts against it this far: nobody is shut out for long. */
const mostDebtMs = 100;

/**
 * Start-time fair queueing: the queue's clock stands where the one that is served began, and its next may begin later by the
 * time that it takes, divided by its share. With one client it is first in, first out; one that asks for little at a time
 * goes before one that asks for much.
 *
 * Source  P. Goyal, H. M. Vin, H. Cheng, Start-time Fair Queueing, 1996.
 */
export class Queue<W extends Waiter & { readonly caller: Client }> {
  readonly #lanes = new Map<Client, Lane<W>>();
  /** Those in which something waits, in the order in which they came or were last served. */
  readonly #waiting = new Set<Lane<W>>();
  #clock = 0;

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  get length(): number {
    let length = 0;
    for (const lane of this.#waiting) length += lane.length;
    return length;
  }

  lengthOf(client: Client): number {
    return this.#lanes.get(client)?.length ?? 0;
  }

  push(waiter: W): void {
    const lane = this.#laneOf(waiter.caller);
    lane.push(waiter);
    this.#waiting.add(lane);
  }

  /** Puts one back that was taken out, before all others of its client. */
  pushFirst(waiter: W): void {
    const lane = this.#laneOf(waiter.caller);
    lane.pushFirst(waiter);
    this.#waiting.add(lane);
  }

  /** Whether there is a client whose next may run. */
  has(mayRun: (waiter: W) => boolean): boolean {
    for (const lane of this.#waiting) if (mayRun(lane.first)) return true;
    return false;
  }

  /** Takes out the next one of whoever has had the least, of those clients whose next may run. */
  shift(mayRun?: (waiter: W) => boolean): W | undefined {
    let best: Lane<W> | undefined;
    for (const lane of this.#waiting) {
      if (best && Math.max(lane.due, this.#clock) >= best.due) continue;
      if (mayRun && !mayRun(lane.first)) continue;
      // What a client let pass while it had nothing to ask, or might not run, is not made up for.
      lane.due = Math.max(lane.due, this.#clock);
      best = lane;
    }
    if (best === undefined) return undefined;
    this.#clock = best.due;
    if (this.#waiting.size > 1) {
      this.#waiting.delete(best);
      this.#waiting.add(best);
    }
    return best.shift();
  }

  /** A client has had so much of the time. */
  charge(client: Client, ms: number): void {
    const lane = this.#lanes.get(client);
    if (lane)
      lane.due = Math.min(Math.max(lane.due, this.#clock) + ms / client.share, this.#clock + mostDebtMs / client.share);
  }

  /** Takes out those at the head of each client's that are over, and those right behind them. */
  takeWhile(isOver: (waiter: W) => boolean): W[] {
    const taken: W[] = [];
    for (const lane of [...this.#waiting]) {
      while (lane.length > 0 && isOver(lane.first)) taken.push(lane.shift());
    }
    return taken;
  }

  /** All that wait, client by client. */
  get waiting(): W[] {
    return [...this.#waiting].flatMap(({ waiting }) => waiting);
  }

  /** A client will ask nothing more. */
  forget(client: Client): void {
    this.#lanes.delete(client);
  }

  #laneOf(client: Client): Lane<W> {
    let lane = this.#lanes.get(client);
    if (lane === undefined) {
      lane = new Lane((emptied) => this.#waiting.delete(emptied));
      this.#lanes.set(client, lane);
    }
    return lane;
  }
}
