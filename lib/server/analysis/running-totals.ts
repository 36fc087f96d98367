/** Groups whose counts and sums follow from the changed rows by arithmetic, without reading the group again. */
import type { Expr } from 'sqlite3-parser';
import type { Schema } from '../schema.ts';
import { bare, textOf } from './expressions.ts';
import { type Hide, referenceSql } from './result-order.ts';
import { functionName, isAggregateCall, type RowFilter, rowFilterOf } from './row-filter.ts';
import type { SelectStructure } from './select-structure.ts';
import { columnAt } from './table-columns.ts';

/** One value that is summed up: a column of the only table. Places are those of a row of the result. */
export interface TotalledColumn {
  readonly column: number;
  readonly collation: string;
  /** A whole number in it is an INTEGER. */
  readonly holdsIntegers: boolean;
  /** How many rows of the group have a value. */
  readonly countAt: number;
  /** The sum of the values, and how many of them are no integers, or large: those are not added here, since order would show. */
  readonly sumAt: number | undefined;
  readonly othersAt: number | undefined;
  readonly averagesAt: readonly number[];
  readonly leastAt: readonly number[];
  readonly greatestAt: readonly number[];
  /** Where the result shows the count and the sum once more. */
  readonly shownCountsAt: readonly number[];
  readonly shownSumsAt: readonly number[];
}

export interface RunningTotals {
  /** All conditions of the query; undefined where it has none. */
  readonly filter: RowFilter | undefined;
  readonly rowsAt: number;
  readonly shownRowsAt: readonly number[];
  readonly columns: readonly TotalledColumn[];
  /** For each shown column that is a term of GROUP BY, which one. */
  readonly shownTerms: readonly { readonly at: number; readonly term: number }[];
}

/** How a term of GROUP BY is known in the result. */
export interface ShownTerm {
  readonly column: number | undefined;
  readonly text: string;
}

interface Part {
  readonly at: number;
  readonly kind: 'count' | 'sum' | 'avg' | 'min' | 'max';
  /** Undefined for `count(*)`. */
  readonly column: number | undefined;
}

/** The totals that a query asks for; undefined where a part of it needs the rows themselves. */
export function runningTotalsOf(
  structure: SelectStructure,
  schema: Schema,
  terms: readonly (ShownTerm | undefined)[],
  hide: Hide,
): RunningTotals | undefined {
  const { sources, body, conditions, results, merged } = structure;
  if (sources.length !== 1 || body.having || merged.length > 0) return undefined;
  const { columns: table } = sources[0]!;
  const collationAt = (column: number): string => columnAt(table, column).collation;
  if (terms.includes(undefined)) return undefined;

  const filter = rowFilterOf(structure, 0, schema);
  if (conditions.length !== (filter?.conditions ?? 0)) return undefined;

  const parts: Part[] = [];
  const shownTerms: { at: number; term: number }[] = [];
  for (const [at, { expr, reference }] of results.entries()) {
    const text = expr && textOf(structure.sql, bare(expr));
    const term = terms.findIndex((other) => (reference ? other?.column === reference.column : other?.text === text));
    const part = expr && partOf(structure, schema, bare(expr), at);
    if (term >= 0) shownTerms.push({ at, term });
    else if (part) parts.push(part);
    else return undefined;
  }
  const rowsShown = parts.filter(({ column }) => column === undefined).map(({ at }) => at);
  const columns = [...new Set(parts.flatMap(({ column }) => (column === undefined ? [] : [column])))];
  return {
    filter,
    rowsAt: hide('count(*)'),
    shownRowsAt: rowsShown,
    shownTerms,
    columns: columns.map((column): TotalledColumn => {
      const sql = referenceSql(structure, 0, column);
      const placesOf = (kind: Part['kind']): number[] =>
        parts.filter((part) => part.column === column && part.kind === kind).map(({ at }) => at);
      const isSummed = placesOf('sum').length > 0 || placesOf('avg').length > 0;
      return {
        column,
        collation: collationAt(column),
        holdsIntegers: ['INTEGER', 'NUMERIC'].includes(columnAt(table, column).affinity),
        countAt: hide(`count(${sql})`),
        sumAt: isSummed ? hide(`sum(${sql})`) : undefined,
        othersAt: isSummed ? hide(`total(${otherThanAdded(sql)})`) : undefined,
        averagesAt: placesOf('avg'),
        leastAt: placesOf('min'),
        greatestAt: placesOf('max'),
        shownCountsAt: placesOf('count'),
        shownSumsAt: placesOf('sum'),
      };
    }),
  };
}

/**
 * SQLite adds integers up in 64 bits, and fails where that overflows on the way, though the sum itself would fit. Of 2^25 whole
 * numbers that are no larger than this, no sum does. https://sqlite.org/lang_aggfunc.html#sumunc
 */
export const largestAdded = 2 ** 38;
export const mostAdded = 2 ** 25;

/** Whether a value is neither NULL nor such a number. */
function otherThanAdded(sql: string): string {
  return `typeof(${sql}) <> 'null' AND (typeof(${sql}) <> 'integer' OR ${sql} NOT BETWEEN ${-largestAdded} AND ${largestAdded})`;
}

const kinds = new Set(['count', 'sum', 'avg', 'min', 'max']);

function partOf(structure: SelectStructure, schema: Schema, expr: Expr, at: number): Part | undefined {
  if (!isAggregateCall(expr, schema)) return undefined;
  const name = functionName(expr);
  const call = expr as Extract<Expr, { type: 'FunctionCallExpr' | 'FunctionCallStarExpr' }>;
  if (!kinds.has(name) || call.filterOver) return undefined;
  const kind = name as Part['kind'];
  if (call.type === 'FunctionCallStarExpr') return kind === 'count' ? { at, kind, column: undefined } : undefined;
  if (call.distinctness || call.orderBy || call.args?.length !== 1) return undefined;
  const arg = bare(call.args[0]!);
  const references = structure.referencesIn(arg);
  if (references.length !== 1 || references[0]!.node !== arg) return undefined;
  const { column } = references[0]!;
  const isSorted = kind === 'min' || kind === 'max';
  if (isSorted && !schema.collations.has(columnAt(structure.sources[0]!.columns, column).collation)) return undefined;
  return { at, kind, column };
}
