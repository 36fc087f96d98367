/** One SELECT of a statement: its tables, and what must hold of their rows. Names are resolved as SQLite does. */
import type { Expr, JoinedSelectTable, Select, SelectFrom, SelectTable } from 'sqlite3-parser';
import { asciiLower } from '../../model/ascii-case.ts';
import { conjuncts, type Node, nodesIn } from './expressions.ts';
import { columnNamed, isRowid, ownColumnNamed, type TableColumns } from './table-columns.ts';

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
  /** What stands in its place, where it is no base table. */
  readonly inner: InnerSelect | undefined;
}

/** A SELECT as it was written, and how names in it are looked up. */
export interface WrittenSelect {
  readonly select: Select;
  /** The text in which it stands. */
  readonly sql: string;
  /** What its columns are called, where that is not their own affair. */
  readonly names: readonly string[] | undefined;
  /** Tables that are named without a database are of this one; with undefined, of the first that has the name. */
  readonly database: string | undefined;
}

/** A SELECT that stands in FROM, as a subquery or by the name of a view, and shows rows of its own sources one by one. */
export interface InnerSelect {
  readonly written: WrittenSelect;
  /** Its columns: nothing but their names is known. */
  readonly columns: TableColumns;
  readonly core: SelectCore;
  /** What each of its columns is, where it is nothing but a column. */
  readonly shown: readonly ResultColumnShape['reference'][];
}

