/** Blocks of rows as items of a packet: how many values a row has and how many follow; or -1, columns, and how many rows they hold. */
import type { SqlValue } from '../model/values.ts';
import type { Column } from './columns.ts';
import type { PacketReader } from './numbering.ts';
import type { RowBlock, ValueBlock } from './row-block.ts';

/** Adds a block to a packet, and to what is moved with it. */
export type PutBlock = (block: RowBlock, items: unknown[], moved: ArrayBuffer[]) => void;

/** Adds a block as it is. */
export function putValues({ width, values }: ValueBlock, items: unknown[]): void {
  items.push(width, values.length);
  for (const value of values) items.push(value);
}

export function takeBlock(reader: PacketReader): RowBlock {
  const width = reader.next<number>();
  if (width < 0) return { columns: reader.next<readonly Column[]>(), count: reader.next<number>() };
  return { width, values: reader.take<SqlValue>(reader.next<number>()) };
}
