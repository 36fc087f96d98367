/** Rows gathered in blocks, so that a large result can be handed on while it is read. */
import type { SqlValue } from '../lib/model/values.ts';
import type { BlockLimits } from './engine.ts';

/** A block in the making. */
export class GatheredRows {
  readonly #limits: BlockLimits;
  #values: SqlValue[] = [];
  #rows = 0;
  #size = 0;

  constructor(limits: BlockLimits) {
    this.#limits = limits;
  }

  /** Adds a row. Gives whether the block is full. */
  add(row: readonly SqlValue[]): boolean {
    for (let i = 0; i < row.length; i++) {
      const value = row[i]!;
      if (typeof value === 'string' || value instanceof Uint8Array) this.#size += value.length;
      this.#values.push(value);
    }
    return ++this.#rows >= this.#limits.rows || this.#size >= this.#limits.size;
  }

  /** Gives the block, and begins the next. */
  take(): SqlValue[] {
    const values = this.#values;
    this.#values = [];
    this.#rows = 0;
    this.#size = 0;
    return values;
  }
}

/** Gathers rows that come one by one. */
export function* blocksOf(rows: Iterable<readonly SqlValue[]>, limits: BlockLimits): Generator<SqlValue[]> {
  const gathered = new GatheredRows(limits);
  for (const row of rows) if (gathered.add(row)) yield gathered.take();
  const last = gathered.take();
  if (last.length > 0) yield last;
}
