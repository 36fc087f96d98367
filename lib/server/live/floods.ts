/** Tables that so many commits change that all who watch them run whole, again and again: to learn which rows is in vain. */
import type { Capture } from '../capture/capture.ts';
import { mostRows } from '../capture/changed-rows.ts';
import type { Changes } from '../changes.ts';

/** A judgement looks back for so long at least. */
const periodMs = 10;

/** Fewer commits in a period are no flood, however many rows they change. */
const leastCommits = 100;

/** After so many periods of one flood it is taken for one. */
const leastPeriods = 2;

/** How long the rows of a table are left out, unless the flood ends before: then it is judged anew. */
const restMs = 300;

/**
 * 1,000 inserts in flight beside a live count of their table take 1.3 times as long as without it where each row is told, and
 * 1.0 to 1.1 times where it is not.
 */
export class Floods {
  /** Since the last judgement. */
  readonly #seen = new Map<string, { rows: number; commits: number }>();
  readonly #periods = new Map<string, number>();
  #since = 0;

  note({ tables }: Changes): void {
    for (const [table, { inserted, updated, deleted }] of tables) {
      const seen = this.#seen.get(table) ?? { rows: 0, commits: 0 };
      seen.rows += inserted + updated + deleted;
      seen.commits++;
      this.#seen.set(table, seen);
    }
  }

  /** Called before live queries run. `isInVain` tells whether all those of a table will run whole. */
  judge(capture: Capture, isInVain: (table: string) => boolean): void {
    const now = performance.now();
    if (now - this.#since < periodMs) return;
    this.#since = now;
    for (const [table, { rows, commits }] of this.#seen) {
      const isFlood = rows > mostRows && commits > leastCommits;
      if (!isFlood) capture.resume(table);
      // While nothing is known of the rows, nobody can tell whether it would be of use.
      const isUseless = isFlood && !capture.rests(table) && isInVain(table);
      const periods = isUseless ? (this.#periods.get(table) ?? 0) + 1 : 0;
      if (periods >= leastPeriods) capture.rest(table, restMs);
      if (periods % leastPeriods > 0) this.#periods.set(table, periods);
      else this.#periods.delete(table);
    }
    this.#seen.clear();
  }
}
