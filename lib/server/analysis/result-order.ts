/** In which order a result is, and which part of it is asked for. */
import type { Expr } from 'sqlite3-parser';
import { asciiLower } from '../../model/ascii-case.ts';
import type { SqlValue } from '../../model/values.ts';
import type { Schema } from '../schema.ts';
import { quoted } from '../sql-text.ts';
import { collationNamed } from './collations.ts';
import { bare, nodesIn, textOf } from './expressions.ts';
import { numberedParameters, type Operand, parameterAt } from './row-filter.ts';
import { NotUnderstood, type ResultColumnShape } from './select-core.ts';
import type { SelectStructure } from './select-structure.ts';
import { columnAt, columnSql } from './table-columns.ts';
import { edited } from './text-edits.ts';

export interface OrderTerm {
  /** The place of the value in a row, the hidden columns counted. */
  readonly at: number;
  readonly isDescending: boolean;
  readonly nullsFirst: boolean;
  readonly collation: string;
}

/** How many rows of a result are wanted, and how many are skipped. */
export interface Window {
  readonly limit: Operand;
  readonly offset: Operand | undefined;
}

/** Adds a hidden column, and gives its place in a row. */
export type Hide = (sql: string) => number;

/** The terms of ORDER BY. `hide` is asked to add those that are no columns of the result. */
export function orderOf(structure: SelectStructure, schema: Schema, hide: Hide): OrderTerm[] {
  return (structure.select.orderBy ?? []).map(({ expr, order, nulls }) => {
    const isDescending = order === 'Desc';
    const isCollated = bare(expr).type === 'CollateExpr';
    const term = isCollated ? (bare(expr) as Extract<Expr, { type: 'CollateExpr' }>) : undefined;
    const { at, collation } = sortedValue(structure, bare(term?.expr ?? expr), hide);
    const used = term ? collationNamed(term.collation) : collation;
    if (!schema.collations.has(used)) throw new NotUnderstood(`it is ordered by the collation ${used}`);
    return {
      at,
      isDescending,
      nullsFirst: nulls === undefined ? !isDescending : nulls === 'First',
      collation: used,
    };
  });
}

/** The window of LIMIT and OFFSET, where there is one. */
export function windowOf({ select, sql }: SelectStructure): Window | undefined {
  if (select.limit === undefined) return undefined;
  const { expr, offset } = select.limit;
  return { limit: countOf(expr, sql), offset: offset && countOf(offset, sql) };
}

/** The collation by which SQLite sorts and groups an expression. https://sqlite.org/datatype3.html#collation */
export function collationOf(structure: SelectStructure, expr: Expr): string {
  let inner = bare(expr);
  while ((inner.type === 'UnaryExpr' && inner.op === 'Positive') || inner.type === 'CastExpr') inner = bare(inner.expr);
  if (inner.type === 'Id' || inner.type === 'NameExpr' || inner.type === 'QualifiedExpr') {
    const [reference] = structure.referencesIn(inner);
    return reference ? columnAt(structure.sources[reference.source]!.columns, reference.column).collation : 'BINARY';
  }
  for (const { type } of nodesIn(inner))
    if (type === 'CollateExpr') throw new NotUnderstood('COLLATE inside an expression');
  return 'BINARY';
}

/** An expression in SQL, its parameters numbered. */
export function numberedText({ sql }: SelectStructure, expr: Expr): string {
  const { offset, length } = expr.span;
  return edited(sql, numberedParameters(sql), offset, offset + length);
}

/** A column of one source in SQL. */
export function referenceSql({ sources }: SelectStructure, source: number, column: number): string {
  const { alias, columns } = sources[source]!;
  return `${quoted(alias)}.${columnSql(columns, column)}`;
}

/** The column of the result that an expression of ORDER BY or GROUP BY means, by its number or its alias. */
export function resultMeant({ results }: SelectStructure, expr: Expr): number | undefined {
  if (expr.type === 'NumericLiteral' && /^\d+$/.test(expr.value)) return Number(expr.value) - 1;
  if (isOtherNumber(expr))
    throw new NotUnderstood('ORDER BY or GROUP BY has a number that SQLite may take for a column');
  if (expr.type !== 'Id' && expr.type !== 'NameExpr') return undefined;
  const name = asciiLower(expr.type === 'Id' ? expr.name : expr.name.text);
  const index = results.findIndex(({ alias }) => alias !== undefined && asciiLower(alias) === name);
  return index < 0 ? undefined : index;
}

/** A sign, or another base, does not keep a whole number from being that of a column. */
function isOtherNumber(expr: Expr): boolean {
  if (expr.type === 'UnaryExpr' && (expr.op === 'Positive' || expr.op === 'Negative')) {
    const inner = bare(expr.expr);
    return inner.type === 'NumericLiteral' || isOtherNumber(inner);
  }
  return expr.type === 'NumericLiteral';
}

function sortedValue(structure: SelectStructure, expr: Expr, hide: Hide): { at: number; collation: string } {
  const meant = resultMeant(structure, expr);
  if (meant !== undefined) {
    const result = structure.results[meant];
    if (result === undefined) throw new NotUnderstood('ORDER BY names a column that is not there');
    return { at: meant, collation: collationOfResult(structure, result) };
  }
  refuseAliases(structure, expr);
  const collation = collationOf(structure, expr);
  const isName = expr.type === 'Id' || expr.type === 'NameExpr' || expr.type === 'QualifiedExpr';
  const [reference] = structure.referencesIn(expr);
  if (isName && reference) {
    const shown = structure.results.findIndex(
      ({ reference: other }) => other?.source === reference.source && other.column === reference.column,
    );
    if (shown >= 0) return { at: shown, collation };
  }
  return { at: hide(numberedText(structure, expr)), collation };
}

function collationOfResult(structure: SelectStructure, { expr, reference }: ResultColumnShape): string {
  if (reference) return columnAt(structure.sources[reference.source]!.columns, reference.column).collation;
  const inner = bare(expr!);
  if (inner.type === 'CollateExpr') return collationNamed(inner.collation);
  return collationOf(structure, inner);
}

/** In an expression an alias may mean a column of the result, where in the result itself it would not. */
function refuseAliases(structure: SelectStructure, expr: Expr): void {
  const aliases = new Set(structure.results.flatMap(({ alias }) => (alias === undefined ? [] : [asciiLower(alias)])));
  for (const node of nodesIn(expr)) {
    if (node.type !== 'Id' && node.type !== 'NameExpr') continue;
    const name = node.type === 'Id' ? (node as { name?: string }).name! : textOf(structure.sql, node);
    if (aliases.has(asciiLower(name))) throw new NotUnderstood(`an expression of ORDER BY uses the alias ${name}`);
  }
}

function countOf(expr: Expr, sql: string): Operand {
  const inner = bare(expr);
  if (inner.type === 'VariableExpr') return { parameter: parameterAt(sql, inner.span.offset) };
  if (inner.type === 'NumericLiteral' && /^\d{1,15}$/.test(inner.value)) return { value: Number(inner.value) };
  throw new NotUnderstood('its LIMIT is an expression');
}

/** The value of an operand among the parameters of a statement. */
export function operandValue(operand: Operand, params: readonly SqlValue[]): SqlValue {
  return 'parameter' in operand ? (params[operand.parameter - 1] ?? null) : operand.value;
}
