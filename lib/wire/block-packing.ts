/** Puts blocks into packets: those of many rows as columns, whose buffers are moved. */
import { putValues } from './block-items.ts';
import { buffersOf } from './columns-of-rows.ts';
import { packed } from './packed-block.ts';
import type { RowBlock } from './row-block.ts';

export function putPacked(rows: RowBlock, items: unknown[], moved: ArrayBuffer[]): void {
  const block = packed(rows);
  if ('values' in block) {
    putValues(block, items);
    return;
  }
  items.push(-1, block.columns, block.count);
  for (const buffer of buffersOf(block.columns)) moved.push(buffer);
}
