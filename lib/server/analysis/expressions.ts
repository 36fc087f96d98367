/** Walks the expressions of a parsed query. */
import type { Expr, Span } from 'sqlite3-parser';

/** Anything that the parser made. */
export interface Node {
  readonly type: string;
  readonly span: Span;
}

/** A node and all below it, the outermost first. `enter` says whether to go on below a node. */
export function* nodesIn(root: unknown, enter: (node: Node) => boolean = () => true): Generator<Node> {
  if (Array.isArray(root)) {
    for (const part of root) yield* nodesIn(part, enter);
    return;
  }
  if (!isNode(root)) return;
  yield root;
  if (!enter(root)) return;
  // The name of a function is the same kind of node as the name of a column.
  const isCall = root.type.startsWith('FunctionCall');
  for (const [name, part] of Object.entries(root)) if (!(isCall && name === 'name')) yield* nodesIn(part, enter);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** An expression without the parentheses around it. */
export function bare(expr: Expr): Expr {
  return expr.type === 'ParenthesizedExpr' && expr.exprs.length === 1 ? bare(expr.exprs[0]!) : expr;
}

/** The parts of an expression that must all hold. */
export function conjuncts(expr: Expr): Expr[] {
  const inner = bare(expr);
  return inner.type === 'BinaryExpr' && inner.op === 'And'
    ? [...conjuncts(inner.left), ...conjuncts(inner.right)]
    : [inner];
}

/** The text of a node. */
export function textOf(sql: string, { span }: { readonly span: Span }): string {
  return sql.slice(span.offset, span.offset + span.length);
}

export function endOf({ span }: { readonly span: Span }): number {
  return span.offset + span.length;
}

const subqueries = new Set(['ExistsExpr', 'InSelectExpr', 'InTableExpr', 'SubqueryExpr', 'Select']);

/** Whether a part reads more than the tables around it. A list as JSON does not. */
export function hasSubquery(root: unknown): boolean {
  for (const node of nodesIn(root, (inner) => !isJsonList(inner)))
    if (subqueries.has(node.type) && !isJsonList(node)) return true;
  return false;
}

const constants = new Set(['VariableExpr', 'StringLiteral', 'NumericLiteral', 'NullLiteral']);

/** `… IN (SELECT value FROM json_each(?))`, and nothing more in it: a list in one value. https://sqlite.org/json1.html#jeach */
export function isJsonList(node: Node): boolean {
  if (node.type !== 'InSelectExpr') return false;
  const { lhs, rhs } = node as Extract<Expr, { type: 'InSelectExpr' }>;
  const { select } = rhs;
  if (!hasOnly(rhs, ['select']) || select.type !== 'SelectFrom' || !hasOnly(select, ['columns', 'from'])) return false;
  const { columns, from } = select;
  if (columns.length !== 1 || from === undefined || !hasOnly(from, ['select'])) return false;
  const [column, table] = [columns[0]!, from.select];
  if (column.type !== 'ExprResultColumn' || !hasOnly(column, ['expr'])) return false;
  if (table?.type !== 'TableCallSelectTable' || !hasOnly(table, ['tblName', 'args'])) return false;
  const isEach = table.tblName.dbName === undefined && /^json_each$/i.test(table.tblName.objName.text);
  const isValue = column.expr.type === 'Id' && /^value$/i.test(column.expr.name);
  const isConstant = (table.args ?? []).every(({ type }) => constants.has(type));
  return isEach && isValue && isConstant && !hasSubquery(lhs);
}

/** Whether a node has these parts alone. */
function hasOnly(node: object, parts: readonly string[]): boolean {
  const known = new Set(['type', 'span', ...parts]);
  return Object.entries(node).every(([name, part]) => known.has(name) || part === undefined);
}
