/** The rows of one select: whole where they are few, else part by part while they are read. */
import type { PreparedStatement } from '../../engines/engine.ts';
import type { SqlValue } from '../model/values.ts';
import { partsOf } from '../wire/block-parts.ts';
import type { PartialRows } from '../wire/messages.ts';
import { isSmall } from '../wire/packed-block.ts';
import { blockOf, blockRows, blockSize, rowCount, type ValueBlock } from '../wire/row-block.ts';

/** Takes all parts but the last, as they are read. */
export type PartTaker = (part: PartialRows) => void;

/** Parts on their way at once, so that the next is made while one is used: with two, the reader waited for a third of the time. */
export const partsAhead = 4;

/** Statements whose last result came in one part: such a one is read faster at once. */
const few = new WeakSet<PreparedStatement>();

/** Runs a statement that only reads. Gives the last part. */
export function readInParts(prepared: PreparedStatement, values: readonly SqlValue[], take: PartTaker): PartialRows {
  if (few.has(prepared) || prepared.columns.length === 0) return inParts(prepared, prepared.all(values), take);
  return lastOf(prepared, blocksOf(prepared, values), take);
}

/** Takes rows apart that are there already. Gives the last part. */
export function inParts(prepared: PreparedStatement, rows: readonly SqlValue[][], take: PartTaker): PartialRows {
  const { columns } = prepared;
  const block = blockOf(rows, columns.length);
  return isSmall(block) ? { columns, rows: block, before: 0 } : lastOf(prepared, partsOf(block), take);
}

/** The rows of a statement as they are read, in blocks that fit a message. */
export function* blocksOf(prepared: PreparedStatement, values: readonly SqlValue[]): Generator<ValueBlock> {
  const width = prepared.columns.length;
  const blocks = prepared.blocks(values, { rows: blockRows, size: blockSize });
  try {
    for (let next = blocks.next(); !next.done; next = blocks.next()) yield { width, values: next.value };
  } finally {
    blocks.return?.();
  }
}

function lastOf(prepared: PreparedStatement, blocks: Iterable<ValueBlock>, take: PartTaker): PartialRows {
  const { columns } = prepared;
  let before = 0;
  let last: ValueBlock = { width: columns.length, values: [] };
  for (const block of blocks) {
    if (last.values.length > 0) take({ columns, rows: last, before });
    before += rowCount(last);
    last = block;
  }
  if (before === 0) few.add(prepared);
  else few.delete(prepared);
  return { columns, rows: last, before };
}
