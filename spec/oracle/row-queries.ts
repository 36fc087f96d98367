/** Makes queries whose rows are each made of rows of tables: filters, joins, orders, limits, subqueries. */
import { literal, quoted } from './literal.ts';
import { parameter, predicate } from './predicate-generator.ts';
import { type QueryLimits, QueryScope } from './query-scope.ts';
import {
  type Core,
  type Fragment,
  fragment,
  type OrderTerm,
  phrase,
  type QueryTemplate,
  type ResultColumn,
} from './query-template.ts';
import type { Random } from './random.ts';
import { keyExpressions, type Schema, tableReference, tablesOf } from './schema-model.ts';
import { valueBeside } from './value-generator.ts';

const styles = ['plain', 'plain', 'plain', 'plain', 'numbered', 'named', 'shared', 'literal'] as const;

export function pickStyle(random: Random): QueryTemplate['style'] {
  return random.pick(styles);
}

export function rowQuery(random: Random, schema: Schema, limits: QueryLimits): QueryTemplate {
  const scope = new QueryScope(random, schema, limits);
  const columns = resultColumns(random, scope);
  const conditions = random.weighted([
    [2, 0],
    [5, 1],
    [3, 2],
    [1, 3],
  ]);
  for (let i = 0; i < conditions; i++) {
    if (random.chance(0.85)) scope.addLocalCondition();
    else scope.addCondition();
  }
  if (random.chance(0.12)) addSubquery(random, schema, scope, columns);
  addAntiJoin(random, scope);
  addAliasCondition(random, scope, columns);
  const { order, total } = ordering(random, scope, columns);
  const limited = random.chance(order.length > 0 ? 0.4 : 0.06);
  const core: Core = { distinct: false, columns, sources: scope.sources, where: scope.where, group: [], having: [] };
  return {
    cores: [{ operator: '', core }],
    order,
    total,
    ranksOutside: false,
    ...(limited ? limitOf(random) : {}),
    style: pickStyle(random),
    ...scope.known,
  };
}

export function limitOf(random: Random): { limit: Fragment; offset?: Fragment; limitByComma?: true } {
  const amount = (value: number): Fragment => (random.chance(0.5) ? fragment('¤', value) : fragment(`${value}`));
  const limit = amount(
    random.weighted([
      [2, 1],
      [3, 3],
      [2, 5],
      [1, 10],
      [0.7, 25],
      [0.5, 0],
      [0.5, -1],
    ]),
  );
  return random.chance(0.35)
    ? {
        limit,
        ...(random.chance(0.2) ? { limitByComma: true as const } : {}),
        offset: amount(
          random.weighted([
            [2, 1],
            [2, 3],
            [0.5, 0],
            [0.5, 20],
            [0.3, -1],
          ]),
        ),
      }
    : { limit };
}

function resultColumns(random: Random, scope: QueryScope): ResultColumn[] {
  const exact = (made: Fragment, alias?: string): ResultColumn => ({
    ...made,
    comparison: 'exact',
    ...(alias === undefined ? {} : { alias }),
  });
  if (random.chance(0.2)) {
    scope.readsAll = true;
    if (random.chance(0.6)) return [exact(fragment('*'))];
    const { alias } = random.pick(scope.members);
    return [exact(fragment(`${alias}.*`)), exact(expression(random, scope), 'extra')];
  }
  const keys = scope.keys();
  const columns = random.times(1, 4, (index) => {
    if (random.chance(0.55)) {
      const { sql, column } = scope.column();
      // An alias may have the name of another column, or of another result.
      const alias = random.weighted([
        [6, undefined],
        [2, `c${index}`],
        [0.6, random.pick(['a', 'b', column.name, 'id'])],
      ]);
      return exact(fragment(sql), alias);
    }
    return exact(expression(random, scope), random.chance(0.85) ? `c${index}` : undefined);
  });
  if (keys && random.chance(0.5))
    columns.unshift(exact(fragment(random.pick(keys)), random.chance(0.3) ? 'key' : undefined));
  return columns;
}

export function expression(random: Random, scope: QueryScope): Fragment {
  const { sql, column } = scope.column();
  const value = (): Fragment => parameter(random, valueBeside(random, column));
  return random.weighted<() => Fragment>([
    [3, () => fragment(sql)],
    [2, () => phrase`${sql} ${random.pick(['+', '-', '*'])} ${fragment(literal(random.between(1, 3)))}`],
    [1, () => fragment(`${sql} || '-' || ${scope.column().sql}`)],
    [
      2,
      () =>
        fragment(`${random.pick(['lower', 'upper', 'length', 'typeof', 'hex', 'trim', 'quote', 'unicode'])}(${sql})`),
    ],
    [1, () => phrase`CASE WHEN ${sql} = ${value()} THEN 'yes' WHEN ${sql} IS NULL THEN NULL ELSE 0 END`],
    [1, () => fragment(`CAST(${sql} AS ${random.pick(['INTEGER', 'TEXT', 'REAL', 'BLOB'])})`)],
    [1, () => phrase`coalesce(${sql}, ${value()})`],
    [1, () => phrase`${sql} ${random.pick(['=', '>', '<>', 'IS'])} ${value()}`],
    [1, () => phrase`iif(${sql} > ${value()}, ${scope.column().sql}, ${value()})`],
    [1, () => fragment(`substr(${sql}, 1, 2)`)],
    [1, () => phrase`${value()}`],
    [0.5, () => fragment(`${sql} COLLATE NOCASE`)],
    [0.5, () => fragment(`json_array(length(${sql}), 1)`)],
  ])();
}

