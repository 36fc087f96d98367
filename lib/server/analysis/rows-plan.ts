/** Results whose rows come each from rows of base tables: only those with a changed row behind them are read again. */
import type { Schema } from '../schema.ts';
import { bare, hasSubquery, nodesIn } from './expressions.ts';
import { extendedQuery } from './extended-query.ts';
import { type OrderTerm, orderOf, referenceSql, resultMeant, type Window, windowOf } from './result-order.ts';
import { isAggregateCall, isDeterministic } from './row-filter.ts';
import { NotUnderstood } from './select-core.ts';
import type { SelectStructure } from './select-structure.ts';
import type { TableColumns } from './table-columns.ts';

/** How a result is held in order; hidden columns stand behind those that were asked for. */
export interface OrderedPlan {
  /** How many columns the result has. */
  readonly width: number;
  readonly hidden: number;
  readonly order: readonly OrderTerm[];
  readonly window: Window | undefined;
  /** The result with its hidden columns. */
  readonly whole: string;
  /** Whether `whole` takes one more parameter, how many rows to read. */
  readonly isCut: boolean;
  /** The columns of a table that must be compared, beyond those that the query reads. */
  columnsOf(table: string): readonly number[] | undefined;
}

/** One table of the FROM clause, and how its rows are told apart in the result. */
export interface KeyedSource {
  readonly table: TableColumns;
  /** Where the values of its key stand in a row. */
  readonly at: readonly number[];
  readonly isNullable: boolean;
  /** The columns on which it depends whether a row is in the result. */
  readonly decisive: ReadonlySet<number>;
}

export interface RowsPlan extends OrderedPlan {
  readonly kind: 'rows';
  readonly sources: readonly KeyedSource[];
  /** The result's rows with one of `count` keys of a source: their values follow the parameters of the query. */
  forKeys(source: number, count: number): string;
}

/** How many keys one statement takes. A key of several columns makes a longer text of each. */
export function keyCounts(columns: number): readonly number[] {
  return columns === 1 ? [1, 8, 64, 512] : [1, 8, 64];
}

/** Errors  {@link NotUnderstood} where the rows of the result cannot be told apart, or need others to be known. */
export function rowsPlanOf(structure: SelectStructure, schema: Schema): RowsPlan {
  refuseWhole(structure, schema);
  const hidden: string[] = [];
  const width = structure.results.length;
  const hide = (sql: string): number => width + hidden.push(sql) - 1;
  const order = orderOf(structure, schema, hide);
  const window = windowOf(structure);
  if (window && order.length === 0) throw new NotUnderstood('it has a LIMIT, and no ORDER BY says of what');
  if (window && sortsByNullable(structure))
    throw new NotUnderstood('its LIMIT is ordered by the right side of a LEFT JOIN');
  const sources = structure.sources.map(({ columns, isNullable }, source): KeyedSource => {
    if (columns.key.length === 0)
      throw new NotUnderstood(
        `no name is left for the rowid of ${columns.table}, or its key has other collations than its columns`,
      );
    const at = columns.key.map((column) => {
      const shown = structure.results.findIndex(
        ({ reference }) => reference?.source === source && reference.column === column,
      );
      return shown >= 0 ? shown : hide(referenceSql(structure, source, column));
    });
    return { table: columns, at, isNullable, decisive: decisiveColumns(structure, source) };
  });
  const query = extendedQuery(structure, hidden, window !== undefined);
  const texts = new Map<string, string>();
  return {
    kind: 'rows',
    width,
    hidden: hidden.length,
    order,
    window,
    whole: query.whole,
    isCut: window !== undefined,
    sources,
    columnsOf: (table) => structure.sources.find(({ columns }) => columns.table === table)?.columns.key,
    forKeys: (source, count) => {
      const name = `${source} ${count}`;
      const known = texts.get(name);
      if (known !== undefined) return known;
      const { key } = structure.sources[source]!.columns;
      const text = query.restricted(
        keyCondition(
          key.map((column) => referenceSql(structure, source, column)),
          count,
          query.nextParameter,
        ),
      );
      texts.set(name, text);
      return text;
    },
  };
}

/** A condition that one of `count` keys fits. */
function keyCondition(columns: readonly string[], count: number, firstParameter: number): string {
  const rows = Array.from({ length: count }, (_, row) => firstParameter + row * columns.length);
  const [only, ...others] = columns;
  if (others.length === 0) {
    const values = rows.map((parameter) => `?${parameter}`).join(', ');
    return count === 1 ? `${only} = ${values}` : `${only} IN (${values})`;
  }
  return rows
    .map((first) => `(${columns.map((column, index) => `${column} = ?${first + index}`).join(' AND ')})`)
    .join(' OR ');
}

function refuseWhole(structure: SelectStructure, schema: Schema): void {
  const { body, select, sources, conditions } = structure;
  if (body.distinctness === 'Distinct') throw new NotUnderstood('it is DISTINCT');
  if (body.groupBy?.length || body.having) throw new NotUnderstood('it has groups that cannot be told apart');
  const parts = [body, select.orderBy, select.limit];
  for (const node of nodesIn(parts)) {
    if (node.type === 'FunctionTail' || node.type === 'WindowDef') throw new NotUnderstood('it has a window function');
    if (isAggregateCall(node, schema)) throw new NotUnderstood('it is an aggregate');
  }
  if (hasSubquery(parts)) throw new NotUnderstood('it has a subquery');
  refuseChanging(structure, schema);
  const isOuter = (source: number): boolean => sources[source]!.isNullable;
  if (
    conditions.some(({ references, leftJoin }) => leftJoin === undefined && references.some((r) => isOuter(r.source)))
  )
    throw new NotUnderstood('a condition outside of its ON speaks of the right side of a LEFT JOIN');
}

/** Which rows of a window's far side change places is not known, where these come from a table that may have no row. */
function sortsByNullable(structure: SelectStructure): boolean {
  const { select, results, sources } = structure;
  return (select.orderBy ?? []).some(({ expr }) => {
    const term = bare(expr);
    const inner = bare(term.type === 'CollateExpr' ? term.expr : term);
    const meant = resultMeant(structure, inner);
    const { reference, expr: shown } = meant === undefined ? { reference: undefined, expr: inner } : results[meant]!;
    const references = reference ? [reference] : structure.referencesIn(shown);
    return references.some(({ source }) => sources[source]!.isNullable);
  });
}

export function refuseChanging({ body, select }: SelectStructure, schema: Schema): void {
  if (!isDeterministic([body, select.orderBy], schema))
    throw new NotUnderstood('it calls a function that is not known to give the same each time');
}

function decisiveColumns({ conditions, merged, sources }: SelectStructure, source: number): Set<number> {
  const named = conditions.flatMap(({ references }) => references);
  const joined = merged.flatMap(({ left, right }) => [left, right]);
  const columns = [...named, ...joined].filter((reference) => reference.source === source).map(({ column }) => column);
  return new Set([...columns, ...sources[source]!.columns.key]);
}
