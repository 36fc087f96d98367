/** The part of a query's conditions that speaks of one table alone: it tells whether a changed row can concern the query. */
import type { Expr } from 'sqlite3-parser';
import type { Schema } from '../schema.ts';
import type { StatementText } from '../sql-text.ts';
import { variablesOf } from '../sql-text.ts';
import { collationNamed } from './collations.ts';
import { bare, endOf, hasSubquery, nodesIn, textOf } from './expressions.ts';
import { type Condition, conditionsOn, type SelectCore } from './select-core.ts';
import { type Column, columnAt, columnSql, type TableColumns } from './table-columns.ts';
import { edited, type TextEdit } from './text-edits.ts';

/** What a column is compared with: a parameter, numbered from 1, or a value that stands in the text. */
export type Operand = { readonly parameter: number } | { readonly value: string | number | bigint | null };

/** `column = operand`, `column IS operand` or `column IN (operands)`. */
export interface Equality {
  readonly column: number;
  readonly of: Column;
  readonly operands: readonly Operand[];
  /** NULL equals NULL. */
  readonly isIs: boolean;
}

/** The conditions of one use of a table. */
export interface RowFilter {
  readonly table: TableColumns;
  /** Those that an index can look up: any number with one operand each, or one with several. */
  readonly equalities: readonly Equality[];
  /** All other conditions. */
  readonly rest: readonly FilterCondition[];
  /** All conditions: where a value cannot be looked up, they are asked one and all. */
  readonly every: readonly FilterCondition[];
  /** The columns that all of these name. */
  readonly columns: readonly number[];
  /** How many conditions these are. */
  readonly conditions: number;
  /** All conditions, as they were written. */
  readonly text: string;
}

/** A condition to evaluate over a row. */
export interface FilterCondition {
  /** With columns of `changed_row`, and its parameters as `parameter_N` of `query_parameters`. */
  readonly sql: string;
  readonly parameters: readonly number[];
}

/** The names that {@link FilterCondition.sql} uses. */
export const rowName = 'changed_row';
export const parametersName = 'query_parameters';

/** Functions and literals whose value is not the same each time, or that this connection alone knows. */
export function isDeterministic(root: unknown, schema: Schema): boolean {
  for (const node of nodesIn(root)) {
    if (node.type === 'FunctionCallStarExpr' && !isAggregateCall(node, schema)) return false;
    if (node.type === 'FunctionCallExpr' && !isAggregateCall(node, schema)) {
      if (!schema.functions.deterministic.has(functionName(node))) return false;
    }
    if (/^Current(Date|Time|Timestamp)Literal$/.test(node.type)) return false;
    if (node.type === 'LikeExpr') {
      const { op } = node as Extract<Expr, { type: 'LikeExpr' }>;
      if (op === 'Match' || op === 'Regexp' || !schema.functions.deterministic.has(op.toLowerCase())) return false;
    }
    if (node.type === 'RaiseExpr') return false;
  }
  return true;
}

export function functionName(node: object): string {
  return (node as { name: { name: string } }).name.name.toLowerCase();
}

/** Whether a call is of an aggregate. `min` and `max` are scalar with several arguments. */
export function isAggregateCall(node: object, schema: Schema): boolean {
  const { type, args } = node as { type: string; args?: readonly unknown[] };
  if (type !== 'FunctionCallExpr' && type !== 'FunctionCallStarExpr') return false;
  const name = functionName(node);
  return schema.functions.aggregates.has(name) && !((name === 'min' || name === 'max') && (args?.length ?? 0) > 1);
}

/** The filter of one source of a SELECT, which is a base table; undefined where no condition speaks of it alone. */
export function rowFilterOf(core: SelectCore, source: number, schema: Schema): RowFilter | undefined {
  const { columns: table } = core.sources[source]!;
  const own = conditionsOn(core, source).filter(
    (condition) =>
      !hasSubquery(condition.expr) &&
      isDeterministic(condition.expr, schema) &&
      usesKnownCollations(condition, table, schema),
  );
  if (own.length === 0) return undefined;
  const found = own.map((condition) => ({ condition, equality: equalityOf(condition, table) }));
  const inSql = ({ condition }: (typeof found)[number]): FilterCondition => filterCondition(condition, table);
  const single = found.filter(({ equality }) => equality?.operands.length === 1);
  const indexed = single.length > 0 ? single : found.filter(({ equality }) => equality !== undefined).slice(0, 1);
  return {
    table,
    equalities: indexed.map(({ equality }) => equality!),
    rest: found.filter((part) => !indexed.includes(part)).map(inSql),
    every: found.map(inSql),
    columns: [...new Set(own.flatMap(({ references }) => references.map(({ column }) => column)))],
    conditions: own.length,
    text: own.map(({ expr, sql }) => textOf(sql, expr)).join(' AND '),
  };
}

