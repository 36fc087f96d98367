/** Looks into subqueries and views that stand in FROM: what must hold of their rows must hold of the rows behind these. */
import { type As, type CommonTableExpr, parseStmt, type TableSelectTable } from 'sqlite3-parser';
import { asciiLower } from '../../model/ascii-case.ts';
import type { Schema, View } from '../schema.ts';
import { type Node, nodesIn } from './expressions.ts';
import { isAggregateCall } from './row-filter.ts';
import {
  coreOf,
  type InnerSelect,
  isBoolean,
  NotUnderstood,
  namesIn,
  type ResultColumnShape,
  resultsOf,
  type Source,
  type TableNames,
  type WrittenSelect,
} from './select-core.ts';
import { columnAt, rowidColumn, type TableColumns } from './table-columns.ts';

const writtenViews = new WeakMap<View, WrittenSelect | undefined>();

/** What a view shows; undefined where its statement is not understood. */
export function writtenView(view: View): WrittenSelect | undefined {
  if (!writtenViews.has(view)) writtenViews.set(view, readView(view));
  return writtenViews.get(view);
}

function readView({ database, sql }: View): WrittenSelect | undefined {
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

const booleanNames = new WeakMap<WrittenSelect, boolean>();

/** Whether anything in a SELECT may be called `true` or `false`. */
function namesBooleans(written: WrittenSelect, schema: Schema): boolean {
  const known = booleanNames.get(written) ?? findBooleans(written, schema);
  booleanNames.set(written, known);
  return known;
}

function findBooleans(written: WrittenSelect, schema: Schema): boolean {
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

/** The view that a table of FROM is. What a common table expression of this SELECT may be is none. */
function viewMeant({ tblName }: TableSelectTable, written: WrittenSelect, schema: Schema): WrittenSelect | undefined {
  const { dbName, objName } = tblName;
  if (dbName === undefined && commonTablesIn(written).has(asciiLower(objName.text))) return undefined;
  const view = schema.viewNamed(dbName?.text ?? written.database, objName.text);
  return view && writtenView(view);
}

function commonTablesIn({ select }: WrittenSelect): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodesIn(select) as Iterable<NamingPart>)
    if (node.type === 'CommonTableExpr') names.add(asciiLower(node.tblName.text));
  return names;
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

/** Whether nothing shown is made of several rows. The aggregate of a subquery may be one of the SELECT around it. */
function showsRows(shown: unknown, schema: Schema): boolean {
  const subqueries = new Set<Node>();
  for (const node of nodesIn(shown)) {
    if (node.type === 'Select') for (const inner of nodesIn(node)) subqueries.add(inner);
    const isInside = subqueries.has(node);
    if (node.type === 'FunctionTail' && !isInside) return false;
    if (isAggregateCall(node, schema) && !(isInside && node.type === 'FunctionCallStarExpr')) return false;
  }
  return true;
}

/** Undefined where SQLite makes a name up. */
function nameOf({ alias, expr, reference }: ResultColumnShape, sources: readonly Source[]): string | undefined {
  if (alias !== undefined || reference === undefined) return alias;
  const { name } = columnAt(sources[reference.source]!.columns, reference.column);
  // A rowid is called otherwise in a view than elsewhere.
  const isOwn =
    expr === undefined || [...namesIn(expr)].some((written) => asciiLower(written.name.column) === asciiLower(name));
  return isOwn && reference.column !== rowidColumn && name !== noName ? name : undefined;
}

/** Nobody can write it. */
const noName = '\0';

/** Nothing but names. From one on that SQLite makes up, or that is there before, it may make up any. */
function columnsNamed(names: readonly (string | undefined)[]): TableColumns {
  const known = new Set<string | undefined>();
  let isKnown = true;
  const columns = names.map((name) => {
    isKnown &&= name !== undefined && !known.has(asciiLower(name));
    if (isKnown) known.add(asciiLower(name!));
    return { name: isKnown ? name! : noName, affinity: 'BLOB', collation: 'BINARY' } as const;
  });
  const none = { rowidName: undefined, rowidAlias: undefined, hasRowid: false, stored: [], key: [] };
  return { table: '', sql: '', columns, ...none };
}
