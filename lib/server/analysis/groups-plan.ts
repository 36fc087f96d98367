/** Results of GROUP BY, and of aggregates over all rows: only the groups that a changed row belongs to are made anew. */
import type { Expr } from 'sqlite3-parser';
import type { Schema } from '../schema.ts';
import { bare, hasSubquery, type Node, nodesIn, textOf } from './expressions.ts';
import { extendedQuery } from './extended-query.ts';
import { collationOf, numberedText, orderOf, resultMeant, windowOf } from './result-order.ts';
import { filterCondition, functionName, isAggregateCall, usesKnownCollations } from './row-filter.ts';
import { type OrderedPlan, refuseChanging } from './rows-plan.ts';
import { type RunningTotals, runningTotalsOf, type ShownTerm } from './running-totals.ts';
import { type ColumnReference, NotUnderstood } from './select-core.ts';
import type { SelectStructure } from './select-structure.ts';
import { columnAt } from './table-columns.ts';

/** One expression of GROUP BY. */
export interface GroupTerm {
  /** Where its value stands in a row of the result. */
  readonly at: number;
  readonly collation: string;
}

/** Where a changed row has the value of a term: in a column, or in an expression over {@link rowName}. */
export type GroupValue = { readonly column: number } | { readonly sql: string; readonly columns: readonly number[] };

/** How the groups of a changed row are found. */
export interface GroupsOfSource {
  readonly table: string;
  /** One for each term; undefined where the row alone does not tell. */
  readonly values: readonly GroupValue[] | undefined;
}

export interface GroupsPlan extends OrderedPlan {
  readonly kind: 'groups';
  readonly terms: readonly GroupTerm[];
  readonly sources: readonly GroupsOfSource[];
  /** How counts and sums follow from the changed rows; undefined where a group is always read again. */
  readonly totals: RunningTotals | undefined;
  /** The rows of `count` groups: the values of their terms follow the parameters of the query. */
  forGroups(count: number): string;
}

/** Aggregates that give the same in whichever order the rows of a group come. */
const orderless = new Set(['count', 'sum', 'total', 'avg', 'min', 'max']);

/** The plan of a query that has groups; undefined for one that has none. Errors  {@link NotUnderstood}. */
export function groupsPlanOf(structure: SelectStructure, schema: Schema): GroupsPlan | undefined {
  const { body, select, sources } = structure;
  const aggregates = [...nodesIn([body.columns, body.having, select.orderBy])].filter((node) =>
    isAggregateCall(node, schema),
  );
  if (aggregates.length === 0 && !body.groupBy?.length) return undefined;
  if (body.distinctness === 'Distinct') throw new NotUnderstood('it is DISTINCT');
  if (hasSubquery([body, select.orderBy, select.limit])) throw new NotUnderstood('it has a subquery');
  for (const node of aggregates) refuseAggregate(node, schema);
  for (const node of nodesIn([body, select.orderBy]))
    if (node.type === 'WindowDef') throw new NotUnderstood('it has a window function');
  refuseChanging(structure, schema);

  const expressions = (body.groupBy ?? []).map((expr) => groupExpression(structure, bare(expr)));
  const references = expressions.map((expr) => groupReference(structure, expr));
  refuseBareColumns(structure, references, schema);

  const hidden: string[] = [];
  const width = structure.results.length;
  const hide = (sql: string): number => width + hidden.push(sql) - 1;
  const order = orderOf(structure, schema, hide);
  const terms = expressions.map(
    (expr): GroupTerm => ({ at: hide(numberedText(structure, expr)), collation: collationOf(structure, expr) }),
  );
  for (const { collation } of terms)
    if (!schema.collations.has(collation)) throw new NotUnderstood(`it groups by the collation ${collation}`);
  const isOrderHeld = order.every(({ at }) => at < width);
  const totals = isOrderHeld
    ? runningTotalsOf(structure, schema, shownAs(structure, expressions, references), hide)
    : undefined;
  if (terms.length === 0 && totals === undefined) throw new NotUnderstood('it is an aggregate over all rows');
  const window = windowOf(structure);
  const query = extendedQuery(structure, hidden, false);
  const conditions = expressions.map((expr) => `(${numberedText(structure, expr)})`);
  const texts = new Map<number, string>();
  return {
    kind: 'groups',
    width,
    hidden: hidden.length,
    order,
    window,
    whole: query.whole,
    isCut: false,
    terms,
    totals,
    sources: sources.map(({ columns }, source) => ({
      table: columns.table,
      values: groupValues(structure, schema, expressions, references, source),
    })),
    columnsOf: () => [],
    forGroups: (count) => {
      const known = texts.get(count);
      if (known !== undefined) return known;
      const text = query.restricted(groupCondition(conditions, count, query.nextParameter));
      texts.set(count, text);
      return text;
    },
  };
}

