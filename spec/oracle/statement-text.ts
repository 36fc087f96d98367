/** Writes statements, steps and queries out as SQL that a shell can run. */

import { literal } from './literal.ts';
import { queryText } from './query-text.ts';
import { contentOfValue, type Result } from './results.ts';

import type { QueryCase, Scenario, Statement, Step, Value, Write } from './scenario.ts';
import type { Failure } from './verdict.ts';

/** The statement without parameters. */
export function withLiterals({ sql, params = [] }: Statement): string {
  let next = 0;
  const values: Readonly<Record<string, Value>> = params as never;
  return sql.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\?(\d+)|\?|:(p\d+)/g, (text, number?: string, name?: string) => {
    if (name !== undefined) return literal(values[name]!);
    if (number !== undefined) return literal(values[Number(number) - 1]!);
    return text === '?' ? literal(values[next++]!) : text;
  });
}

export function queryAsSql({ template }: QueryCase): string {
  return queryText({ ...template, style: 'literal' }).sql;
}

/** The whole scenario, with what went wrong. */
export function report(scenario: Scenario, failure: Failure): string {
  const lines = [`-- ${scenario.engine}, seed ${scenario.seed}`];
  for (const statement of scenario.setup) lines.push(`${withLiterals(statement)};`);
  for (const [index, query] of scenario.queries.entries()) {
    const { sql, params } = queryText(query.template);
    const how = [query.rows, query.open ? '' : 'not open', query.group === undefined ? '' : `group ${query.group}`];
    lines.push(`-- live query ${index} (${how.filter((part) => part !== '').join(', ')}): ${sql}`);
    if (Object.keys(params).length > 0)
      lines.push(
        `--   with ${JSON.stringify(params, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))}`,
      );
    lines.push(`--   ${queryAsSql(query)};`);
  }
  for (const [index, step] of scenario.steps.entries())
    lines.push(`-- step ${index}: ${step.kind}`, ...stepLines(step));
  lines.push(
    `-- ${failure.kind}: ${failure.detail}${failure.query === undefined ? '' : ` (live query ${failure.query})`}, after step ${failure.step}`,
  );
  if (failure.expected) lines.push('-- fresh, or before:', ...resultLines(failure.expected));
  if (failure.actual) lines.push('-- live:', ...resultLines(failure.actual));
  return lines.join('\n');
}

function resultLines({ columns, rows }: Result): string[] {
  const shown = rows.slice(0, 12).map((row) => `--   ${row.map(contentOfValue).join(' | ')}`);
  return [`--   ${columns.join(' | ')}  (${rows.length} rows)`, ...shown];
}

function stepLines(step: Step): string[] {
  switch (step.kind) {
    case 'write':
      return [...(step.by === 'second' ? ['-- by another connection of the server'] : []), ...writeLines(step.write)];
    case 'burst':
      return step.writes.flatMap(writeLines);
    case 'inside': {
      const end = step.ends === 'commit' ? 'COMMIT;' : 'ROLLBACK;';
      return [`BEGIN; -- with live queries ${step.queries.join(', ')} inside`, ...step.parts.flatMap(writeLines), end];
    }
    case 'foreign':
      return ['BEGIN; -- on a connection of its own', ...step.sql.map((sql) => `${sql};`), 'COMMIT;'];
    default:
      return [`-- ${step.kind} ${step.queries.join(', ')}`];
  }
}

function writeLines(write: Write): string[] {
  switch (write.kind) {
    case 'transaction': {
      const end = write.ends === 'commit' ? 'RELEASE work;' : 'ROLLBACK TO work; RELEASE work;';
      return ['SAVEPOINT work;', ...write.parts.flatMap(writeLines), end];
    }
    case 'batch':
      return [
        'BEGIN; -- a batch',
        ...write.parts.flatMap((part) =>
          'rows' in part
            ? part.rows.slice(0, 20).map((params) => `${withLiterals({ sql: part.sql, params })};`)
            : [`${withLiterals(part)};`],
        ),
        'COMMIT;',
      ];
    case 'script':
      return ['BEGIN; -- a script', ...write.sql.map((sql) => `${sql};`), 'COMMIT;'];
    default:
      return [`${withLiterals(write)};${write.kind === 'select' ? ' -- for its rows' : ''}`];
  }
}
