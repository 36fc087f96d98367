/** What the generators know of the schema: enough to write statements that mean something. */
import { quoted } from './literal.ts';
import type { Random } from './random.ts';

/** Which values a column mostly holds. */
export type Kind = 'integer' | 'text' | 'real' | 'numeric' | 'any' | 'blob';

export interface Column {
  readonly name: string;
  readonly kind: Kind;
  readonly collation: 'BINARY' | 'NOCASE' | 'RTRIM';
  /** Not generated. */
  readonly writable: boolean;
  /** Refuses what is not of its kind. */
  readonly strict: boolean;
  readonly notNull: boolean;
  /** No two rows are equal in it. */
  readonly unique: boolean;
  /** It may hold integers beyond 2^53: a sum of them may fail, or depend on its order. */
  readonly huge: boolean;
}

export type Keys = 'rowid' | 'integer key' | 'without rowid';

export interface Table {
  readonly name: string;
  readonly schema: 'main' | 'temp' | 'other';
  readonly columns: readonly Column[];
  readonly keys: Keys;
  /** The columns of the key; none where it is the rowid. */
  readonly keyColumns: readonly string[];
  readonly kind: 'table' | 'view' | 'text search' | 'box';
  /** The base tables behind it, as they are announced; itself where it is one. */
  readonly bases: readonly string[];
  /** A constraint of it, or a trigger on it, may delete rows by REPLACE, or writes it a second time. */
  readonly coarse: boolean;
  /** It is written by triggers alone, as a text search table whose content is outside. */
  readonly readOnly: boolean;
}

export interface Schema {
  tables: Table[];
  indexes: string[];
  triggers: string[];
  /** Nothing resolves conflicts by REPLACE or FAIL, and there are few views: what rows changed is known of most writes. */
  readonly isPlain: boolean;
  /** About how many rows a table has. */
  readonly rows: number;
  /** Makes names that were not there before. */
  names: number;
}

/** A table's name in a statement. */
export function tableReference({ name, schema }: Pick<Table, 'name' | 'schema'>): string {
  return schema === 'main' ? quoted(name) : `${schema}.${quoted(name)}`;
}

/** A table's name as it is announced. */
export function announcedName({ name, schema }: Pick<Table, 'name' | 'schema'>): string {
  return schema === 'main' ? name : `${schema}.${name}`;
}

/** What tells the rows of a table apart, as it stands in a query on it; nothing for a view. */
export function keyExpressions(table: Table): readonly string[] {
  if (table.kind === 'view') return [];
  return table.keyColumns.length > 0 ? table.keyColumns.map(quoted) : [rowidName(table)];
}

/** The name by which the rowid is reached: a column may hide the common one. */
export function rowidName(table: Table): string {
  return table.columns.some(({ name }) => name.toLowerCase() === 'rowid') ? 'oid' : 'rowid';
}

/** A column whose values may be copied into others, as it stands in a statement; NULL where there is none. */
export function moderateColumn(random: Random, table: Table, prefix = ''): string {
  const moderate = table.columns.filter(({ huge }) => !huge);
  return moderate.length > 0 ? `${prefix}${quoted(random.pick(moderate).name)}` : 'NULL';
}

export function writableColumns(table: Table): readonly Column[] {
  return table.columns.filter(({ writable }) => writable);
}

export function tablesOf(schema: Schema, kind: Table['kind'] = 'table'): readonly Table[] {
  return schema.tables.filter((table) => table.kind === kind);
}

/** Puts a changed table in the place of the old one. */
export function replaceTable(schema: Schema, before: Table, after: Table | undefined): void {
  schema.tables = schema.tables.flatMap((table) => (table === before ? (after ? [after] : []) : [table]));
}
