/** One SELECT of a statement: its tables, and what must hold of their rows. Names are resolved as SQLite does. */
import type { Expr, JoinedSelectTable, SelectFrom, SelectTable } from 'sqlite3-parser';
import type { Schema } from '../schema.ts';
import { asciiLower } from './ascii-case.ts';
import { conjuncts, type Node, nodesIn } from './expressions.ts';
import { columnNamed, type TableColumns } from './table-columns.ts';

/** The bits of a join's type. */
const joins = { inner: 1, natural: 4, left: 8, right: 16 } as const;

/** One table of the FROM clause. */
export interface Source {
  readonly table: SelectTable;
  readonly alias: string;
  readonly columns: TableColumns;
  /** It is the right side of a LEFT JOIN: where nothing fits, its columns are NULL. */
  readonly isNullable: boolean;
  /** Its columns that USING merged with those of an earlier source. */
  readonly merged: ReadonlySet<string>;
}

/** A column of one source. */
export interface ColumnReference {
  readonly source: number;
  readonly column: number;
  readonly node: Node;
}

/** One of the parts of WHERE and ON that must hold. */
export interface Condition {
  readonly expr: Expr;
  readonly references: readonly ColumnReference[];
  /** The nullable source to whose LEFT JOIN it belongs: it filters that source alone. */
  readonly leftJoin: number | undefined;
  /** Why it is not known which columns it names, in words. It has no references then. */
  readonly unknown: string | undefined;
}

/** Two columns that USING makes equal. */
export interface MergedColumns {
  readonly left: { readonly source: number; readonly column: number };
  readonly right: { readonly source: number; readonly column: number };
}

export interface SelectCore {
  readonly body: SelectFrom;
  readonly sources: readonly Source[];
  readonly conditions: readonly Condition[];
  readonly merged: readonly MergedColumns[];
}

/** Why a query is not taken apart, in words. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}

/** Errors  {@link NotUnderstood} where it reads anything but base tables. */
export function coreOf(body: SelectCore['body'], schema: Schema): SelectCore {
  if (body.from?.select === undefined) throw new NotUnderstood('it reads no table');
  const sources: Source[] = [];
  const merged: MergedColumns[] = [];
  sources.push(sourceOf(body.from.select, schema, false, new Set()));
  for (const join of body.from.joins ?? []) addJoin(join, schema, sources, merged);

  const conditions: Condition[] = [];
  const add = (expr: Expr, leftJoin: number | undefined): void => {
    for (const part of conjuncts(expr)) conditions.push(conditionOf(part, leftJoin, sources));
  };
  (body.from.joins ?? []).forEach(({ constraint }, index) => {
    if (constraint?.type === 'OnJoinConstraint')
      add(constraint.expr, sources[index + 1]!.isNullable ? index + 1 : undefined);
  });
  if (body.whereClause) add(body.whereClause, undefined);
  return { body, sources, conditions, merged };
}

function conditionOf(expr: Expr, leftJoin: number | undefined, sources: readonly Source[]): Condition {
  try {
    return { expr, references: referencesIn(expr, sources), leftJoin, unknown: undefined };
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    return { expr, references: [], leftJoin, unknown: error.message };
  }
}

function addJoin(
  { operator, table, constraint }: JoinedSelectTable,
  schema: Schema,
  sources: Source[],
  merged: MergedColumns[],
): void {
  const kind = operator.type === 'TypedJoinJoinOperator' ? (operator.joinType ?? joins.inner) : joins.inner;
  if (kind & joins.right) throw new NotUnderstood('it has a RIGHT or FULL JOIN');
  if (kind & joins.natural) throw new NotUnderstood('it has a NATURAL JOIN');
  const names = constraint?.type === 'UsingJoinConstraint' ? constraint.columns.map(({ text }) => text) : [];
  const source = sourceOf(table, schema, (kind & joins.left) !== 0, new Set(names.map(asciiLower)));
  sources.push(source);
  const right = sources.length - 1;
  for (const name of names) {
    const left = sources.findIndex(({ columns }) => columnNamed(columns, name) !== undefined);
    const [leftColumn, rightColumn] = [columnNamed(sources[left]!.columns, name), columnNamed(source.columns, name)];
    if (left === right || leftColumn === undefined || rightColumn === undefined)
      throw new NotUnderstood(`USING(${name}) is not understood`);
    merged.push({ left: { source: left, column: leftColumn }, right: { source: right, column: rightColumn } });
  }
}

function sourceOf(table: SelectTable, schema: Schema, isNullable: boolean, merged: ReadonlySet<string>): Source {
  if (table.type === 'SelectSelectTable' || table.type === 'SubSelectTable')
    throw new NotUnderstood('it has a subquery or a parenthesis in FROM');
  if (table.type === 'TableCallSelectTable')
    throw new NotUnderstood(`it reads the table-valued function ${table.tblName.objName.text}`);
  const { dbName, objName } = table.tblName;
  const columns = schema.baseTable(dbName?.text, objName.text);
  if (columns === undefined)
    throw new NotUnderstood(`${objName.text} is a view, a virtual table, or a table that is not understood`);
  return { table, alias: table.alias?.name.text ?? objName.text, columns, isNullable, merged };
}

/** The columns that an expression names. Those inside subqueries are not looked at: names may mean other things there. */
export function referencesIn(root: unknown, sources: readonly Source[]): ColumnReference[] {
  const references: ColumnReference[] = [];
  for (const { node, name } of namesIn(root)) {
    const found = columnOf(name, sources);
    if (found) references.push({ ...found, node });
    else if (!isBoolean(name)) throw new NotUnderstood(`${name.column} is no column`);
  }
  return references;
}

/** The names in an expression, those inside subqueries left out. */
export function* namesIn(root: unknown): Generator<{ readonly node: Node; readonly name: ColumnName }> {
  for (const node of nodesIn(root, (inner) => inner.type !== 'Select')) {
    const name = nameOf(node as Expr);
    if (name) yield { node, name };
  }
}

/** What is a literal where no column has the name. */
function isBoolean({ column, isPlain }: ColumnName): boolean {
  return isPlain && /^(true|false)$/i.test(column);
}

export interface ColumnName {
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly column: string;
  readonly isPlain: boolean;
}

function nameOf(expr: Expr): ColumnName | undefined {
  switch (expr.type) {
    case 'Id':
      return { schema: undefined, table: undefined, column: expr.name, isPlain: true };
    case 'NameExpr':
      return { schema: undefined, table: undefined, column: expr.name.text, isPlain: true };
    case 'QualifiedExpr':
      return { schema: expr.schema?.text, table: expr.table.text, column: expr.column.text, isPlain: false };
    default:
      return undefined;
  }
}

/** The column that a name means; undefined where none of the sources has it. */
export function columnOf(
  { schema, table, column }: ColumnName,
  sources: readonly Source[],
): { source: number; column: number } | undefined {
  if (schema !== undefined) throw new NotUnderstood('it names a column with its schema');
  const wanted = table === undefined ? undefined : asciiLower(table);
  const found = sources.flatMap(({ alias, columns }, source) => {
    const number = wanted === undefined || asciiLower(alias) === wanted ? columnNamed(columns, column) : undefined;
    return number === undefined ? [] : [{ source, column: number }];
  });
  const [first, ...others] = found;
  // Of columns that USING merged, the first is meant. https://sqlite.org/lang_select.html
  if (others.some(({ source }) => !sources[source]!.merged.has(asciiLower(column))))
    throw new NotUnderstood(`${column} may be a column of several tables`);
  return first;
}
