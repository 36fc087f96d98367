/** The rows of all base tables at one moment, and what changed from one moment to the next. */
import { lastValueFrom } from 'rxjs';
import type { Database, SqlValue } from '../../lib/index.ts';
import { contentOf, contentOfValue } from './results.ts';

/** A base table as the schema has it. */
export interface TableShape {
  /** As it is announced. */
  readonly name: string;
  /** The statement that made it. */
  readonly sql: string;
  /** All of them, generated ones too. */
  readonly columns: readonly string[];
  readonly isGenerated: readonly boolean[];
  /** What tells its rows apart, quoted. */
  readonly key: readonly string[];
  readonly hasRowid: boolean;
  /** The columns of each index, in lower case; `*` where an expression or a condition is among them. */
  readonly indexes: readonly (readonly string[])[];
}

/** A row: each value as it is given, and as SQL writes it, which keeps 5 and 5.0 apart. */
export interface StoredRow {
  readonly contents: readonly string[];
  readonly literals: readonly string[];
  readonly rowid: string | undefined;
}

export interface RowChange {
  readonly before: StoredRow | undefined;
  readonly after: StoredRow | undefined;
  /** The columns that differ, in lower case; none for a row that came or went. */
  readonly columns: ReadonlySet<string>;
}

export interface TableSnapshot {
  readonly shape: TableShape;
  readonly rows: ReadonlyMap<string, StoredRow>;
}

export type Snapshot = ReadonlyMap<string, TableSnapshot>;

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The base tables of all databases, virtual ones and what belongs to them left out. */
export async function tableShapes(db: Database): Promise<TableShape[]> {
  const tables = await rowsOf(
    db,
    `SELECT l.schema, l.name, l.wr, s.sql FROM pragma_table_list AS l JOIN (
       SELECT 'main' AS place, name, sql FROM main.sqlite_schema WHERE type = 'table' UNION ALL
       SELECT 'temp', name, sql FROM temp.sqlite_schema WHERE type = 'table') AS s
     ON s.place = l.schema AND s.name = l.name WHERE l.type = 'table' AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  );
  return Promise.all(
    tables.map(async ([schema, name, withoutRowid, sql]) => {
      const info = await rowsOf(db, `SELECT name, pk, hidden FROM pragma_table_xinfo(?, ?) WHERE hidden <> 1`, [
        name!,
        schema!,
      ]);
      const columns = info.map(([column]) => String(column));
      const keys = info.filter(([, pk]) => Number(pk) > 0).sort((a, b) => Number(a[1]) - Number(b[1]));
      const names = new Set(columns.map((column) => column.toLowerCase()));
      const rowid = ['rowid', 'oid', '_rowid_'].find((alias) => !names.has(alias));
      return {
        name: schema === 'main' ? String(name) : `${schema}.${name}`,
        sql: String(sql),
        columns,
        isGenerated: info.map(([, , hidden]) => Number(hidden) > 1),
        key: withoutRowid === 1 ? keys.map(([column]) => quote(String(column))) : [rowid ?? 'rowid'],
        hasRowid: withoutRowid !== 1,
        indexes: await indexesOf(db, String(schema), String(name)),
      };
    }),
  );
}

async function indexesOf(db: Database, schema: string, table: string): Promise<string[][]> {
  const rows = await rowsOf(
    db,
    `SELECT l.name, CASE WHEN l.partial OR x.cid = -2 THEN '*' ELSE lower(x.name) END
     FROM pragma_index_list(?1, ?2) AS l JOIN pragma_index_xinfo(l.name, ?2) AS x WHERE x.key`,
    [table, schema],
  );
  const indexes = new Map<string, string[]>();
  for (const [index, column] of rows)
    indexes.set(String(index), [...(indexes.get(String(index)) ?? []), String(column)]);
  return [...indexes.values()];
}

/** The rows of the tables. Those with more rows than `mostRows` are left out. */
export async function snapshotOf(db: Database, shapes: readonly TableShape[], mostRows: number): Promise<Snapshot> {
  const snapshots = await Promise.all(
    shapes.map(async (shape) => {
      const [schema, own] = shape.name.startsWith('temp.') ? ['temp', shape.name.slice(5)] : ['main', shape.name];
      const values = shape.columns.map(quote);
      const parts = [...shape.key.map(literalOf), ...values, ...values.map(literalOf)];
      const rows = await rowsOf(db, `SELECT ${parts.join(', ')} FROM ${schema}.${quote(own)} LIMIT ${mostRows + 1}`);
      return {
        shape,
        rows: new Map(rows.map((row) => [contentOf(row.slice(0, shape.key.length)), storedRow(shape, row)])),
      };
    }),
  );
  return new Map(
    snapshots.filter(({ rows }) => rows.size <= mostRows).map((snapshot) => [snapshot.shape.name, snapshot]),
  );
}

/** A column's value as a literal. quote() stops at a NUL: https://sqlite.org/lang_corefunc.html#quote */
function literalOf(column: string): string {
  const hasNul = `typeof(${column}) = 'text' AND instr(${column}, char(0)) > 0`;
  return `CASE WHEN ${hasNul} THEN 'CAST(x''' || hex(${column}) || ''' AS TEXT)' ELSE quote(${column}) END`;
}

/** The rows that differ. A row whose key changed is one that went, and one that came. */
export function changesBetween(before: TableSnapshot, after: TableSnapshot): RowChange[] {
  const changes: RowChange[] = [];
  const { columns } = after.shape;
  for (const [key, row] of before.rows) {
    const now = after.rows.get(key);
    if (now === undefined) changes.push({ before: row, after: undefined, columns: new Set() });
    else {
      const differing = columns.filter((_, index) => row.contents[index] !== now.contents[index]);
      if (differing.length === 0) continue;
      changes.push({ before: row, after: now, columns: new Set(differing.map((name) => name.toLowerCase())) });
    }
  }
  for (const [key, row] of after.rows) {
    if (!before.rows.has(key)) changes.push({ before: undefined, after: row, columns: new Set() });
  }
  return changes;
}

function storedRow({ key, columns, hasRowid }: TableShape, row: readonly SqlValue[]): StoredRow {
  const values = row.slice(key.length, key.length + columns.length);
  const literals = row.slice(key.length + columns.length).map(String);
  return {
    contents: values.map((value, index) => `${contentOfValue(value)} ${literals[index]}`),
    literals,
    rowid: hasRowid ? String(row[0]) : undefined,
  };
}

async function rowsOf(
  db: Database,
  sql: string,
  params: readonly SqlValue[] = [],
): Promise<readonly (readonly SqlValue[])[]> {
  return (await lastValueFrom(db.select(sql, params, { rows: 'arrays' }))).rows;
}
