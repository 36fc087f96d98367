/** Blocks of rows as items of a packet. */
import type { SqlValue } from '../model/values.ts';
import { buffersOf, type Column } from './columns.ts';
import type { PacketReader } from './numbering.ts';
import { packed, type RowBlock } from './row-block.ts';

/** Adds a block: its width, and how many values follow; or -1, the columns, and how many rows they hold. */
export function packBlock(rows: RowBlock, items: unknown[], moved: ArrayBuffer[]): void {
  const block = packed(rows);
  if ('columns' in block) {
    items.push(-1, block.columns, block.count);
    for (const buffer of buffersOf(block.columns)) moved.push(buffer);
  } else {
    items.push(block.width, block.values.length);
    for (const value of block.values) items.push(value);
  }
}

export function unpackBlock(reader: PacketReader): RowBlock {
  const width = reader.next<number>();
  if (width < 0) return { columns: reader.next<readonly Column[]>(), count: reader.next<number>() };
  return { width, values: reader.take<SqlValue>(reader.next<number>()) };
}
