/** Makes queries around queries: distinct rows, compounds, windows, common tables, subqueries in FROM. */
import { comparisonOf } from './group-queries.ts';
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
import { limitOf, pickStyle } from './row-queries.ts';
import { keyExpressions, type Schema, type Table, tableReference, tablesOf } from './schema-model.ts';

export function distinctQuery(random: Random, schema: Schema, limits: QueryLimits): QueryTemplate {
  const { core, scope } = plainCore(random, schema, limits, random.between(1, 2), true);
  return {
    cores: [{ operator: '', core }],
    ...outerOrder(random, core.columns.length),
    style: pickStyle(random),
    ...scope.known,
  };
}

export function compoundQuery(random: Random, schema: Schema): QueryTemplate {
  const width = random.between(1, 2);
  const parts = random.times(2, 3, (index) => ({
    operator: index === 0 ? '' : random.pick(['UNION', 'UNION ALL', 'UNION ALL', 'EXCEPT', 'INTERSECT']),
    ...plainCore(random, schema, { mostSources: 1 }, width, false),
  }));
  return {
    cores: parts.map(({ operator, core }) => ({ operator, core })),
    ...outerOrder(random, width),
    style: pickStyle(random),
    tables: [...new Set(parts.flatMap(({ scope }) => scope.tables))],
    readsAreKnown: parts.every(({ scope }) => scope.known.readsAreKnown),
    exact: parts.every(({ scope }) => scope.known.exact),
  };
}

export function windowQuery(random: Random, schema: Schema): QueryTemplate {
  const { core, scope } = plainCore(random, schema, { mostSources: 1 }, 1, false);
  const [one, two] = [scope.qualifiedColumn(), scope.qualifiedColumn()];
  scope.isOpaque = true;
  const keys = scope.keys();
  const within = random.chance(0.6) ? `PARTITION BY ${one.sql} ` : '';
  // Only with a key is it settled which row comes first.
  const ordered = `${within}ORDER BY ${[two.sql, ...(keys ?? [])].join(', ')}`;
  const column = (sql: string, comparison: ResultColumn['comparison'] = 'exact'): ResultColumn => ({
    ...fragment(sql),
    alias: 'w',
    comparison,
  });
  const ofPeers = [
    column(`rank() OVER (${within}ORDER BY ${two.sql})`),
    column(`dense_rank() OVER (ORDER BY ${one.sql} DESC)`),
    column(`count(*) OVER (${within.trim()})`),
    ...(one.column.huge ? [] : [column(`sum(${one.sql}) OVER (${within}ORDER BY ${two.sql})`, 'real')]),
  ];
  const ofRows = [
    column(`row_number() OVER (${ordered})`),
    column(`lag(${one.sql}) OVER (${ordered})`),
    column(`first_value(${one.sql}) OVER (${ordered} ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`),
  ];
  const made = random.pick(keys ? [...ofPeers, ...ofRows] : ofPeers);
  return {
    cores: [{ operator: '', core: { ...core, columns: [...core.columns, made], sources: scope.sources } }],
    ...outerOrder(random, core.columns.length),
    style: pickStyle(random),
    ...scope.known,
  };
}

export function commonTableQuery(random: Random, schema: Schema): QueryTemplate {
  if (random.chance(0.3)) return recursiveQuery(random, schema);
  const { inner, table } = innerQuery(random, schema);
  const columns = [result('c.x', 'folded'), result('c.y', 'folded')];
  const hint = random.pick(['', '', 'MATERIALIZED ', 'NOT MATERIALIZED ']);
  const twice = random.chance(0.3);
  const core: Core = {
    ...emptyCore(columns),
    sources: [
      source('c'),
      ...(twice
        ? [{ ...source('c AS d'), join: random.pick(['JOIN', 'LEFT JOIN']), on: [fragment('c.x = d.y')] }]
        : []),
    ],
    where: random.chance(0.5) ? [phrase`c.x IS NOT ${parameter(random, 'a')}`] : [],
  };
  return {
    prefix: phrase`WITH c (x, y) AS ${hint}(${inner})`,
    cores: [{ operator: '', core }],
    ...outerOrder(random, 2),
    style: pickStyle(random),
    tables: table.bases,
  };
}

export function derivedQuery(random: Random, schema: Schema): QueryTemplate {
  const { inner, table } = innerQuery(random, schema);
  const other = random.pick(tablesOf(schema));
  const joins = random.chance(0.5);
  const column = random.pick(other.columns);
  const joinedSource = {
    ...source(`${tableReference(other)} AS p`),
    join: random.pick(['JOIN', 'LEFT JOIN']),
    on: [fragment(`p.${quoted(column.name)} = c.x`)],
  };
  const columns = [
    result('c.x', 'folded'),
    joins ? result(`p.${quoted(column.name)}`, 'exact') : result('c.y', 'folded'),
  ];
  const derived = random.chance(0.5)
    ? phrase`(${inner}) AS c`
    : phrase`(SELECT * FROM (SELECT 0 AS x, 0 AS y WHERE 0) UNION ALL ${inner}) AS c`;
  const condition = (): Fragment =>
    phrase`c.${random.pick(['x', 'y'])} ${random.pick(['IS NOT', '=', '>'])} ${parameter(random, random.pick([5, 1, 'a']))}`;
  const core: Core = {
    ...emptyCore(columns),
    sources: [{ ...derived, join: '' }, ...(joins ? [joinedSource] : [])],
    where: random.chance(0.6) ? [condition()] : [],
  };
  return {
    cores: [{ operator: '', core }],
    ...outerOrder(random, 2),
    style: pickStyle(random),
    tables: [...new Set([...table.bases, ...(joins ? other.bases : [])])],
  };
}

