/** The columns of a table, and how SQLite compares their values. */
import { parseStmt } from 'sqlite3-parser';
import { asciiLower } from '../../model/ascii-case.ts';
import type { SqlValue } from '../../model/values.ts';
import { quoted } from '../sql-text.ts';

/** https://sqlite.org/datatype3.html#type_affinity */
export type Affinity = 'INTEGER' | 'TEXT' | 'REAL' | 'NUMERIC' | 'BLOB';

export interface Column {
  readonly name: string;
  readonly affinity: Affinity;
  /** In upper case: `BINARY`, `NOCASE`, `RTRIM`, or one that the application defined. */
  readonly collation: string;
}

/** Stands for the rowid where a column's number is wanted, and no column is an alias of it. */
export const rowidColumn = -1;

/** Columns are named by their number in the table, from 0. */
export interface TableColumns {
  /** As the outside knows the table. */
  readonly table: string;
  /** The table in SQL, with its schema. */
  readonly sql: string;
  readonly columns: readonly Column[];
  /** The number of the column at each place of a stored row. https://sqlite.org/fileformat2.html#record_format */
  readonly stored: readonly number[];
  readonly hasRowid: boolean;
  /** What SQL calls the rowid; undefined where the table has none, or columns took all its names. */
  readonly rowidName: string | undefined;
  /** The INTEGER PRIMARY KEY, which is the rowid. https://sqlite.org/lang_createtable.html#rowid */
  readonly rowidAlias: number | undefined;
  /** By which a row is known. Empty where nothing that can be written tells it from all others. */
  readonly key: readonly number[];
}

const rowidNames = ['rowid', 'oid', '_rowid_'];

type Read = (sql: string) => readonly (readonly SqlValue[])[];

/** Reads the columns of a table; undefined where its definition is not understood. */
export function readColumns(
  read: Read,
  { name, database, own, definition }: { name: string; database: string; own: string; definition: string },
): TableColumns | undefined {
  const parsed = parseStmt(definition);
  if (parsed.status !== 'ok' || parsed.root.type !== 'CreateTableStmt') return undefined;
  const { body } = parsed.root;
  const isDefined = body.type === 'ColumnsAndConstraintsCreateTableBody';
  const collations = new Map<string, string>();
  if (isDefined)
    for (const { colName, constraints } of body.columns)
      for (const { constraint } of constraints)
        if (constraint.type === 'CollateColumnConstraint')
          collations.set(asciiLower(colName.text), constraint.collationName.text.toUpperCase());

  const of = `${quoted(own)}`;
  const [list] = read(
    `SELECT wr, strict FROM pragma_table_list WHERE schema = ${literal(database)} AND name = ${literal(own)}`,
  );
  if (list === undefined) return undefined;
  const hasRowid = list[0] === 0;
  const isStrict = list[1] === 1;
  const rows = read(`PRAGMA ${quoted(database)}.table_xinfo(${of})`);
  const columns = rows.map(([, column, type]): Column => {
    const columnName = String(column);
    return {
      name: columnName,
      affinity: affinityOf(String(type), isStrict),
      collation: collations.get(asciiLower(columnName)) ?? 'BINARY',
    };
  });
  const isVirtual = (index: number): boolean => rows[index]![6] === 2;
  const numbers = columns.map((_, index) => index);
  const primaryKey = numbers
    .filter((index) => Number(rows[index]![5]) > 0)
    .sort((a, b) => Number(rows[a]![5]) - Number(rows[b]![5]));

  // WITHOUT ROWID, the table is the index of its key, with all other columns behind it. https://sqlite.org/withoutrowid.html
  const ofKey = hasRowid ? [] : keyIndexOf(read, database, own);
  const first = ofKey.map(({ column }) => column);
  const isLater = (index: number): boolean => !first.includes(index);
  const stored = [
    ...first,
    ...numbers.filter((index) => isLater(index) && !isVirtual(index)),
    ...numbers.filter((index) => isLater(index) && isVirtual(index)),
  ];
  const names = new Set(columns.map((column) => asciiLower(column.name)));
  const rowidName = hasRowid ? rowidNames.find((candidate) => !names.has(candidate)) : undefined;
  const [only] = primaryKey;
  const isAlias =
    hasRowid &&
    only !== undefined &&
    primaryKey.length === 1 &&
    /^integer$/i.test(String(rows[only]![2])) &&
    // INTEGER PRIMARY KEY DESC is no alias, and has an index of its own.
    read(`PRAGMA ${quoted(database)}.index_list(${of})`).every(([, , , origin]) => origin !== 'pk');
  const rowidAlias = isAlias ? only : undefined;
  // A column that compares otherwise than its index does is equal to others than the one row that is meant.
  const isOdd = ofKey.some(
    ({ column, collation }) => collation !== undefined && collation !== columns[column]!.collation,
  );
  let key: readonly number[] = isOdd ? [] : primaryKey;
  if (hasRowid) key = rowidAlias !== undefined ? [rowidAlias] : rowidName ? [rowidColumn] : [];
  return { table: name, sql: `${quoted(database)}.${of}`, columns, stored, hasRowid, rowidName, rowidAlias, key };
}

/** The columns of a table WITHOUT ROWID as they are stored, with the collations of those that are its key. */
function keyIndexOf(
  read: Read,
  database: string,
  own: string,
): { readonly column: number; readonly collation: string | undefined }[] {
  const lists = read(`PRAGMA ${quoted(database)}.index_list(${quoted(own)})`);
  const name = lists.find(([, , , origin]) => origin === 'pk')?.[1];
  if (name === undefined) return [];
  return read(`PRAGMA ${quoted(database)}.index_xinfo(${quoted(String(name))})`).map(
    ([, cid, , , collation, isKey]) => ({
      column: Number(cid),
      collation: isKey === 1 ? String(collation).toUpperCase() : undefined,
    }),
  );
}

/** The number of a column that the table has by this name. */
export function ownColumnNamed({ columns }: TableColumns, name: string): number | undefined {
  const wanted = asciiLower(name);
  const index = columns.findIndex((column) => asciiLower(column.name) === wanted);
  return index >= 0 ? index : undefined;
}

/** The number of a column; the rowid's names mean its alias, or {@link rowidColumn}. */
export function columnNamed(table: TableColumns, name: string): number | undefined {
  const { rowidName, rowidAlias } = table;
  const own = ownColumnNamed(table, name);
  if (own !== undefined) return own;
  if (rowidName === undefined || !isRowid(name)) return undefined;
  return rowidAlias ?? rowidColumn;
}

/** Whether SQL calls the rowid so, where no column has the name. */
export function isRowid(name: string): boolean {
  return rowidNames.includes(asciiLower(name));
}

const rowid: Column = { name: 'rowid', affinity: 'INTEGER', collation: 'BINARY' };

export function columnAt({ columns }: TableColumns, column: number): Column {
  return column === rowidColumn ? rowid : columns[column]!;
}

/** A column in SQL, without its table. */
export function columnSql(table: TableColumns, column: number): string {
  return column === rowidColumn ? table.rowidName! : quoted(table.columns[column]!.name);
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** https://sqlite.org/datatype3.html#determination_of_column_affinity; ANY of a STRICT table converts nothing. */
function affinityOf(type: string, isStrict: boolean): Affinity {
  const name = asciiLower(type);
  if (isStrict && name === 'any') return 'BLOB';
  if (name.includes('int')) return 'INTEGER';
  if (/char|clob|text/.test(name)) return 'TEXT';
  if (name === '' || name.includes('blob')) return 'BLOB';
  return /real|floa|doub/.test(name) ? 'REAL' : 'NUMERIC';
}
