/** The `sql` template: SQL in which every value is bound, never pasted. */
import type { Query } from './query.ts';
import type { Bindable, Row } from './values.ts';

/** What a template takes: a value, which is bound, or a fragment made here, which is spliced in. */
export type Part = Bindable | Query<unknown>;

const fragments = new WeakSet<object>();

/**
 * Makes a query from a template. Each `${value}` becomes a parameter; a nested `sql` fragment is spliced in with its own
 * parameters; names come in by {@link sql.id}.
 *
 *     const open = sql`done = ${false}`;
 *     sql<Todo>`SELECT * FROM ${sql.id('todo')} WHERE ${open} ORDER BY ${sql.id('due')}`
 *
 * Shapes  `{ sql, params }`, with one `?` in `sql` for each entry of `params`.
 */
export function sql<R = Row>(strings: TemplateStringsArray, ...values: readonly Part[]): Query<R> {
  let text = '';
  const params: unknown[] = [];
  strings.forEach((string: string | undefined, index) => {
    if (string === undefined)
      throw new SyntaxError(`sql: a backslash of ${strings.raw[index]} makes no character: double it`);
    text += string;
    if (index === values.length) return;
    const value = values[index]!;
    if (isFragment(value)) {
      text += value.sql;
      params.push(...value.params);
    } else {
      text += '?';
      params.push(value);
    }
  });
  return fragment<R>(text, params);
}

/** A name of a table, column or the like, quoted as https://sqlite.org/lang_keywords.html has it; parts join by dots. */
sql.id = (...parts: readonly string[]): Query =>
  fragment(parts.map((part) => `"${part.replaceAll('"', '""')}"`).join('.'), []);

/** Values or fragments, one after the other: `` sql`id IN (${sql.join(ids)})` ``. An empty list gives empty text. */
sql.join = (items: Iterable<Part>, separator = ', '): Query => {
  const parts = [...items].map((item) => (isFragment(item) ? item : fragment('?', [item])));
  return fragment(
    parts.map((part) => part.sql).join(separator),
    parts.flatMap((part) => part.params),
  );
};

/** Text that is taken as it is. Never pass what a user typed. */
sql.raw = (text: string): Query => fragment(text, []);

function fragment<R = Row>(text: string, params: readonly unknown[]): Query<R> {
  const made: Query<R> = Object.freeze({ sql: text, params });
  fragments.add(made);
  return made;
}

/** Only what was made here is spliced: a look-alike from outside, such as parsed JSON, stays a value and is refused. */
function isFragment(value: Part): value is Query<unknown> {
  return typeof value === 'object' && value !== null && fragments.has(value);
}
