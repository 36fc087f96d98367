/** The smaller forms of a query, for shrinking. */
import { type Core, fragment, type QueryTemplate } from './query-template.ts';

/** Each a little simpler than the query; some of them mean nothing, and fail in another way. */
export function smallerTemplates(template: QueryTemplate): QueryTemplate[] {
  const { cores, order, limit, offset, style } = template;
  const made: QueryTemplate[] = [];
  if (cores.length > 1) {
    for (const index of cores.keys()) {
      const fewer = cores.filter((_, other) => other !== index);
      made.push({ ...template, cores: fewer.map((part, at) => (at === 0 ? { ...part, operator: '' } : part)) });
    }
  }
  for (const [index, { operator, core }] of cores.entries()) {
    for (const smaller of smallerCores(core))
      made.push({ ...template, cores: cores.with(index, { operator, core: withTrueReads(smaller) }) });
  }
  if (limit) made.push(without(template, 'limit'));
  if (offset) made.push(without(template, 'offset'));
  for (const index of order.keys())
    made.push({ ...template, order: order.filter((_, other) => other !== index), total: false });
  for (const [index, term] of order.entries()) {
    if (term.direction !== '') made.push({ ...template, order: order.with(index, { ...term, direction: '' }) });
  }
  if (style !== 'literal') made.push({ ...template, style: 'literal' });
  return made;
}

function without(template: QueryTemplate, part: 'limit' | 'offset'): QueryTemplate {
  const { limit, offset, ...rest } = template;
  return part === 'offset' && limit ? { ...rest, limit } : rest;
}

function smallerCores(core: Core): Core[] {
  const { columns, sources, where, having, group, distinct } = core;
  const made: Core[] = [];
  const last = sources.at(-1);
  if (sources.length > 1 && last) made.push({ ...core, sources: sources.slice(0, -1) });
  for (const index of where.keys()) made.push({ ...core, where: where.filter((_, other) => other !== index) });
  for (const [index, source] of sources.entries()) {
    const { on = [] } = source;
    if (on.length < 2) continue;
    for (const at of on.keys()) {
      made.push({ ...core, sources: sources.with(index, { ...source, on: on.filter((_, other) => other !== at) }) });
    }
  }
  for (const index of having.keys()) made.push({ ...core, having: having.filter((_, other) => other !== index) });
  if (columns.length > 1) {
    for (const index of columns.keys()) made.push({ ...core, columns: columns.filter((_, other) => other !== index) });
  }
  if (group.length > 1)
    for (const index of group.keys()) made.push({ ...core, group: group.filter((_, other) => other !== index) });
  if (distinct) made.push({ ...core, distinct: false });
  const [first] = columns;
  if (columns.length === 1 && first && group.length === 0 && first.comparison === 'exact' && first.sql !== '*') {
    made.push({ ...core, columns: [{ ...fragment('*'), comparison: 'exact' }] });
  }
  return made;
}

/** What was left out is no condition on rows any more, and `*` reads everything. */
function withTrueReads(core: Core): Core {
  const texts = new Set([...core.where, ...core.sources.flatMap(({ on = [] }) => on)].map(({ sql }) => sql));
  const readsAll = core.columns.some(({ sql }) => /(^|\.)\*$/.test(sql));
  const sources = core.sources.map((source) => {
    const { reads } = source;
    if (reads === undefined) return source;
    const local = reads.local.filter(({ sql }) => texts.has(sql));
    return { ...source, reads: { ...reads, local, columns: readsAll ? '*' : reads.columns } as const };
  });
  return { ...core, sources };
}
