/** What one client is told: live results before the replies of the same turn, and none that is older than what it knows. */
import type { LiveStep, Packet, Reply, RequestId } from '../wire/messages.ts';
import type { Follower } from './live/follower.ts';
import { areLong, LiveTransfer } from './live-transfer.ts';

/** Messages in one packet: more do not make it cheaper, and the other side could begin. */
const packetSize = 100;

export class Replies {
  readonly #send: (packet: Packet<Reply>) => void;
  readonly #isFollowed: (id: RequestId) => boolean;
  /** Live results go before the replies of the same turn: whoever awaits its write finds it in its live queries. */
  #live: Reply[] = [];
  #replies: Reply[] = [];
  readonly #staleFollowers = new Set<Follower>();
  /** Live results that go in parts. What was committed meanwhile is told when they have arrived. */
  readonly #transfers = new Map<RequestId, LiveTransfer>();
  /** Parts on their way of those that were superseded and dropped. */
  readonly #dropped = new Map<RequestId, number>();

  constructor(send: (packet: Packet<Reply>) => void, isFollowed: (id: RequestId) => boolean) {
    this.#send = send;
    this.#isFollowed = isFollowed;
  }

  add(reply: Reply): void {
    // Of a long turn, the first replies are sent while the others are made.
    if (this.#replies.push(reply) >= packetSize) this.flush();
  }

  /** Tells something before the replies of this turn. */
  announce(reply: Reply): void {
    this.#live.push(reply);
  }

  live(id: RequestId, version: number, results: readonly (LiveStep | null)[]): void {
    if (!areLong(results)) {
      this.announce({ kind: 'live', id, version, results });
      return;
    }
    const transfer = new LiveTransfer(id, version, results);
    this.#transfers.set(id, transfer);
    for (const part of transfer.due()) this.announce({ kind: 'livePart', id, ...part });
  }

  /** What a follower has may be from before a commit. A result that is superseded while it arrives is dropped. */
  stale(follower: Follower): void {
    const transfer = this.#transfers.get(follower.id);
    if (transfer && follower.takeBack()) {
      this.#transfers.delete(follower.id);
      this.#dropped.set(follower.id, transfer.onTheirWay);
    }
    this.#staleFollowers.add(follower);
  }

  /** A live result, or a part, arrived. Gives whether nothing of the results of this id is on its way any more. */
  credit(id: RequestId): boolean {
    const dropped = this.#dropped.get(id) ?? 0;
    if (dropped > 1) this.#dropped.set(id, dropped - 1);
    else this.#dropped.delete(id);
    if (dropped > 0) return false;
    const transfer = this.#transfers.get(id);
    if (transfer === undefined) return true;
    transfer.credit();
    for (const part of transfer.due()) this.announce({ kind: 'livePart', id, ...part });
    if (transfer.isOver) {
      this.#transfers.delete(id);
      this.announce(transfer.last);
    }
    return false;
  }

  /** Nobody wants these live results any more. Gives whether replies may have waited for them. */
  drop(id: RequestId): boolean {
    this.#dropped.delete(id);
    return this.#transfers.delete(id);
  }

  /** Nobody wants any live results any more. */
  dropAll(): void {
    this.#transfers.clear();
  }

  /** Sends what was said in this turn. Results that could not be refreshed in time are reported stale before the replies. */
  flush(): void {
    const packet = this.#live;
    this.#live = [];
    const stale = [...this.#staleFollowers].filter((follower) => follower.isBehind);
    // Whoever awaits its write must not see a result of before it: that is still on its way.
    const isHeld = stale.some((follower) => this.#transfers.has(follower.id));
    if (!isHeld) this.#putReplies(packet, stale);
    if (packet.length > 0) this.#send(packet);
  }

  #putReplies(packet: Reply[], stale: readonly Follower[]): void {
    this.#staleFollowers.clear();
    const ids = stale.map((follower) => follower.id).filter(this.#isFollowed);
    for (const follower of stale) follower.knowsStale = true;
    // Nor may whoever comes to a live query now get what is about to be replaced.
    for (const [id, transfer] of this.#replies.length > 0 ? this.#transfers : []) {
      if (!transfer.isTold) ids.push(id);
      transfer.isTold = true;
    }
    if (ids.length > 0) packet.push({ kind: 'stale', ids });
    for (const reply of this.#replies) packet.push(reply);
    this.#replies = [];
  }
}