/** The parameters of a statement by where they stand. */
export function parameterAt(sql: string, offset: number): number {
  return variablesOf(sql).find((variable) => variable.offset === offset)!.number;
}

/** All parameters of a text, as edits that number them. */
export function numberedParameters(sql: StatementText['sql'], name = (number: number) => `?${number}`): TextEdit[] {
  return variablesOf(sql).map(({ offset, length, number }) => ({ offset, length, text: name(number) }));
}

/** Whether all that it compares is compared as another connection would, which has no collations of the application. */
export function usesKnownCollations(
  { expr, references }: Pick<Condition, 'expr' | 'references'>,
  table: TableColumns,
  { collations }: Schema,
): boolean {
  for (const node of nodesIn(expr)) {
    if (node.type === 'CollateExpr') {
      const { collation } = node as Extract<Expr, { type: 'CollateExpr' }>;
      if (!collations.has(collationNamed(collation))) return false;
    }
  }
  return references.every(({ column }) => collations.has(columnAt(table, column).collation));
}

function equalityOf({ expr, references, sql }: Condition, table: TableColumns): Equality | undefined {
  if (references.length !== 1) return undefined;
  const { column, node } = references[0]!;
  const of = columnAt(table, column);
  const sides = sidesOf(expr);
  if (sides === undefined) return undefined;
  const { left, right, isIs, isList } = sides;
  if (bare(left) !== node && (isList || right.length !== 1 || bare(right[0]!) !== node)) return undefined;
  const others = bare(left) === node ? right : [left];
  const operands = others.map((other) => operandOf(bare(other), sql));
  return operands.every((operand) => operand !== undefined)
    ? { column, of, operands: operands as Operand[], isIs }
    : undefined;
}

function sidesOf(expr: Expr): { left: Expr; right: readonly Expr[]; isIs: boolean; isList: boolean } | undefined {
  if (expr.type === 'BinaryExpr' && (expr.op === 'Equals' || expr.op === 'Is'))
    return { left: expr.left, right: [expr.right], isIs: expr.op === 'Is', isList: false };
  if (expr.type === 'IsNullExpr')
    return { left: expr.expr, right: [{ type: 'NullLiteral', span: expr.span }], isIs: true, isList: false };
  if (expr.type === 'InListExpr' && !expr.not)
    return { left: expr.lhs, right: expr.rhs ?? [], isIs: false, isList: true };
  return undefined;
}

function operandOf(expr: Expr, sql: string): Operand | undefined {
  switch (expr.type) {
    case 'VariableExpr':
      return { parameter: parameterAt(sql, expr.span.offset) };
    case 'StringLiteral':
      return { value: expr.value };
    case 'NullLiteral':
      return { value: null };
    case 'NumericLiteral':
      return /^\d{1,15}$/.test(expr.value) ? { value: Number(expr.value) } : undefined;
    default:
      return undefined;
  }
}

/** Rewrites a condition so that it can be asked of a row that is not in its table. */
export function filterCondition(
  { expr, references, sql }: Pick<Condition, 'expr' | 'references' | 'sql'>,
  table: TableColumns,
): FilterCondition {
  const [start, end] = [expr.span.offset, endOf(expr)];
  const parameters = numberedParameters(sql, parameterSql);
  const inside = variablesOf(sql).filter(({ offset }) => offset >= start && offset < end);
  const columns = references.map(
    ({ column, node }): TextEdit => ({
      offset: node.span.offset,
      length: node.span.length,
      text: `${rowName}.${columnSql(table, column)}`,
    }),
  );
  return {
    sql: edited(sql, [...parameters, ...columns], start, end),
    parameters: [...new Set(inside.map(({ number }) => number))],
  };
}

/** A parameter has neither affinity nor collation, and a column has both: a function's result has neither. */
function parameterSql(number: number): string {
  return `ifnull(${parametersName}.parameter_${number}, NULL)`;
}
