/** Makes queries of what is no common table: virtual tables, JSON, the schema itself, lists of values. */
import { literal, quoted } from './literal.ts';
import { parameter, predicate } from './predicate-generator.ts';
import { type Core, type Fragment, fragment, phrase, type QueryTemplate, type ResultColumn } from './query-template.ts';
import type { Random } from './random.ts';
import { pickStyle } from './row-queries.ts';
import { type Schema, tableReference, tablesOf } from './schema-model.ts';

export function oddQuery(random: Random, schema: Schema): QueryTemplate {
  const texts = tablesOf(schema, 'text search');
  const boxes = tablesOf(schema, 'box');
  return random.weighted<() => QueryTemplate>([
    [texts.length > 0 ? 8 : 0, () => textQuery(random, schema)],
    [boxes.length > 0 ? 6 : 0, () => boxQuery(random, schema)],
    [3, () => jsonQuery(random, schema)],
    [1.5, () => schemaQuery(random)],
    [0.5, () => constantQuery(random)],
  ])();
}

function textQuery(random: Random, schema: Schema): QueryTemplate {
  const table = random.pick(tablesOf(schema, 'text search'));
  const name = tableReference(table);
  const column = quoted(random.pick(table.columns).name);
  const match = {
    ...parameter(random, random.pick(['sun', 'moon', 'sun OR moon', 'sun NOT star', 'm*', 'a', 'abc', '5'])),
    fixed: true as const,
  };
  const shown = random.pick<readonly string[]>([
    [column],
    ['rowid', column],
    ['rowid', `highlight(${name}, 0, '<', '>')`],
  ]);
  return template(random, {
    columns: shown.map((sql) => exact(sql)),
    from: fragment(name),
    where: random.chance(0.85) ? [phrase`${name} MATCH ${match}`] : [],
    order: shown.includes('rowid') ? 'rowid' : undefined,
    tables: table.bases,
    mayFail: table.readOnly,
    // What a search knows of its matches is out of reach beside a window function.
    ranksOutside: shown.includes('rowid'),
  });
}

function boxQuery(random: Random, schema: Schema): QueryTemplate {
  const table = random.pick(tablesOf(schema, 'box'));
  const sides = table.columns.map((column) => ({ column, sql: column.name }));
  return template(random, {
    columns: random.chance(0.5) ? [exact('*')] : [exact('id'), exact('x1 + y1')],
    from: fragment(tableReference(table)),
    where: [
      phrase`x1 <= ${parameter(random, random.between(-4, 5))} AND x2 >= ${parameter(random, random.between(-5, 3))}`,
      ...(random.chance(0.4) ? [predicate(random, sides)] : []),
    ],
    order: 'id',
    tables: table.bases,
  });
}

function jsonQuery(random: Random, schema: Schema): QueryTemplate {
  const table = random.pick(tablesOf(schema));
  const column = random.pick(table.columns);
  const list = { ...parameter(random, '[1,5,"a",{"k":2},null]'), fixed: true as const };
  if (random.chance(0.5)) {
    return template(random, {
      columns: [exact('j.key'), exact('j.value'), exact(`p.${quoted(column.name)}`)],
      from: phrase`json_each(${list}) AS j LEFT JOIN ${tableReference(table)} AS p ON p.${quoted(column.name)} = j.value`,
      where: [],
      tables: table.bases,
    });
  }
  return template(random, {
    columns: [exact(`p.${quoted(column.name)}`), exact('j.value')],
    from: fragment(`${tableReference(table)} AS p, json_each(json_array(typeof(p.${quoted(column.name)}), 1)) AS j`),
    where: [],
    tables: table.bases,
  });
}

function schemaQuery(random: Random): QueryTemplate {
  const what = random.pick(["type = 'table'", "type = 'index'", "sql LIKE '%a%'", "name NOT LIKE 'sqlite%'"]);
  return template(random, {
    columns: [exact('type'), exact('name'), exact('tbl_name')],
    from: fragment(random.pick(['sqlite_schema', 'sqlite_master', 'main.sqlite_schema'])),
    where: [fragment(what)],
    order: random.chance(0.5) ? 'name' : undefined,
  });
}

function constantQuery(random: Random): QueryTemplate {
  const values = random.times(1, 3, () => literal(random.pick([1, 'a', null, 2.5])));
  return template(random, {
    columns: [exact('column1')],
    from: fragment(`(VALUES ${values.map((value) => `(${value})`).join(', ')})`),
    where: random.chance(0.5) ? [phrase`column1 IS NOT ${parameter(random, 1)}`] : [],
    tables: [],
  });
}

function template(
  random: Random,
  made: {
    columns: ResultColumn[];
    from: Fragment;
    where: Fragment[];
    order?: string | undefined;
    tables?: readonly string[];
    mayFail?: boolean;
    ranksOutside?: boolean;
  },
): QueryTemplate {
  const { columns, from, where, order, tables, mayFail, ranksOutside = false } = made;
  const core: Core = { distinct: false, columns, sources: [{ ...from, join: '' }], where, group: [], having: [] };
  const term = order !== undefined && random.chance(0.7) ? [fragment(order)] : [];
  return {
    cores: [{ operator: '', core }],
    order: term.map((text) => ({ text, means: text, direction: random.pick(['', 'DESC']) })),
    total: term.length > 0 && order !== 'name',
    ranksOutside,
    style: pickStyle(random),
    ...(tables ? { tables } : {}),
    ...(mayFail ? { mayFail } : {}),
  };
}

function exact(sql: string): ResultColumn {
  return { ...fragment(sql), comparison: 'exact' };
}
