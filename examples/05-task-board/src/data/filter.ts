/** Which tasks are to be seen, as the user says it and as SQL does. */
import { type Query, sql } from 'sluice';

export const labels = ['Bug', 'Feature', 'Design', 'Docs', 'Chore'] as const;

export interface Filter {
  readonly words: string;
  readonly labels: readonly string[];
  /** Only what is due by this day, `YYYY-MM-DD`. */
  readonly dueBy: string | undefined;
}

export const everything: Filter = { words: '', labels: [], dueBy: undefined };

export function isEverything({ words, labels, dueBy }: Filter): boolean {
  return wordsOf(words).length === 0 && labels.length === 0 && dueBy === undefined;
}

/** The condition of a WHERE. A condition that is not set is not there, and reads nothing. */
export function matches({ words, labels, dueBy }: Filter): Query {
  const conditions = [sql`1`];
  if (wordsOf(words).length > 0)
    conditions.push(sql`task.id IN (SELECT rowid FROM task_search WHERE task_search MATCH ${prefixesOf(words)})`);
  if (labels.length > 0) conditions.push(sql`task.label IN (${sql.join(labels)})`);
  if (dueBy !== undefined) conditions.push(sql`task.due <= ${dueBy}`);
  return sql.join(conditions, ' AND ');
}

/** Each word is quoted, so that nothing in it means anything to FTS5, and may go on: https://sqlite.org/fts5.html */
function prefixesOf(words: string): string {
  return wordsOf(words)
    .map((word) => `"${word}"*`)
    .join(' ');
}

function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}]+/gu) ?? [];
}
