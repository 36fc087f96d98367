/** Whether emissions are committed states, in the order of the commits. */
import type { QueryTemplate } from './query-template.ts';
import { contentOf, type Result } from './results.ts';

/** A result, or the error in its place. */
export type Fresh = Result | Error;

/**
 * The first of the emissions that is none of the states, or is older than the one before it. Of a query of which SQL leaves
 * open what it gives, nothing is known.
 */
export function strangeState(
  emissions: readonly Result[],
  states: readonly Fresh[],
  template: QueryTemplate,
): Result | undefined {
  const { cores, limit, total } = template;
  const isOpen = cores.some(({ core }) => core.columns.some(({ comparison }) => comparison !== 'exact'));
  if (isOpen || (limit !== undefined && !total)) return undefined;
  const known = states.map((state) => (state instanceof Error ? undefined : keyOf(state, total)));
  let next = 0;
  for (const emission of emissions) {
    const key = keyOf(emission, total);
    const found = known.findIndex((state, index) => index >= next && state === key);
    if (found < 0) return emission;
    next = found;
  }
  return undefined;
}

function keyOf({ rows }: Result, total: boolean): string {
  const contents = rows.map(contentOf);
  return (total ? contents : contents.sort()).join('\n');
}
