/** Replies on their way out of a port. */
import { takeBlock } from './block-items.ts';
import { replyCode as code } from './message-codes.ts';
import type { LiveStep, Reply, RequestId } from './messages.ts';
import { KnownNumbers, PacketReader } from './numbering.ts';

type RowsOfStep = Pick<LiveStep, 'columns' | 'rows'>;

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
        return { kind: 'rows', id, before, version, columns: this.#columns.take(reader), rows: takeBlock(reader) };
      }
      case code.done: {
        const changes = reader.next<number>();
        const lastInsertRowid = reader.next<number | bigint>();
        return { kind: 'done', id, changes, lastInsertRowid, version: reader.next<number>() };
      }
      case code.part: {
        const before = reader.next<number>();
        return { kind: 'part', id, before, columns: this.#columns.take(reader), rows: takeBlock(reader) };
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
    const spans = reader.next<ArrayLike<number> | null>();
    if (spans === null) return null;
    return { spans, ahead: reader.next<number>(), ...this.#takeRows(reader) };
  }

  #takeRows(reader: PacketReader): RowsOfStep {
    const columns = reader.next<boolean>() ? { columns: this.#columns.take(reader) } : {};
    return { ...columns, rows: takeBlock(reader) };
  }
}