function groupCondition(terms: readonly string[], count: number, firstParameter: number): string {
  return Array.from({ length: count }, (_, group) =>
    terms.map((term, index) => `${term} IS ?${firstParameter + group * terms.length + index}`).join(' AND '),
  )
    .map((condition) => `(${condition})`)
    .join(' OR ');
}

/** GROUP BY may name a column of the result by its number, or, where no table has such a column, by its alias. */
function groupExpression(structure: SelectStructure, expr: Expr): Expr {
  const isNumber = expr.type === 'NumericLiteral';
  const isColumn = !isNumber && namesColumn(structure, expr);
  const meant = isColumn ? undefined : resultMeant(structure, expr);
  if (meant === undefined) return expr;
  const result = structure.results[meant]?.expr;
  if (result === undefined) throw new NotUnderstood('GROUP BY names a column of *');
  return bare(result);
}

function namesColumn(structure: SelectStructure, expr: Expr): boolean {
  try {
    return structure.referencesIn(expr).length > 0;
  } catch (error) {
    if (error instanceof NotUnderstood) return false;
    throw error;
  }
}

/** How a term of a collation without doubt shows in the result; undefined for one of which SQLite may show either form. */
function shownAs(
  structure: SelectStructure,
  expressions: readonly Expr[],
  references: readonly (ColumnReference | undefined)[],
): (ShownTerm | undefined)[] {
  return expressions.map((expr, term) =>
    collationOf(structure, expr) === 'BINARY'
      ? { column: references[term]?.column, text: textOf(structure.sql, expr) }
      : undefined,
  );
}

/** The column that a term is. */
function groupReference(structure: SelectStructure, expr: Expr): ColumnReference | undefined {
  const references = structure.referencesIn(expr);
  if (references.some(({ source }) => structure.sources[source]!.isNullable))
    throw new NotUnderstood('it groups by the right side of a LEFT JOIN');
  return references.length === 1 && references[0]!.node === expr ? references[0] : undefined;
}

function refuseAggregate(node: Node, schema: Schema): void {
  const name = functionName(node);
  if (!schema.functions.builtIn.has(name)) throw new NotUnderstood(`${name}() is no function of SQLite`);
  if (!orderless.has(name)) throw new NotUnderstood(`${name}() may depend on the order of its rows`);
  const { filterOver } = node as { filterOver?: { overClause?: unknown } };
  if (filterOver?.overClause) throw new NotUnderstood('it has a window function');
}

