/** Makes queries with aggregates: of groups, or of all rows. */
import { parameter, predicate } from './predicate-generator.ts';
import { type QueryLimits, QueryScope } from './query-scope.ts';
import {
  type Comparison,
  type Core,
  type Fragment,
  fragment,
  type OrderTerm,
  phrase,
  type QueryTemplate,
  type ResultColumn,
} from './query-template.ts';
import type { Random } from './random.ts';
import { limitOf, pickStyle } from './row-queries.ts';
import type { Column, Schema } from './schema-model.ts';

export function groupQuery(random: Random, schema: Schema, limits: QueryLimits): QueryTemplate {
  const scope = new QueryScope(random, schema, limits);
  const keys = random.times(1, 2, () => groupKey(random, scope));
  const { columns: totals, mayFail } = aggregates(random, scope, 1);
  const shown = random.chance(0.9) ? keys : keys.slice(1);
  const columns: ResultColumn[] = [...shown.map((key, index) => ({ ...key, alias: `g${index}` })), ...totals];
  addConditions(random, scope);
  const having = random.chance(0.25) ? [havingOf(random, scope)] : [];
  const order = groupOrder(random, scope, keys);
  const limited = random.chance(order.length > 0 ? 0.3 : 0.04);
  settleBare(columns, [...having, ...order.map(({ means }) => means)]);
  return {
    ...grouped(random, scope, { columns, group: keys.map(({ sql, params }) => ({ sql, params })), having }),
    order,
    total:
      order.length >= keys.length &&
      order.slice(-keys.length).every(({ means }, index) => means.sql === keys[index]!.sql),
    ...(limited ? limitOf(random) : {}),
    ...(mayFail ? { mayFail } : {}),
  };
}

/** One row, of all rows. */
export function totalQuery(random: Random, schema: Schema, limits: QueryLimits): QueryTemplate {
  const scope = new QueryScope(random, schema, limits);
  const { columns, mayFail } = aggregates(random, scope, 1);
  addConditions(random, scope);
  // HAVING without GROUP BY keeps or drops the one row.
  const having = random.chance(0.08) ? [havingOf(random, scope)] : [];
  settleBare(columns, having);
  return {
    ...grouped(random, scope, { columns, group: [], having }),
    order: [],
    total: false,
    ...(mayFail ? { mayFail } : {}),
  };
}

function grouped(
  random: Random,
  scope: QueryScope,
  { columns, group, having }: Pick<Core, 'columns' | 'group' | 'having'>,
): Omit<QueryTemplate, 'order' | 'total'> {
  const core: Core = { distinct: false, columns, sources: scope.sources, where: scope.where, group, having };
  return {
    cores: [{ operator: '', core }],
    ranksOutside: false,
    style: pickStyle(random),
    ...scope.known,
  };
}

function addConditions(random: Random, scope: QueryScope): void {
  for (
    let count = random.weighted([
      [4, 0],
      [4, 1],
      [1, 2],
    ]);
    count > 0;
    count--
  )
    scope.addLocalCondition();
}

function groupKey(random: Random, scope: QueryScope): Fragment & { readonly comparison: Comparison } {
  const { sql, column } = scope.qualifiedColumn();
  return random.weighted<() => Fragment & { readonly comparison: Comparison }>([
    [6, () => ({ ...fragment(sql), comparison: comparisonOf(column) })],
    [1, () => ({ ...fragment(`lower(${sql})`), comparison: 'exact' })],
    [1, () => ({ ...fragment(`${sql} COLLATE NOCASE`), comparison: 'folded' })],
    [1, () => ({ ...fragment(`typeof(${sql})`), comparison: 'exact' })],
    [1, () => ({ ...fragment(`${sql} % 3`), comparison: 'folded' })],
  ])();
}

/** Which of several values that are equal to a column's collation stands for them is left open. */
export function comparisonOf({ kind, collation, strict }: Column): Comparison {
  if (collation !== 'BINARY') return 'folded';
  return kind === 'text' || (kind === 'integer' && strict) ? 'exact' : 'folded';
}

interface Aggregates {
  readonly columns: ResultColumn[];
  readonly mayFail?: true;
}

