/** Blocks taken apart, and put together again. */
import type { SqlValue } from '../model/values.ts';
import { valuesOf } from './columns.ts';
import { blockRows, blockSize, type RowBlock, rowCount, sizeOf, type ValueBlock } from './row-block.ts';

/** Parts of a block that can be received one by one, without a long pause. */
export function* partsOf({ width, values }: ValueBlock): Generator<ValueBlock> {
  let start = 0;
  let size = 0;
  for (let at = 0; at < values.length; at += width) {
    for (let i = at; i < at + width; i++) size += sizeOf(values[i]!);
    const end = at + width;
    if (size < blockSize && end - start < blockRows * width && end < values.length) continue;
    yield { width, values: values.slice(start, end) };
    start = end;
    size = 0;
  }
}

/** The values of blocks of one width, row after row, `rows` rows at a time; the last may be fewer. */
export function* valuesTogether(blocks: Iterable<RowBlock>, rows: number): Generator<SqlValue[]> {
  let together: SqlValue[] = [];
  for (const block of blocks) {
    const columns = 'columns' in block ? block.columns.map((column) => valuesOf(column, block.count)) : undefined;
    const width = columns?.length ?? (block as ValueBlock).width;
    for (let row = 0; row < rowCount(block); row++) {
      for (let i = 0; i < width; i++) {
        together.push(columns ? columns[i]![row]! : (block as ValueBlock).values[row * width + i]!);
      }
      if (together.length < rows * width) continue;
      yield together;
      together = [];
    }
  }
  if (together.length > 0) yield together;
}