/** How names of tables are understood. */
export interface TableNames {
  /** The base table of this name; undefined for anything else. */
  baseTable(database: string | undefined, name: string): TableColumns | undefined;
  /** What stands in the place of a table of FROM that is no base table, where that can be looked into. */
  innerOf(table: SelectTable): InnerSelect | undefined;
  /** Nothing here is named `true` or `false`: where no column is meant, the numbers are. */
  readonly hasBooleans: boolean;
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
  /** The text in which it stands. */
  readonly sql: string;
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

/** A column of the result. */
export interface ResultColumnShape {
  readonly alias: string | undefined;
  readonly expr: Expr | undefined;
  /** Where it is nothing but a column. */
  readonly reference: { readonly source: number; readonly column: number } | undefined;
}

export interface SelectCore {
  readonly body: SelectFrom;
  readonly tables: TableNames;
  readonly sources: readonly Source[];
  readonly conditions: readonly Condition[];
  readonly merged: readonly MergedColumns[];
}

/** Why a query is not taken apart, in words. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}

/** Errors  {@link NotUnderstood} where it reads anything but what `tables` knows, or joins otherwise than by inner and left joins. */
export function coreOf(body: SelectFrom, sql: string, tables: TableNames): SelectCore {
  if (body.from?.select === undefined) throw new NotUnderstood('it reads no table');
  const sources: Source[] = [];
  const merged: MergedColumns[] = [];
  sources.push(sourceOf(body.from.select, tables, false, new Set()));
  for (const join of body.from.joins ?? []) addJoin(join, tables, sources, merged);

  const conditions: Condition[] = [];
  const add = (expr: Expr, leftJoin: number | undefined): void => {
    for (const part of conjuncts(expr)) conditions.push({ sql, leftJoin, ...namedIn(part, sources, tables) });
  };
  (body.from.joins ?? []).forEach(({ constraint }, index) => {
    if (constraint?.type === 'OnJoinConstraint')
      add(constraint.expr, sources[index + 1]!.isNullable ? index + 1 : undefined);
  });
  if (body.whereClause) add(body.whereClause, undefined);
  return { body, tables, sources, conditions, merged };
}

function namedIn(
  expr: Expr,
  sources: readonly Source[],
  tables: TableNames,
): Pick<Condition, 'expr' | 'references' | 'unknown'> {
  try {
    return { expr, references: referencesIn(expr, { sources, tables }), unknown: undefined };
  } catch (error) {
    if (!(error instanceof NotUnderstood)) throw error;
    return { expr, references: [], unknown: error.message };
  }
}

/** The conditions that speak of one source alone, and that each of its rows must meet to be in the result. */
export function conditionsOn({ sources, conditions }: SelectCore, source: number): Condition[] {
  const { isNullable } = sources[source]!;
  return conditions.filter(
    ({ references, leftJoin }) =>
      // What filters the right side of a LEFT JOIN is its own ON; what filters the others is everything else.
      leftJoin === (isNullable ? source : undefined) &&
      references.length > 0 &&
      references.every((reference) => reference.source === source),
  );
}

function addJoin(
  { operator, table, constraint }: JoinedSelectTable,
  tables: TableNames,
  sources: Source[],
  merged: MergedColumns[],
): void {
  const kind = operator.type === 'TypedJoinJoinOperator' ? (operator.joinType ?? joins.inner) : joins.inner;
  if (kind & joins.right) throw new NotUnderstood('it has a RIGHT or FULL JOIN');
  if (kind & joins.natural) throw new NotUnderstood('it has a NATURAL JOIN');
  const names = constraint?.type === 'UsingJoinConstraint' ? constraint.columns.map(({ text }) => text) : [];
  const source = sourceOf(table, tables, (kind & joins.left) !== 0, new Set(names.map(asciiLower)));
  sources.push(source);
  const right = sources.length - 1;
  for (const name of names) {
    // Never the rowid of a table that has no such column.
    const left = sources.findIndex(({ columns }) => ownColumnNamed(columns, name) !== undefined);
    const rightColumn = ownColumnNamed(source.columns, name);
    const leftColumn = sources[left] && ownColumnNamed(sources[left].columns, name);
    if (left === right || leftColumn === undefined || rightColumn === undefined)
      throw new NotUnderstood(`USING(${name}) is not understood`);
    merged.push({ left: { source: left, column: leftColumn }, right: { source: right, column: rightColumn } });
  }
}

function sourceOf(table: SelectTable, names: TableNames, isNullable: boolean, merged: ReadonlySet<string>): Source {
  const inner = names.innerOf(table);
  const columns = inner?.columns ?? baseColumnsOf(table, names);
  return { table, alias: aliasOf(table), columns, isNullable, merged, inner };
}

function aliasOf(table: SelectTable): string {
  const alias = 'alias' in table ? table.alias?.name.text : undefined;
  return alias ?? ('tblName' in table ? table.tblName.objName.text : '');
}

function baseColumnsOf(table: SelectTable, names: TableNames): TableColumns {
  if (table.type === 'SelectSelectTable' || table.type === 'SubSelectTable')
    throw new NotUnderstood('it has a subquery or a parenthesis in FROM');
  if (table.type === 'TableCallSelectTable')
    throw new NotUnderstood(`it reads the table-valued function ${table.tblName.objName.text}`);
  const { dbName, objName } = table.tblName;
  const columns = names.baseTable(dbName?.text, objName.text);
  if (columns === undefined)
    throw new NotUnderstood(`${objName.text} is a view, a virtual table, or a table that is not understood`);
  return columns;
}

/**
 * The columns that an expression names. Those inside subqueries are not looked at: names may mean other things there.
 *
 * Errors  {@link NotUnderstood} for a name that means anything else.
 */
export function referencesIn(
  root: unknown,
  { sources, tables }: Pick<SelectCore, 'sources' | 'tables'>,
): ColumnReference[] {
  const references: ColumnReference[] = [];
  for (const { node, name } of namesIn(root)) {
    const found = columnOf(name, sources);
    if (found) references.push({ ...found, node });
    else if (!isBoolean(name) || !tables.hasBooleans) throw new NotUnderstood(`${name.column} is no column`);
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

/** https://sqlite.org/lang_expr.html#booleanexpr: a column, and an alias of a column, of this name come first. */
export function isBoolean({ column, isPlain }: Pick<ColumnName, 'column' | 'isPlain'>): boolean {
  return isPlain && /^(true|false)$/i.test(column);
}

/** The columns that a SELECT shows. */
export function resultsOf({ body, sources, tables }: SelectCore): ResultColumnShape[] {
  return body.columns.flatMap((column): ResultColumnShape[] => {
    if (column.type === 'ExprResultColumn') {
      const { expr } = column;
      const isName = expr.type === 'Id' || expr.type === 'NameExpr' || expr.type === 'QualifiedExpr';
      const [reference] = isName ? referencesIn(expr, { sources, tables }) : [];
      return [{ alias: column.alias?.name.text, expr, reference }];
    }
    const isStar = column.type === 'StarResultColumn';
    const wanted = isStar ? undefined : asciiLower(column.table.text);
    return sources.flatMap(({ alias, columns: table, merged }, source) =>
      isStar || asciiLower(alias) === wanted
        ? table.columns.flatMap(({ name }, index) =>
            isStar && merged.has(asciiLower(name))
              ? []
              : [{ alias: undefined, expr: undefined, reference: { source, column: index } }],
          )
        : [],
    );
  });
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
  const allBy = (named: typeof columnNamed): { source: number; column: number }[] =>
    sources.flatMap(({ alias, columns }, source) => {
      const number = wanted === undefined || asciiLower(alias) === wanted ? named(columns, column) : undefined;
      return number === undefined ? [] : [{ source, column: number }];
    });
  // A rowid is meant where no table has a column of its name.
  const own = allBy(ownColumnNamed);
  // Whether a subquery has one is a matter of SQLite's version.
  if (own.length === 0 && isRowid(column) && sources.some(({ inner }) => inner !== undefined))
    throw new NotUnderstood(`${column} may be that of a subquery`);
  const [first, ...others] = own.length > 0 ? own : allBy(columnNamed);
  // Of columns that USING merged, the first is meant. https://sqlite.org/lang_select.html
  if (others.some(({ source }) => !sources[source]!.merged.has(asciiLower(column))))
    throw new NotUnderstood(`${column} may be a column of several tables`);
  return first;
}
