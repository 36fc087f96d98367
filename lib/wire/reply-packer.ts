/** Replies on their way into a port: what is said often as a few items, all else as the message itself. */
import { putPacked } from './block-packing.ts';
import { replyCode as code } from './message-codes.ts';
import type { LiveStep, Packed, Packet, Reply } from './messages.ts';
import { GivenNumbers } from './numbering.ts';

/** Fewer numbers are received faster as a list. */
const manySpans = 300;

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
        putPacked(reply.rows, items, moved);
        break;
      case 'done':
        items.push(code.done, reply.id, reply.changes, reply.lastInsertRowid, reply.version);
        break;
      case 'part':
        items.push(code.part, reply.id, reply.before);
        this.#columns.put(reply.columns, items);
        putPacked(reply.rows, items, moved);
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
    items.push(packedSpans(step.spans, moved), step.ahead ?? 0);
    this.#putRows(step, items, moved);
  }

  #putRows({ columns, rows }: RowsOfStep, items: unknown[], moved: ArrayBuffer[]): void {
    items.push(columns !== undefined);
    if (columns) this.#columns.put(columns, items);
    putPacked(rows, items, moved);
  }
}

/** Many numbers are moved: 100,000 are received in 5 µs, and as a list, one by one, in 1.8 ms. */
function packedSpans(spans: ArrayLike<number>, moved: ArrayBuffer[]): ArrayLike<number> {
  if (spans.length < manySpans) return spans;
  const numbers = Int32Array.from(spans);
  moved.push(numbers.buffer);
  return numbers;
}