/** A walk from row to row, or a count of rows beside a series. */
function recursiveQuery(random: Random, schema: Schema): QueryTemplate {
  const table = random.pick(tablesOf(schema));
  const [from, to] = [random.pick(table.columns), random.pick(table.columns)].map(({ name }) => `z.${quoted(name)}`);
  const name = tableReference(table);
  const walk = random.chance(0.6);
  const start = parameter(random, random.pick([1, 2, 5, 'a']));
  const step = `SELECT ${to}, c.y + 1 FROM c JOIN ${name} AS z ON ${from} = c.x WHERE c.y < 4`;
  const inner = walk
    ? phrase`SELECT ${start}, 0 UNION ${step}`
    : fragment(
        `SELECT 1, (SELECT count(*) FROM ${name}) UNION ALL SELECT x + 1, y FROM c WHERE x < ${literal(random.between(1, 5))}`,
      );
  return {
    prefix: phrase`WITH RECURSIVE c (x, y) AS (${inner})`,
    cores: [
      {
        operator: '',
        core: { ...emptyCore([result('c.x', 'folded'), result('c.y', 'exact')]), sources: [source('c')] },
      },
    ],
    ...outerOrder(random, 2),
    style: pickStyle(random),
    tables: table.bases,
  };
}

/** Two columns of one table, perhaps grouped, or the first rows of an order. */
function innerQuery(random: Random, schema: Schema): { inner: Fragment; table: Table } {
  const table = random.pick(tablesOf(schema));
  const [one, two] = [random.pick(table.columns), random.pick(table.columns)].map(({ name }) => quoted(name));
  const name = tableReference(table);
  const where = predicate(
    random,
    table.columns.map((column) => ({ column, sql: quoted(column.name) })),
  );
  const inner = random.weighted<() => Fragment>([
    [3, () => phrase`SELECT ${one!} AS x, ${two!} AS y FROM ${name} WHERE ${where}`],
    [2, () => fragment(`SELECT ${one} COLLATE BINARY AS x, count(*) AS y FROM ${name} GROUP BY ${one} COLLATE BINARY`)],
    [
      1,
      () =>
        phrase`SELECT * FROM (SELECT ${one!} AS x, ${two!} AS y FROM ${name} ORDER BY ${two!} DESC, ${keyExpressions(table).join(', ')} LIMIT ${parameter(random, 3)})`,
    ],
  ])();
  return { inner, table };
}

function plainCore(
  random: Random,
  schema: Schema,
  limits: QueryLimits,
  width: number,
  distinct: boolean,
): { core: Core; scope: QueryScope } {
  const scope = new QueryScope(random, schema, limits);
  const columns = Array.from({ length: width }, (_, index): ResultColumn => {
    const { sql, column } = scope.qualifiedColumn();
    return { ...fragment(sql), alias: `c${index}`, comparison: comparisonOf(column) };
  });
  for (let count = random.between(0, 2); count > 0; count--) scope.addLocalCondition();
  return { core: { ...emptyCore(columns), distinct, sources: scope.sources, where: scope.where }, scope };
}

/** An order of the result's own columns. With a collation of its own, it means the same outside. */
function outerOrder(
  random: Random,
  width: number,
): Pick<QueryTemplate, 'order' | 'total' | 'ranksOutside' | 'limit' | 'offset' | 'limitByComma'> {
  const columns = random.chance(0.35) ? [] : random.some(Array.from({ length: width }, (_, index) => index));
  const order = columns.map((index): OrderTerm => {
    const collation = random.pick(['BINARY', 'BINARY', 'NOCASE']);
    const term = fragment(`${index + 1} COLLATE ${collation}`);
    const means = fragment(`c${index} COLLATE ${collation}`);
    return { text: random.chance(0.5) ? means : term, means, direction: random.pick(['', '', 'DESC', 'NULLS LAST']) };
  });
  const limited = random.chance(order.length > 0 ? 0.3 : 0.03);
  return { order, total: false, ranksOutside: true, ...(limited ? limitOf(random) : {}) };
}

function emptyCore(columns: readonly ResultColumn[]): Core {
  const named = columns.map((column, index) =>
    column.alias === undefined ? { ...column, alias: `c${index}` } : column,
  );
  return { distinct: false, columns: named, sources: [], where: [], group: [], having: [] };
}

function result(sql: string, comparison: ResultColumn['comparison']): ResultColumn {
  return { ...fragment(sql), comparison };
}

function source(text: string): Core['sources'][number] {
  return { ...fragment(text), join: '' };
}
