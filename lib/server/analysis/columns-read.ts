/** Which columns a query reads, found from its program: whatever the query looks like. */
import type { Instruction } from '../../../engines/engine.ts';
import type { IndexInfo, Schema } from '../schema.ts';
import { rowidColumn, type TableColumns } from './table-columns.ts';

/** By table; `'all'` where it cannot be told. */
export type ColumnsRead = ReadonlyMap<string, ReadonlySet<number> | 'all'>;

/** They compare with as many fields of an index as p4 says. https://sqlite.org/opcode.html */
const seeks = new Set([
  'SeekGE',
  'SeekGT',
  'SeekLE',
  'SeekLT',
  'IdxGE',
  'IdxGT',
  'IdxLE',
  'IdxLT',
  'Found',
  'NotFound',
  'NoConflict',
  'IfNoHope',
]);
const rowidReaders = new Set(['Rowid', 'SeekRowid', 'NotExists', ...seeks]);
const wholeRows = new Set(['RowData', 'RowCell', 'SorterData']);

type Opened =
  | { readonly kind: 'table'; readonly name: string; readonly columns: TableColumns | undefined }
  | { readonly kind: 'index'; readonly index: IndexInfo };

/**
 * Reads the columns from EXPLAIN's listing.
 *
 * An index may put rows in order without a single opcode that reads its columns: with `isOrdered`, each index that is opened
 * counts as read whole.
 */
export function columnsReadBy(program: readonly Instruction[], schema: Schema, isOrdered: boolean): ColumnsRead {
  const read = new Map<string, Set<number> | 'all'>();
  const opened = new Map<number, Opened[]>();
  const add = ({ table, rowidAlias }: TableColumns, column: number): void => {
    const columns = read.get(table);
    if (columns !== 'all') columns?.add(column === rowidColumn ? (rowidAlias ?? rowidColumn) : column);
  };
  const touch = (table: string): void => void (read.has(table) || read.set(table, new Set()));

  for (const { opcode, p1, p2, p3, p4 } of program) {
    if (opcode === 'OpenRead' || opcode === 'ReopenIdx' || opcode === 'OpenWrite') {
      const info = schema.tableAt(p3, p2);
      if (info === undefined) continue;
      const columns = schema.columnsOf(info.name);
      touch(info.name);
      if (columns === undefined) read.set(info.name, 'all');
      const index = schema.indexAt(p3, p2);
      if (index) {
        // The condition of a partial index is not tested again, and an expression may hide any column.
        if (index.isPartial || index.columns.includes(undefined)) read.set(info.name, 'all');
        if (isOrdered) for (const column of index.columns.slice(0, index.declared)) add(index.table, column!);
      } else if (schema.isIndex(p3, p2)) read.set(info.name, 'all');
      // A table's own b-tree is in the order of its key.
      if (isOrdered && columns && !index) for (const column of columns.key) add(columns, column);
      const entry: Opened = index ? { kind: 'index', index } : { kind: 'table', name: info.name, columns };
      opened.set(p1, [...(opened.get(p1) ?? []), entry]);
      continue;
    }
    for (const entry of opened.get(p1) ?? []) {
      const columns = entry.kind === 'index' ? entry.index.table : entry.columns;
      if (columns === undefined) continue;
      const places = entry.kind === 'index' ? entry.index.columns : columns.stored;
      const isKeyed = entry.kind === 'index' || !columns.hasRowid;
      if (opcode === 'Column') {
        const column = places[p2];
        if (column === undefined) read.set(columns.table, 'all');
        else add(columns, column);
      } else if (wholeRows.has(opcode)) read.set(columns.table, 'all');
      else if (isKeyed && seeks.has(opcode)) {
        const fields = Number(p4) || places.length;
        for (const column of places.slice(0, fields)) {
          if (column === undefined) read.set(columns.table, 'all');
          else add(columns, column);
        }
      } else if (opcode === 'IdxRowid') add(columns, rowidColumn);
      else if (!isKeyed && rowidReaders.has(opcode)) add(columns, rowidColumn);
    }
  }
  return read;
}
