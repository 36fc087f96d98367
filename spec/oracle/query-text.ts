/** Writes the parts of a query out as SQL with parameters. */
import type { Params } from '../../lib/index.ts';
import { literal, quoted } from './literal.ts';
import {
  type Core,
  type Fragment,
  fragment,
  joined,
  type OrderTerm,
  phrase,
  placeholder,
  type QueryTemplate,
  type Source,
} from './query-template.ts';
import { contentOfValue } from './results.ts';
import type { Value } from './scenario.ts';

export interface QueryText {
  readonly sql: string;
  readonly params: Params;
}

/** The name of the column that {@link rankedText} adds. */
export const rankColumn = 'rank of row';

/** The query as it is asked. */
export function queryText(template: QueryTemplate): QueryText {
  const parts = [template.prefix, body(template)].filter((part) => part !== undefined);
  const { order, limit, offset } = template;
  if (order.length > 0)
    parts.push(
      phrase`ORDER BY ${joined(
        order.map((term) => orderTerm(term.text, term)),
        ', ',
      )}`,
    );
  if (limit && offset && template.limitByComma) parts.push(phrase`LIMIT ${offset}, ${limit}`);
  else if (limit) parts.push(phrase`LIMIT ${limit}`);
  if (limit && offset && !template.limitByComma) parts.push(phrase`OFFSET ${offset}`);
  const { sql, params } = withParameters(joined(parts, ' '), template.style);
  return { sql: dressed(sql, template.dress), params };
}

function dressed(sql: string, dress: QueryTemplate['dress']): string {
  switch (dress) {
    case 'comment':
      return `/* größe; 🙂 */ ${sql.replace(' FROM ', " FROM -- it's a 'comment'\n ")} -- end`;
    case 'semicolon':
      return `  ${sql} ; `;
    case 'lines':
      return sql.replaceAll(/ (FROM|WHERE|GROUP BY|HAVING|ORDER BY|LIMIT|LEFT JOIN) /g, '\n\t$1\r\n');
    case 'lower case':
      return sql.replaceAll(
        /\b(SELECT|FROM|WHERE|GROUP BY|ORDER BY|LIMIT|OFFSET|LEFT JOIN|JOIN|AND|AS|IS|NOT|NULL)\b/g,
        (word) => word.toLowerCase(),
      );
    default:
      return sql;
  }
}

/** All rows that LIMIT chooses from, each with its rank by ORDER BY in a last column: rows of one rank come in any order. */
export function rankedText(template: QueryTemplate): QueryText {
  const terms = template.order.map((term) => orderTerm(term.means, term));
  const rank = terms.length > 0 ? phrase`dense_rank() OVER (ORDER BY ${joined(terms, ', ')})` : fragment('1');
  const ranked = phrase`${rank} AS ${quoted(rankColumn)}`;
  const { prefix, ranksOutside } = template;
  const all = ranksOutside ? phrase`SELECT *, ${ranked} FROM (${body(template)})` : body(template, ranked);
  return withParameters(prefix ? phrase`${prefix} ${all}` : all, template.style);
}

function body({ cores }: QueryTemplate, extra?: Fragment): Fragment {
  const parts = cores.map(({ operator, core }, index) =>
    index === 0 ? coreText(core, extra) : phrase`${operator} ${coreText(core, extra)}`,
  );
  return joined(parts, ' ');
}

function orderTerm(text: Fragment, { direction }: OrderTerm): Fragment {
  return direction === '' ? text : phrase`${text} ${direction}`;
}

function coreText({ distinct, columns, sources, where, group, having }: Core, extra?: Fragment): Fragment {
  const results = columns.map((column) =>
    column.alias === undefined ? column : phrase`${column} AS ${quoted(column.alias)}`,
  );
  const parts = [phrase`SELECT ${distinct ? 'DISTINCT ' : ''}${joined(extra ? [...results, extra] : results, ', ')}`];
  if (sources.length > 0) parts.push(phrase`FROM ${joined(sources.map(sourceText), '')}`);
  if (where.length > 0) parts.push(phrase`WHERE ${conjunction(where)}`);
  if (group.length > 0) parts.push(phrase`GROUP BY ${joined(group, ', ')}`);
  if (having.length > 0) parts.push(phrase`HAVING ${conjunction(having)}`);
  return joined(parts, ' ');
}

function sourceText(source: Source, index: number): Fragment {
  const { join, on = [], using } = source;
  const head = index === 0 ? source : join === ',' ? phrase`, ${source}` : phrase` ${join} ${source}`;
  if (index === 0) return head;
  if (using !== undefined) return phrase`${head} ${using}`;
  return on.length > 0 ? phrase`${head} ON ${conjunction(on)}` : head;
}

export function conjunction(conjuncts: readonly Fragment[]): Fragment {
  return joined(
    conjuncts.map((conjunct) => phrase`(${conjunct})`),
    ' AND ',
  );
}

export function withParameters({ sql, params }: Fragment, style: QueryTemplate['style']): QueryText {
  let next = 0;
  const fill = (write: (value: Value, index: number) => string): string =>
    sql.replaceAll(placeholder, () => write(params[next]!, next++));
  switch (style) {
    case 'plain':
      return { sql: fill(() => '?'), params };
    case 'numbered':
      // Backwards, so that the order of the text is not that of the values.
      return { sql: fill((_, index) => `?${params.length - index}`), params: [...params].reverse() };
    case 'named':
      return {
        sql: fill((_, index) => `:p${index}`),
        params: Object.fromEntries(params.map((value, index) => [`p${index}`, value])),
      };
    case 'shared': {
      const names = new Map<string, { readonly name: string; readonly value: Value }>();
      const text = fill((value) => {
        const content = contentOfValue(value);
        const known = names.get(content) ?? { name: `s${names.size}`, value };
        names.set(content, known);
        return `$${known.name}`;
      });
      return { sql: text, params: Object.fromEntries([...names.values()].map(({ name, value }) => [name, value])) };
    }
    case 'literal':
      return { sql: fill(literal), params: [] };
  }
}
