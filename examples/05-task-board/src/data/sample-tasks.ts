/** Made-up tasks, any number of them, by one statement. */
import { type Query, sql } from 'sluice';

const verbs = [
  'Fix',
  'Draft',
  'Review',
  'Simplify',
  'Measure',
  'Rewrite',
  'Explain',
  'Test',
  'Polish',
  'Remove',
  'Plan',
];
const things = [
  'the import of old files',
  'the sign-in page',
  'error messages',
  'the weekly report',
  'keyboard navigation',
  'the export to PDF',
  'dark mode',
  'the search index',
  'the price list',
  'date pickers',
  'the welcome letter',
  'offline start-up',
  'the colour palette',
  'invoices',
  'the backup script',
  'the print layout',
  'map tiles',
];
const places = [
  '',
  ' for mobile',
  ' on slow networks',
  ' before the release',
  ' in French',
  ' with the new team',
  ' once more',
];
const notes = [
  '',
  '',
  'Ask Ines first.',
  '',
  'See the minutes of Tuesday.',
  '',
  '',
  'Needs a decision on the wording.',
];
const labels = ['Feature', 'Bug', '', 'Docs', 'Chore', 'Design', '', 'Bug', 'Feature'];

/** In the order of the ids of the lists: of twenty tasks, eleven wait in the first one. */
const lists = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5, 5, 5, 5];

export function sampleTasks(count: number): Query {
  return sql`
    WITH RECURSIVE
      number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${count}),
      last (position) AS (SELECT coalesce(max(position), '') FROM task)
    INSERT INTO task (list, position, title, notes, label, due)
    SELECT ${pick(lists, 1)}, last.position || printf('%07d5', n),
      ${pick(verbs, 2)} || ' ' || ${pick(things, 3)} || ${pick(places, 4)},
      ${pick(notes, 5)}, ${pick(labels, 6)},
      iif(n % 3 = 0, date('now', (n * 37 % 90 - 9) || ' days'), NULL)
    FROM number, last`;
}

/** One of these, by the number of the row: as good as at random, and the same each time. */
function pick(items: readonly (string | number)[], seed: number): Query {
  return sql`(${JSON.stringify(items)} ->> (((n + ${seed * 7}) * 2654435761 % 4294967296) / 65536 % ${items.length}))`;
}
