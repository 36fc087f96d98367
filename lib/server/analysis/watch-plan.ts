/** How a live query is kept current: which changes concern it, and how its result follows from them. */
import type { Engine } from '../../../engines/engine.ts';
import type { Footprint } from '../footprint.ts';
import type { Schema } from '../schema.ts';
import { type ColumnsRead, columnsReadBy } from './columns-read.ts';
import { hasSubquery, nodesIn } from './expressions.ts';
import { type GroupsPlan, groupsPlanOf } from './groups-plan.ts';
import { type RowFilter, rowFilterOf } from './row-filter.ts';
import { type RowsPlan, rowsPlanOf } from './rows-plan.ts';
import { NotUnderstood, type SelectStructure, structureOf } from './select-structure.ts';
import type { TableColumns } from './table-columns.ts';

/** How a query depends on one table. */
export interface TableUse {
  /** Undefined where only the table's name is known: any change of it concerns the query. */
  readonly columns: TableColumns | undefined;
  /** The columns that the query reads. */
  readonly read: ReadonlySet<number> | 'all';
  /** One for each use of the table; undefined where any changed row concerns the query. */
  readonly filters: readonly RowFilter[] | undefined;
}

export interface WholePlan {
  readonly kind: 'whole';
  /** Why, in words. */
  readonly why: string;
}

export interface WatchPlan {
  readonly footprint: Footprint;
  readonly tables: ReadonlyMap<string, TableUse>;
  /** Why no part of its conditions is used, in words. */
  readonly unfiltered: string | undefined;
  readonly result: RowsPlan | GroupsPlan | WholePlan;
}

/** Plans a query. Costs some 100 µs, once for each text and schema. */
export function watchPlanOf(engine: Engine, schema: Schema, sql: string, footprint: Footprint): WatchPlan {
  let structure: SelectStructure | undefined;
  let reason: string | undefined;
  try {
    structure = structureOf(sql, schema);
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    reason = error.message;
  }
  const result = structure ? resultPlanOf(structure, schema) : ({ kind: 'whole', why: reason! } as const);
  const isClosed =
    structure !== undefined && !hasSubquery([structure.body, structure.select.orderBy, structure.select.limit]);
  const read = isClosed
    ? columnsNamed(structure!)
    : columnsReadBy(engine.explain(sql), schema, mayBeOrdered(sql, schema));
  const filtered = structure ? filtersOf(structure, schema, isClosed) : new Map<string, RowFilter[]>();

  const tables = new Map<string, TableUse>();
  for (const table of footprint.reads) {
    const columns = schema.columnsOf(table);
    const seen = read.get(table) ?? 'all';
    const needed = result.kind === 'whole' ? [] : (result.columnsOf(table) ?? []);
    tables.set(table, {
      columns,
      read: columns === undefined || seen === 'all' ? 'all' : new Set([...seen, ...needed]),
      filters: filtered.get(table),
    });
  }
  return { footprint, tables, unfiltered: reason, result };
}

function resultPlanOf(structure: SelectStructure, schema: Schema): RowsPlan | GroupsPlan | WholePlan {
  try {
    return groupsPlanOf(structure, schema) ?? rowsPlanOf(structure, schema);
  } catch (error) {
    if (error instanceof NotUnderstood) return { kind: 'whole', why: error.message };
    throw error;
  }
}

/** Where a query has no part that could name more, the columns in its text are those that it reads. */
function columnsNamed(structure: SelectStructure): ColumnsRead {
  const { sources, body, select, results, merged } = structure;
  const read = new Map(sources.map(({ columns }) => [columns.table, new Set<number>()]));
  const add = ({ source, column }: { source: number; column: number }): void =>
    void read.get(sources[source]!.columns.table)!.add(column);
  for (const { reference } of results) if (reference) add(reference);
  for (const { left, right } of merged) [left, right].forEach(add);
  for (const { references } of structure.conditions) references.forEach(add);
  const expressions = results.flatMap(({ expr }) => expr ?? []);
  for (const root of [...expressions, body.groupBy, body.having, body.windowClause, select.orderBy]) {
    for (const reference of namesIn(structure, root)) add(reference);
  }
  return read;
}

/** The columns that a part names; an alias names those of the result, which are counted already. */
function namesIn(structure: SelectStructure, root: unknown): { source: number; column: number }[] {
  const found: { source: number; column: number }[] = [];
  for (const node of nodesIn(root)) {
    if (node.type !== 'Id' && node.type !== 'NameExpr' && node.type !== 'QualifiedExpr') continue;
    try {
      found.push(...structure.referencesIn(node));
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
    }
  }
  return found;
}

/** Whether rows may be put in order by an index alone, which its program does not show. */
function mayBeOrdered(sql: string, schema: Schema): boolean {
  return /\border\b/i.test(sql) || schema.viewsAreOrdered;
}

/** The filters of each table that the query reads in its FROM clause alone. */
function filtersOf(structure: SelectStructure, schema: Schema, isClosed: boolean): Map<string, RowFilter[]> {
  const inside = isClosed ? new Set<string>() : tablesInSubqueries(structure, schema);
  const filters = new Map<string, RowFilter[]>();
  const unfiltered = new Set<string>();
  structure.sources.forEach(({ columns: { table } }, source) => {
    const filter = inside?.has(table) === false ? rowFilterOf(structure, source, schema) : undefined;
    if (filter) filters.set(table, [...(filters.get(table) ?? []), filter]);
    else unfiltered.add(table);
  });
  for (const table of unfiltered) filters.delete(table);
  return filters;
}

/** The tables that subqueries read; undefined where these may read others, such as through a view. */
function tablesInSubqueries(structure: SelectStructure, schema: Schema): Set<string> | undefined {
  const tables = new Set<string>();
  const { body, select } = structure;
  const ownTables = new Set<unknown>([body.from!.select, ...(body.from!.joins ?? []).map(({ table }) => table)]);
  for (const node of nodesIn([body, select.orderBy, select.limit])) {
    if (ownTables.has(node)) continue;
    if (node.type === 'With' || node.type === 'TableCallSelectTable') return undefined;
    if (node.type !== 'TableSelectTable' && node.type !== 'InTableExpr') continue;
    const { tblName, rhs } = node as unknown as Record<
      string,
      { dbName?: { text: string }; objName: { text: string } }
    >;
    const { dbName, objName } = (tblName ?? rhs)!;
    const columns = schema.baseTable(dbName?.text, objName.text);
    if (columns === undefined) return undefined;
    tables.add(columns.table);
  }
  return tables;
}
