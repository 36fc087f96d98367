/** Which of the changed columns matter to a query. */
import type { TableUse } from '../analysis/watch-plan.ts';
import { bitOf, existenceBit } from '../capture/capture-triggers.ts';
import type { ChangedRows } from '../capture/changed-rows.ts';

/** The bits of the columns that a query reads. */
export function maskOf({ read }: Pick<TableUse, 'read'>, layout: ChangedRows['layout']): number {
  if (read === 'all') return ~0;
  let mask = existenceBit;
  for (const column of read) mask |= bitOf(layout, column) || (layout.compared.includes(column) ? 0 : ~0);
  return mask;
}
