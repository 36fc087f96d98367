/** Counts what the live queries of a server have run. */
import type { Server } from '../../lib/index.ts';
import { done } from '../support/databases.ts';

/** How often each live query has run since it began. */
async function runsOf(server: Server): Promise<number[]> {
  const report = await done(server.inspect());
  return report!.liveQueries.map(({ runs }) => runs);
}

/** How often live queries ran for each of `writes`, and how many different ones did. `work` opens and ends none. */
export async function runsDuring(server: Server, work: () => Promise<number>): Promise<{ each: number; of: number }> {
  const before = await runsOf(server);
  const writes = await work();
  const after = await runsOf(server);
  const ran = after.map((runs, index) => runs - before[index]!);
  return { each: ran.reduce((sum, runs) => sum + runs, 0) / writes, of: ran.filter((runs) => runs > 0).length };
}
