/** Rows gathered in blocks, so that a large result can be handed on while it is read. */

import { SQLITE } from '../lib/model/result-codes.ts';
import type { SqlValue } from '../lib/model/values.ts';
import { type BlockLimits, EngineError } from './engine.ts';

/**
 * SQLite prepares a statement anew where the schema changed, and its rows may then have other columns than it told.
 *
 * Errors  {@link EngineError}, code 17, https://sqlite.org/rescode.html#schema
 */
export function checkWidth(row: readonly SqlValue[] | undefined, columns: readonly string[]): void {
  if (row === undefined || row.length === columns.length) return;
  const reason = `the schema changed, and a row of ${columns.length} columns has ${row.length} now`;
  throw new EngineError(SQLITE.SCHEMA, reason);
}

/** A block in the making. */
export class GrowingBlock {
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
  const gathered = new GrowingBlock(limits);
  for (const row of rows) if (gathered.add(row)) yield gathered.take();
  const last = gathered.take();
  if (last.length > 0) yield last;
}
