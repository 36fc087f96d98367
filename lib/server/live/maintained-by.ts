/** Chooses how the result of a live query is maintained. */
import type { SqlValue } from '../../model/values.ts';
import type { WatchPlan } from '../analysis/watch-plan.ts';
import type { Maintained } from './maintained.ts';
import { MaintainedGroups } from './maintained-groups.ts';
import { MaintainedRows } from './maintained-rows.ts';

/** The way of a query, with its parameters in order; undefined where its result is run whole. */
export function maintainedBy({ result, tables }: WatchPlan, params: readonly SqlValue[]): Maintained | undefined {
  if (result.kind === 'rows') return MaintainedRows.of(result, tables, params);
  return result.kind === 'groups' ? MaintainedGroups.of(result, tables, params) : undefined;
}
