/** Puts a plan into words. */
import type { WatchExplanation, WatchedTable } from '../../model/watch-explanation.ts';
import { columnAt } from './table-columns.ts';
import type { TableUse, WatchPlan } from './watch-plan.ts';

/** `isHeld` is false where the plan would do, and the parameters of LIMIT and OFFSET do not. */
export function explanationOf(plan: WatchPlan, isHeld: boolean): WatchExplanation {
  const tables = [...plan.tables].map(([table, use]) => watchedTable(table, use));
  const result = isHeld ? plan.result.kind : 'whole';
  const why = whyOf(plan, isHeld);
  const anything = plan.footprint.readsAnything ? ['Any write concerns it: it reads something that has no name.'] : [];
  const text = [`${ways[result]}: ${why}.`, ...anything, ...tables.map(inWords)].join('\n');
  return { result, why, tables, text };
}

const ways = {
  rows: 'Row by row',
  groups: 'Group by group',
  whole: 'Run whole, and compared',
} as const;

function whyOf({ result }: WatchPlan, isHeld: boolean): string {
  if (result.kind === 'whole') return result.why;
  if (!isHeld) return 'its LIMIT and OFFSET reach too far, or are no numbers';
  if (result.kind === 'groups') {
    const { sources } = result;
    const untold = sources.filter(({ values }) => values === undefined).map(({ table }) => table);
    const told = 'only the groups that a changed row is or was in are made again';
    return untold.length === 0
      ? told
      : `${told}; a row of ${untold.join(' or ')} does not tell them, and makes it run whole`;
  }
  const window = result.window ? ', and so are those that its LIMIT lets in' : '';
  return `each row of the result is known by its rows in ${result.sources.map(({ table }) => table.table).join(', ')}; only those behind which one changed are read again${window}`;
}

function watchedTable(table: string, { columns, read, filters }: TableUse): WatchedTable {
  if (columns === undefined) return { table, columns: 'all', rows: 'table', foundBy: [] };
  const names =
    read === 'all' ? 'all' : [...read].sort((a, b) => a - b).map((column) => columnAt(columns, column).name);
  const found = filters?.flatMap(({ equalities }) => equalities.map(({ of }) => of.name)) ?? [];
  return { table, columns: names, rows: filters?.map(({ text }) => text) ?? 'any', foundBy: [...new Set(found)] };
}

function inWords({ table, columns, rows, foundBy }: WatchedTable): string {
  if (rows === 'table') return `${table}: any change of the table concerns it.`;
  const which = rows === 'any' ? 'any row' : `a row with ${rows.join(', or with ')}`;
  const what = columns === 'all' ? 'any column' : `${columns.join(', ')}`;
  const how = foundBy.length > 0 ? ` It is found by an index of ${foundBy.join(', ')}.` : '';
  return `${table}: ${which} that comes, goes, or changes in ${what || 'no column'}.${how}`;
}