function ordering(
  random: Random,
  scope: QueryScope,
  columns: readonly ResultColumn[],
): { order: OrderTerm[]; total: boolean } {
  if (random.chance(0.25)) return { order: [], total: false };
  const direction = (): string =>
    random.weighted([
      [5, ''],
      [4, 'DESC'],
      [1, 'ASC'],
      [0.7, 'NULLS LAST'],
      [0.7, 'DESC NULLS FIRST'],
    ] as const);
  const order = random.times(0, 2, (): OrderTerm => {
    const numbered = columns.findIndex(({ sql }) => !/\*/.test(sql));
    if (random.chance(0.2) && numbered >= 0 && columns.every(({ sql }) => !sql.endsWith('*'))) {
      const at = random.between(0, columns.length - 1);
      const { alias, ...means } = columns[at]!;
      const text =
        alias !== undefined && isOnlyAlias(alias, columns) && random.chance(0.5) ? quoted(alias) : `${at + 1}`;
      return { text: fragment(text), means, direction: direction() };
    }
    const { sql } = scope.qualifiedColumn();
    const made = random.weighted<() => Fragment>([
      [6, () => fragment(sql)],
      [1, () => fragment(`${sql} COLLATE ${random.pick(['NOCASE', 'BINARY', 'RTRIM'])}`)],
      [1, () => fragment(`lower(${sql})`)],
      [1, () => phrase`${sql} = ${parameter(random, random.pick([1, 'a', 5]))}`],
      [1, () => fragment(`length(${sql})`)],
      [0.5, () => fragment(`+${sql}`)],
      [0.5, () => fragment(`(${sql})`)],
      [0.5, () => fragment(`-${sql}`)],
      [0.5, () => fragment(`CAST(${sql} AS TEXT)`)],
    ])();
    return { text: made, means: made, direction: direction() };
  });
  const keys = scope.keys();
  if (keys === undefined || random.chance(0.25)) return { order, total: false };
  const tiebreak = keys.map(
    (key): OrderTerm => ({ text: fragment(key), means: fragment(key), direction: random.pick(['', '', 'DESC']) }),
  );
  return { order: [...order, ...tiebreak], total: true };
}

function isOnlyAlias(alias: string, columns: readonly ResultColumn[]): boolean {
  return columns.filter((column) => column.alias?.toLowerCase() === alias.toLowerCase()).length === 1;
}

/** SQLite takes the alias of a result in WHERE, where no table has a column of that name. */
function addAliasCondition(random: Random, scope: QueryScope, columns: readonly ResultColumn[]): void {
  const alias = random.pick(columns).alias;
  if (alias === undefined || !/^c\d$/.test(alias) || random.chance(0.9)) return;
  scope.where.push(
    phrase`${alias} ${random.pick(['IS NOT', '>', '<>'])} ${parameter(random, random.pick([1, 'a', 5, null]))}`,
  );
  scope.isOpaque = true;
}

function addAntiJoin(random: Random, scope: QueryScope): void {
  const right = scope.members.find(({ join }) => join === 'LEFT JOIN');
  if (!right || random.chance(0.7)) return;
  const [key] = keyExpressions(right.table);
  if (key !== undefined) scope.where.push(fragment(`${right.alias}.${key} IS ${random.chance(0.8) ? '' : 'NOT '}NULL`));
}

/** A subquery in WHERE or as a result, of this or another table, often one that speaks of the outer row. */
function addSubquery(random: Random, schema: Schema, scope: QueryScope, columns: ResultColumn[]): void {
  scope.isOpaque = true;
  const table = random.pick(tablesOf(schema));
  scope.extraTables.push(...table.bases);
  const inner = table.columns.map((column) => ({ column, sql: `z.${quoted(column.name)}` }));
  const outer = scope.qualifiedColumn();
  const link = random.pick(inner).sql;
  const from = `FROM ${tableReference(table)} AS z WHERE`;
  const correlated = fragment(`${link} = ${outer.sql}`);
  const condition = random.weighted<() => Fragment>([
    [4, () => correlated],
    [3, () => phrase`${correlated} AND ${predicate(random, inner)}`],
    [3, () => predicate(random, inner)],
  ])();
  const [key] = keyExpressions(table);
  const value = random.pick(inner).sql;
  random.weighted<() => void>([
    [3, () => scope.where.push(phrase`${random.pick(['', 'NOT '])}EXISTS (SELECT 1 ${from} ${condition})`)],
    [
      3,
      () =>
        scope.where.push(
          phrase`${outer.sql} ${random.pick(['IN', 'NOT IN'])} (SELECT ${value} ${from} ${predicate(random, inner)})`,
        ),
    ],
    [
      2,
      () => columns.push({ ...phrase`(SELECT count(*) ${from} ${condition})`, alias: 'amount', comparison: 'exact' }),
    ],
    [
      2,
      () =>
        columns.push({
          ...phrase`(SELECT ${value} ${from} ${condition} ORDER BY z.${key!} LIMIT 1)`,
          alias: 'first',
          comparison: 'exact',
        }),
    ],
    [1, () => scope.where.push(phrase`${outer.sql} >= (SELECT min(z.${key!}) ${from} ${condition})`)],
  ])();
}
