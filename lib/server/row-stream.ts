/** Rows of a large result, part by part, as the client can take them. */
import type { Engine } from '../../engines/engine.ts';
import type { SqlValue } from '../model/values.ts';
import type { PartialRows, RequestId } from '../wire/messages.ts';
import { rowCount, type ValueBlock } from '../wire/row-block.ts';
import type { LiveSubscription } from './live/live-queries.ts';
import { blocksOf, partsAhead } from './rows-in-parts.ts';
import { explained } from './statement-failure.ts';

/** Where a stream's rows go. */
export interface StreamAudience {
  part(id: RequestId, part: PartialRows): void;
  ended(id: RequestId): void;
  failed(id: RequestId, error: unknown): void;
}

/** Rows that are read one part after the other, and what must be closed after them. */
export interface RowSource {
  readonly columns: readonly string[];
  readonly parts: Iterator<ValueBlock>;
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
    const parts = blocksOf(statement, values);
    return {
      columns: statement.columns,
      parts: { next: () => explained(sql, values, () => parts.next()) },
      close: () => {
        parts.return(undefined);
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
  #sent = 0;
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
      const { done, value: rows } = source.parts.next();
      if (done) {
        this.stop();
        this.#audience.ended(this.#id);
      } else {
        this.#audience.part(this.#id, { columns: source.columns, rows, before: this.#sent });
        this.#sent += rowCount(rows);
      }
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
