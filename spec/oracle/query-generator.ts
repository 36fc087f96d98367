/** Makes live queries, one by one and many of one shape. */
import { groupQuery, totalQuery } from './group-queries.ts';
import { oddQuery } from './odd-queries.ts';
import type { QueryLimits } from './query-scope.ts';
import type { Core, Fragment, QueryTemplate } from './query-template.ts';
import type { Random } from './random.ts';
import { rowQuery } from './row-queries.ts';
import type { QueryCase } from './scenario.ts';
import type { Schema } from './schema-model.ts';
import { commonTableQuery, compoundQuery, derivedQuery, distinctQuery, windowQuery } from './set-queries.ts';
import { valueLike } from './value-generator.ts';

/** `count` queries or more: some come with others of the same shape. */
export function makeQueries(random: Random, schema: Schema, count: number, limits: QueryLimits): QueryCase[] {
  const templates: QueryTemplate[] = [];
  while (templates.length < count) {
    const made = makeTemplate(random, schema, limits);
    const dress = random.weighted([
      [12, undefined],
      [1, 'comment'],
      [1, 'semicolon'],
      [1, 'lines'],
      [1, 'lower case'],
    ] as const);
    const template = dress ? { ...made, dress } : made;
    templates.push(template);
    // Often a few, sometimes as many as a list has rows.
    const more = random.weighted([
      [6, 0],
      [3, 2],
      [2, 6],
      [0.5, 40],
    ]);
    for (let i = 0; i < more && templates.length < count; i++) templates.push(withOtherValues(random, template));
  }
  return templates.map((template) => {
    const open = random.chance(0.85);
    if (random.chance(0.1)) return { template, rows: 'objects', open, group: random.between(1, 3) };
    return { template, rows: random.chance(0.6) ? 'objects' : 'arrays', open };
  });
}

function makeTemplate(random: Random, schema: Schema, limits: QueryLimits): QueryTemplate {
  const isSmall = limits.mostSources === 1;
  const more = schema.isPlain ? 3 : 1;
  return random.weighted<() => QueryTemplate>([
    [48 * more, () => rowQuery(random, schema, limits)],
    [22 * more, () => groupQuery(random, schema, limits)],
    [7 * more, () => totalQuery(random, schema, limits)],
    [4, () => distinctQuery(random, schema, limits)],
    [4, () => compoundQuery(random, schema)],
    [4, () => windowQuery(random, schema)],
    [isSmall ? 0 : 4, () => commonTableQuery(random, schema)],
    [isSmall ? 0 : 3, () => derivedQuery(random, schema)],
    [5, () => oddQuery(random, schema)],
  ])();
}

/** The same text with other parameters. */
function withOtherValues(random: Random, template: QueryTemplate): QueryTemplate {
  const known = new Map<Fragment, Fragment>();
  // What stands in two places of a template is one fragment, or one text with one list of values.
  const change = <F extends Fragment>(part: F): F => {
    if (part.fixed || part.params.length === 0) return part;
    const changed = known.get(part) ?? { ...part, params: part.params.map((value) => valueLike(random, value)) };
    known.set(part, changed);
    return changed as F;
  };
  const changeAll = <F extends Fragment>(parts: readonly F[]): F[] => parts.map(change);
  const changeCore = (core: Core): Core => ({
    ...core,
    sources: core.sources.map((source) => ({
      ...change(source),
      ...(source.on ? { on: changeAll(source.on) } : {}),
      ...(source.reads ? { reads: { ...source.reads, local: changeAll(source.reads.local) } } : {}),
    })),
    where: changeAll(core.where),
    having: changeAll(core.having),
  });
  const { prefix, limit, offset } = template;
  const cores = template.cores.map(({ operator, core }) => ({ operator, core: changeCore(core) }));
  return {
    ...template,
    ...(prefix ? { prefix: change(prefix) } : {}),
    cores,
    ...(limit ? { limit: amountLike(random, limit) } : {}),
    ...(offset ? { offset: amountLike(random, offset) } : {}),
  };
}

function amountLike(random: Random, amount: Fragment): Fragment {
  return amount.params.length === 0 ? amount : { ...amount, params: [random.pick([0, 1, 2, 3, 5, 10, -1])] };
}
