/** Rows of a large result, part by part, as the client can take them. */
import type { Engine } from '../../engines/engine.ts';
import type { SqlValue } from '../model/values.ts';
import type { RequestId, ResultRows } from '../wire/messages.ts';
import { blockOf } from '../wire/row-block.ts';
import type { LiveSubscription } from './live/live-queries.ts';

/** Rows of one part: in 500 to 2,000, no pause of the receiver was above 5 ms. */
const partSize = 500;

/** Parts on their way at once, so that one is made while the other is read. */
const partsAhead = 2;

/** Where a stream's rows go. */
export interface StreamAudience {
  announce(reply: { kind: 'part'; id: RequestId } & ResultRows): void;
  ended(id: RequestId): void;
  failed(id: RequestId, error: unknown): void;
}

/** Rows that are read one after the other, and what must be closed after them. */
export interface RowSource {
  readonly columns: readonly string[];
  readonly rows: Iterator<readonly SqlValue[]>;
  close(): void;
}

/** A result that is read on a connection of its own: a snapshot, beside which writes go on. */
export function rowsOn(
  reader: Engine,
  sql: string,
  names: readonly (string | null)[],
  values: readonly SqlValue[],
): RowSource {
  try {
    const statement = reader.prepare(sql, names);
    const rows = statement.iterate(values);
    return {
      columns: statement.columns,
      rows,
      close: () => {
        rows.return?.();
        reader.close();
      },
    };
  } catch (error) {
    reader.close();
    throw error;
  }
}

export class RowStream implements LiveSubscription {
  readonly #audience: StreamAudience;
  readonly #id: RequestId;
  #source: RowSource | undefined;
  #isStopped = false;

  constructor(audience: StreamAudience, id: RequestId) {
    this.#audience = audience;
    this.#id = id;
  }

  /** Begins to send. A stream that was stopped before its source was ready closes it. */
  start(source: RowSource): void {
    this.#source = source;
    if (this.#isStopped) this.stop();
    for (let part = 0; part < partsAhead; part++) this.credit();
  }

  fail(error: unknown): void {
    const isOver = this.#isStopped;
    this.stop();
    if (!isOver) this.#audience.failed(this.#id, error);
  }

  credit(): void {
    const source = this.#source;
    if (source === undefined) return;
    try {
      const rows: (readonly SqlValue[])[] = [];
      let next = source.rows.next();
      while (!next.done) {
        rows.push(next.value);
        if (rows.length === partSize) break;
        next = source.rows.next();
      }
      const { columns } = source;
      if (rows.length > 0)
        this.#audience.announce({ kind: 'part', id: this.#id, columns, rows: blockOf(rows, columns.length) });
      if (!next.done) return;
      this.stop();
      this.#audience.ended(this.#id);
    } catch (error) {
      this.fail(error);
    }
  }

  stop(): void {
    this.#isStopped = true;
    const source = this.#source;
    this.#source = undefined;
    source?.close();
  }
}