function aggregates(random: Random, scope: QueryScope, least: number): Aggregates {
  let mayFail = false;
  const keys = scope.keys();
  // Of what can be followed by arithmetic, most queries have nothing else.
  const rare = random.chance(0.35) ? 1.5 : 0;
  const columns = random.times(least, 3, (index): ResultColumn => {
    const { sql, column } = scope.qualifiedColumn();
    const alias = `n${index}`;
    const filter = random.chance(0.1) ? phrase` FILTER (WHERE ${predicate(random, [{ sql, column }])})` : fragment('');
    const aggregate = (text: string, comparison: Comparison): ResultColumn => ({
      ...phrase`${text}${filter}`,
      alias,
      comparison,
    });
    const sum = (): ResultColumn => {
      if (column.huge) mayFail = true;
      return aggregate(
        `${random.pick(['sum', 'sum', 'total', 'avg'])}(${random.chance(0.1) ? 'DISTINCT ' : ''}${sql})`,
        column.huge ? 'any' : 'real',
      );
    };
    return random.weighted<() => ResultColumn>([
      [5, () => aggregate('count(*)', 'exact')],
      [2, () => aggregate(`count(${sql})`, 'exact')],
      [1.5, () => aggregate(`count(DISTINCT ${sql})`, 'exact')],
      [5, sum],
      [4, () => aggregate(`${random.pick(['min', 'max'])}(${sql})`, comparisonOf(column))],
      [rare, () => aggregate(`sum(${sql} % 100)`, column.strict ? 'exact' : 'real')],
      [rare, () => aggregate(`group_concat(${sql}, '|')`, 'bag')],
      [keys ? rare : 0, () => aggregate(`group_concat(${sql}, '|' ORDER BY ${keys?.join(', ')})`, 'exact')],
      [rare / 2, () => aggregate(`count(*) + max(${sql} % 5)`, 'exact')],
    ])();
  });
  if (random.chance(0.06)) columns.push(...bare(random, scope, keys));
  return { columns, ...(mayFail ? { mayFail } : {}) };
}

/** A bare column beside min or max comes from the row that has it, which is one row where the key is asked for. */
function bare(random: Random, scope: QueryScope, keys: readonly string[] | undefined): ResultColumn[] {
  const { sql } = scope.qualifiedColumn();
  if (keys?.length !== 1) return [{ ...fragment(sql), alias: 'bare', comparison: 'any' }];
  return [
    { ...fragment(`${random.pick(['min', 'max'])}(${keys[0]})`), alias: 'edge', comparison: 'exact' },
    { ...fragment(sql), alias: 'bare', comparison: 'any' },
  ];
}

/** With the one min or max, a bare column is exact. https://sqlite.org/lang_select.html#bareagg */
function settleBare(columns: ResultColumn[], others: readonly Fragment[]): void {
  const edges = [...columns, ...others].filter(({ sql }) => /\b(min|max)\(/.test(sql));
  const at = columns.findIndex(({ alias }) => alias === 'bare');
  if (edges.length === 1 && columns.some(({ alias }) => alias === 'edge') && at >= 0) {
    columns[at] = { ...columns[at]!, comparison: 'exact' };
  }
}

function havingOf(random: Random, scope: QueryScope): Fragment {
  const { sql } = scope.qualifiedColumn();
  return random.weighted<() => Fragment>([
    [4, () => phrase`count(*) ${random.pick(['>', '>=', '=', '<'])} ${parameter(random, random.between(1, 3))}`],
    [1, () => phrase`max(${sql} COLLATE BINARY) > ${parameter(random, random.pick([1, 3, 'a']))}`],
    [1, () => fragment(`count(${sql}) = count(*)`)],
  ])();
}

function groupOrder(random: Random, scope: QueryScope, keys: readonly Fragment[]): OrderTerm[] {
  if (random.chance(0.35)) return [];
  const direction = (): string => random.pick(['', '', 'DESC', 'NULLS LAST']);
  const term = ({ sql, params }: Fragment): OrderTerm => ({
    text: { sql, params },
    means: { sql, params },
    direction: direction(),
  });
  const { sql } = scope.qualifiedColumn();
  const first = random.weighted<() => OrderTerm[]>([
    [4, () => []],
    [3, () => [term(fragment('count(*)'))]],
    [1, () => [term(fragment(`max(${sql} COLLATE BINARY)`))]],
    [1, () => [term(fragment(`count(DISTINCT ${sql})`))]],
  ])();
  return random.chance(0.8) ? [...first, ...keys.map(term)] : first;
}
