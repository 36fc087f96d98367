/** How a live query is kept current: which changes concern it, and how its result follows from them. */
import type { Engine } from '../../../engines/engine.ts';
import { asciiLower } from '../../model/ascii-case.ts';
import type { Footprint } from '../footprint.ts';
import type { Schema } from '../schema.ts';
import { type ColumnsRead, columnsReadBy } from './columns-read.ts';
import { hasSubquery } from './expressions.ts';
import { type GroupsPlan, groupsPlanOf } from './groups-plan.ts';
import type { RowFilter } from './row-filter.ts';
import { rowFiltersOf } from './row-filters.ts';
import { type RowsPlan, rowsPlanOf } from './rows-plan.ts';
import { columnOf, NotUnderstood, namesIn } from './select-core.ts';
import { type SelectStructure, structuresOf } from './select-structure.ts';
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
  readonly result: RowsPlan | GroupsPlan | WholePlan;
}

/** Plans a query. Costs some 100 µs, once for each text and schema. */
export function watchPlanOf(engine: Engine, schema: Schema, sql: string, footprint: Footprint): WatchPlan {
  const { structures, result } = resultPlanOf(sql, schema);
  // EXPLAIN reads nothing, and has no program that could be explained.
  const explained = (): ColumnsRead =>
    footprint.reads.size === 0 ? new Map() : columnsReadBy(engine.explain(sql), schema, mayBeOrdered(sql, schema));
  const read = columnsNamed(structures) ?? explained();
  const filtered = rowFiltersOf(structures[0]?.sql ?? sql, schema);

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
  return { footprint, tables, result };
}

/** The query's parts as far as it can be taken apart, and how its result is maintained. */
function resultPlanOf(
  sql: string,
  schema: Schema,
): { structures: readonly SelectStructure[]; result: RowsPlan | GroupsPlan | WholePlan } {
  let structures: readonly SelectStructure[] = [];
  try {
    structures = structuresOf(sql, schema);
    const [structure, ...others] = structures;
    if (others.length > 0) throw new NotUnderstood('it is a compound of several SELECTs');
    return { structures, result: groupsPlanOf(structure!, schema) ?? rowsPlanOf(structure!, schema) };
  } catch (error) {
    if (error instanceof NotUnderstood) return { structures, result: { kind: 'whole', why: error.message } };
    throw error;
  }
}

function hasSubqueries({ body, select }: SelectStructure): boolean {
  return hasSubquery([body, select.orderBy, select.limit]);
}

/** The columns in its text are those that a query reads; undefined where it is not known what all names in it mean. */
function columnsNamed(structures: readonly SelectStructure[]): ColumnsRead | undefined {
  if (structures.length === 0 || structures.some(hasSubqueries)) return undefined;
  const read = new Map<string, Set<number>>();
  try {
    for (const structure of structures) {
      const { sources } = structure;
      for (const { columns } of sources) if (!read.has(columns.table)) read.set(columns.table, new Set());
      // A compound is ordered by columns of its result.
      const order = structures.length === 1 ? structure.select.orderBy : undefined;
      for (const { source, column } of columnsIn(structure, order))
        read.get(sources[source]!.columns.table)!.add(column);
    }
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
  return read;
}

function* columnsIn(structure: SelectStructure, order: unknown): Generator<{ source: number; column: number }> {
  const { body, results, merged, conditions } = structure;
  const aliases = new Set(results.map(({ alias }) => alias && asciiLower(alias)));
  for (const { reference } of results) if (reference) yield reference;
  for (const { left, right } of merged) yield* [left, right];
  for (const { references } of conditions) yield* references;
  for (const { expr } of results) if (expr) yield* structure.referencesIn(expr);
  for (const { node, name } of namesIn([body.groupBy, body.having, body.windowClause, order])) {
    // What an alias stands for is counted already.
    const isAlias = name.isPlain && aliases.has(asciiLower(name.column));
    if (!isAlias || columnOf(name, structure.sources)) yield* structure.referencesIn(node);
  }
}

/** Whether rows may be put in order by an index alone, which its program does not show. */
function mayBeOrdered(sql: string, schema: Schema): boolean {
  return /\border\b/i.test(sql) || schema.viewsAreOrdered;
}