/** A column outside of the aggregates that the group does not fix comes from whichever row SQLite likes. */
function refuseBareColumns(
  structure: SelectStructure,
  groups: readonly (ColumnReference | undefined)[],
  schema: Schema,
): void {
  const { results, body, select, sources } = structure;
  const isFixed = ({ source, column }: { source: number; column: number }): boolean => {
    const grouped = groups.filter((group) => group?.source === source).map((group) => group!.column);
    const { key } = sources[source]!.columns;
    return grouped.includes(column) || (key.length > 0 && key.every((part) => grouped.includes(part)));
  };
  const groupTexts = new Set(
    (body.groupBy ?? []).map((expr) => textOf(structure.sql, groupExpression(structure, bare(expr)))),
  );
  for (const { expr, reference } of results) {
    if (expr && groupTexts.has(textOf(structure.sql, bare(expr)))) continue;
    const outside = reference ? [reference] : outsideAggregates(structure, expr, schema);
    if (!outside.every(isFixed)) throw new NotUnderstood('it shows a column that its groups do not fix');
  }
  for (const root of [body.having, select.orderBy]) {
    for (const node of outerNodes(root, schema)) {
      if (node.type !== 'Id' && node.type !== 'NameExpr' && node.type !== 'QualifiedExpr') continue;
      if (resultMeant(structure, node as Expr) !== undefined && !namesColumn(structure, node as Expr)) continue;
      if (!structure.referencesIn(node).every(isFixed))
        throw new NotUnderstood('it uses a column that its groups do not fix');
    }
  }
}

function outsideAggregates(structure: SelectStructure, root: unknown, schema: Schema): ColumnReference[] {
  return [...outerNodes(root, schema)].flatMap((node) =>
    node.type === 'Id' || node.type === 'NameExpr' || node.type === 'QualifiedExpr' ? structure.referencesIn(node) : [],
  );
}

function outerNodes(root: unknown, schema: Schema): Generator<Node> {
  return nodesIn(root, (node) => !isAggregateCall(node, schema));
}

/** For each term, where a row of a source has its value, in every row of the join that it is in. */
function groupValues(
  structure: SelectStructure,
  schema: Schema,
  expressions: readonly Expr[],
  references: readonly (ColumnReference | undefined)[],
  source: number,
): readonly GroupValue[] | undefined {
  const values = expressions.map((expr, term): GroupValue | undefined => {
    const reference = references[term];
    if (reference === undefined) return expressionValue(structure, schema, expr, source);
    const column = columnEqualTo(structure, reference, source);
    return column === undefined ? undefined : { column };
  });
  return values.every((value) => value !== undefined) ? (values as GroupValue[]) : undefined;
}

function expressionValue(
  structure: SelectStructure,
  schema: Schema,
  expr: Expr,
  source: number,
): GroupValue | undefined {
  const references = structure.referencesIn(expr);
  const isOwn = references.length > 0 && references.every((reference) => reference.source === source);
  const { columns } = structure.sources[source]!;
  if (!isOwn || !usesKnownCollations({ expr, references }, columns, schema)) return undefined;
  const { sql, parameters } = filterCondition({ expr, references, sql: structure.sql }, columns);
  if (parameters.length > 0) return undefined;
  return { sql, columns: references.map(({ column }) => column) };
}

function columnEqualTo(
  { conditions, merged, sources }: SelectStructure,
  group: ColumnReference,
  source: number,
): number | undefined {
  if (group.source === source) return group.column;
  const pairs = [
    ...merged.map(({ left, right }) => [left, right] as const),
    ...conditions.flatMap(({ expr, references, leftJoin }) => {
      const [one, other] = references;
      const isPlain =
        // The ON of another LEFT JOIN does not hold for all rows.
        (leftJoin === undefined || leftJoin === source) &&
        expr.type === 'BinaryExpr' &&
        expr.op === 'Equals' &&
        references.length === 2 &&
        [bare(expr.left), bare(expr.right)].every((side) => side === one!.node || side === other!.node);
      return isPlain ? [[one!, other!] as const] : [];
    }),
  ];
  for (const [one, other] of pairs) {
    for (const [here, there] of [
      [one, other],
      [other, one],
    ] as const) {
      if (here.source !== group.source || here.column !== group.column || there.source !== source) continue;
      const [a, b] = [
        columnAt(sources[group.source]!.columns, here.column),
        columnAt(sources[source]!.columns, there.column),
      ];
      // Values that are equal after a conversion need not be the same.
      if (a.affinity === b.affinity && a.collation === b.collation) return there.column;
    }
  }
  return undefined;
}
