/** Replies as they cross a port: what is said often as a few items, all else as the message itself. */
import { packBlock, unpackBlock } from './block-packing.ts';
import type { LiveStep, Packed, Packet, Reply, RequestId } from './messages.ts';
import { GivenNumbers, KnownNumbers, PacketReader } from './numbering.ts';

/** What stands first in a message that crosses as items. */
const code = { rows: 0, done: 1, part: 2, live: 3, livePart: 4 } as const;

type RowsOfStep = Pick<LiveStep, 'columns' | 'rows'>;

/** The server's end of one port. */
export class ReplyPacker {
  readonly #columns = new GivenNumbers<readonly string[]>();

  pack(replies: Packet<Reply>): Packed {
    const items: unknown[] = [];
    const moved: ArrayBuffer[] = [];
    for (const reply of replies) this.#put(reply, items, moved);
    return { items, moved };
  }

  /** What was packed last was not sent. */
  forget(): void {
    this.#columns.forget();
  }

  #put(reply: Reply, items: unknown[], moved: ArrayBuffer[]): void {
    switch (reply.kind) {
      case 'rows':
        items.push(code.rows, reply.id, reply.before, reply.version);
        this.#columns.put(reply.columns, items);
        packBlock(reply.rows, items, moved);
        break;
      case 'done':
        items.push(code.done, reply.id, reply.changes, reply.lastInsertRowid, reply.version);
        break;
      case 'part':
        items.push(code.part, reply.id, reply.before);
        this.#columns.put(reply.columns, items);
        packBlock(reply.rows, items, moved);
        break;
      case 'live':
        items.push(code.live, reply.id, reply.version, reply.results.length);
        for (const step of reply.results) this.#putStep(step, items, moved);
        break;
      case 'livePart':
        items.push(code.livePart, reply.id, reply.index, reply.before);
        this.#putRows(reply, items, moved);
        break;
      default:
        items.push(reply);
    }
  }

  #putStep(step: LiveStep | null, items: unknown[], moved: ArrayBuffer[]): void {
    if (step === null) {
      items.push(null);
      return;
    }
    items.push(step.spans, step.ahead ?? 0);
    this.#putRows(step, items, moved);
  }

  #putRows({ columns, rows }: RowsOfStep, items: unknown[], moved: ArrayBuffer[]): void {
    items.push(columns !== undefined);
    if (columns) this.#columns.put(columns, items);
    packBlock(rows, items, moved);
  }
}

/** The client's end of one port. */
export class ReplyUnpacker {
  readonly #columns = new KnownNumbers<readonly string[]>();

  unpack(items: readonly unknown[]): Reply[] {
    const reader = new PacketReader(items);
    const replies: Reply[] = [];
    while (!reader.isOver) replies.push(this.#take(reader));
    return replies;
  }

  #take(reader: PacketReader): Reply {
    const first = reader.next<number | Reply>();
    if (typeof first === 'object') return first;
    const id = reader.next<RequestId>();
    switch (first) {
      case code.rows: {
        const [before, version] = [reader.next<number>(), reader.next<number>()];
        return { kind: 'rows', id, before, version, columns: this.#columns.take(reader), rows: unpackBlock(reader) };
      }
      case code.done: {
        const changes = reader.next<number>();
        const lastInsertRowid = reader.next<number | bigint>();
        return { kind: 'done', id, changes, lastInsertRowid, version: reader.next<number>() };
      }
      case code.part: {
        const before = reader.next<number>();
        return { kind: 'part', id, before, columns: this.#columns.take(reader), rows: unpackBlock(reader) };
      }
      case code.livePart: {
        const [index, before] = [reader.next<number>(), reader.next<number>()];
        return { kind: 'livePart', id, index, before, ...this.#takeRows(reader) };
      }
      default: {
        const version = reader.next<number>();
        const results = Array.from({ length: reader.next<number>() }, () => this.#takeStep(reader));
        return { kind: 'live', id, version, results };
      }
    }
  }

  #takeStep(reader: PacketReader): LiveStep | null {
    const spans = reader.next<readonly number[] | null>();
    if (spans === null) return null;
    return { spans, ahead: reader.next<number>(), ...this.#takeRows(reader) };
  }

  #takeRows(reader: PacketReader): RowsOfStep {
    const columns = reader.next<boolean>() ? { columns: this.#columns.take(reader) } : {};
    return { ...columns, rows: unpackBlock(reader) };
  }
}
