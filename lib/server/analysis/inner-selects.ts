/** Looks into subqueries and views that stand in FROM: what must hold of their rows must hold of the rows behind these. */
import { type As, type CommonTableExpr, parseStmt, type TableSelectTable } from 'sqlite3-parser';
import type { Schema, View } from '../schema.ts';
import { asciiLower } from './ascii-case.ts';
import { type Node, nodesIn } from './expressions.ts';
import { isAggregateCall } from './row-filter.ts';
import {
  coreOf,
  type InnerSelect,
  isBoolean,
  NotUnderstood,
  type ResultColumnShape,
  resultsOf,
  type Source,
  type TableNames,
  type WrittenSelect,
} from './select-core.ts';
import { columnAt, type TableColumns } from './table-columns.ts';

/** What a view shows; undefined where its statement is not understood. */
export function writtenView({ database, sql }: View): WrittenSelect | undefined {
  const parsed = parseStmt(sql);
  if (parsed.status !== 'ok' || parsed.root.type !== 'CreateViewStmt') return undefined;
  const { select, columns } = parsed.root;
  return {
    select,
    sql,
    names: columns?.map(({ colName }) => colName.text),
    // One that is not TEMP speaks of its own database. https://sqlite.org/lang_createview.html
    database: database === 'temp' ? undefined : database,
  };
}

/** The names of tables in a SELECT, with what stands in the place of a table looked into. */
export function allTableNames(written: WrittenSelect, schema: Schema): TableNames {
  const tables: TableNames = {
    ...baseTableNames(written, schema),
    innerOf: (table) => {
      const { sql, database } = written;
      // Inside a subquery it may speak of what stands around that: names are as they are there.
      if (table.type === 'SelectSelectTable')
        return innerSelect({ select: table.select, sql, names: undefined, database }, tables, schema);
      const view = table.type === 'TableSelectTable' ? viewMeant(table, written, schema) : undefined;
      return view && innerSelect(view, allTableNames(view, schema), schema);
    },
  };
  return tables;
}

/** The names of tables in a SELECT, with nothing looked into. */
export function baseTableNames(written: WrittenSelect, schema: Schema): TableNames {
  return {
    baseTable: (database, name) => schema.baseTable(database ?? written.database, name),
    innerOf: () => undefined,
    hasBooleans: !namesBooleans(written, schema),
  };
}

/** Whether anything in a SELECT may be called `true` or `false`. */
function namesBooleans(written: WrittenSelect, schema: Schema): boolean {
  const { select, names } = written;
  const isOne = (column: string): boolean => isBoolean({ column, isPlain: true });
  if (names?.some(isOne)) return true;
  for (const node of nodesIn(select) as Iterable<NamingPart>) {
    switch (node.type) {
      case 'AsAs':
      case 'ElidedAs':
        if (isOne(node.name.text)) return true;
        break;
      case 'CommonTableExpr':
        if (node.columns?.some(({ colName }) => isOne(colName.text))) return true;
        break;
      case 'TableSelectTable': {
        const { dbName, objName } = node.tblName;
        const table = schema.baseTable(dbName?.text ?? written.database, objName.text);
        const view = viewMeant(node, written, schema);
        if (table?.columns.some(({ name }) => isOne(name))) return true;
        if (view ? namesBooleans(view, schema) : !table && schema.hasName(objName.text)) return true;
      }
    }
  }
  return false;
}

type NamingPart = As | CommonTableExpr | TableSelectTable | (Node & { readonly type: 'anything else' });

function viewMeant(
  { tblName }: TableSelectTable,
  { database }: WrittenSelect,
  schema: Schema,
): WrittenSelect | undefined {
  const view = schema.viewNamed(tblName.dbName?.text ?? database, tblName.objName.text);
  return view && writtenView(view);
}

/** Undefined where a row of it is more than one of each of its sources. */
function innerSelect(written: WrittenSelect, tables: TableNames, schema: Schema): InnerSelect | undefined {
  const { with: commonTables, compounds, limit, select: body } = written.select;
  if (commonTables || compounds?.length || limit || body.type !== 'SelectFrom') return undefined;
  if (body.groupBy?.length || body.having || !showsRows(body.columns, schema)) return undefined;
  try {
    const core = coreOf(body, written.sql, tables);
    const results = resultsOf(core);
    const names = written.names ?? results.map((result) => nameOf(result, core.sources));
    if (names.length !== results.length) return undefined;
    return { written, core, columns: columnsNamed(names), shown: results.map(({ reference }) => reference) };
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

/** Whether no column is made of several rows. */
function showsRows(columns: unknown, schema: Schema): boolean {
  for (const node of nodesIn(columns, (inner) => inner.type !== 'Select'))
    if (node.type === 'FunctionTail' || isAggregateCall(node, schema)) return false;
  return true;
}

/** Nobody can write it. */
const noName = '\0';

function nameOf({ alias, reference }: ResultColumnShape, sources: readonly Source[]): string {
  return alias ?? (reference ? columnAt(sources[reference.source]!.columns, reference.column).name : noName);
}

/** Nothing but names: what has a name twice is not told apart by it. */
function columnsNamed(names: readonly string[]): TableColumns {
  const known = names.map(asciiLower);
  const columns = names.map((name, index) => {
    const isOnly = known.indexOf(known[index]!) === known.lastIndexOf(known[index]!);
    return { name: isOnly ? name : noName, affinity: 'BLOB', collation: 'BINARY' } as const;
  });
  const none = { rowidName: undefined, rowidAlias: undefined, hasRowid: false, stored: [], key: [] };
  return { table: '', sql: '', columns, ...none };
}
