/** Tables that so many commits change that all who watch them run whole, again and again: to learn which rows is in vain. */
import type { Capture } from '../capture/capture.ts';
import { mostRows } from '../capture/changed-rows.ts';
import type { Changes } from '../changes.ts';

/** The shortest time between two judgements by whose commits a flood can be over. */
const leastMs = 10;

/** The longest time in which commits are counted together: nobody may have followed the table before. */
const mostMs = 50;

/** Fewer commits in a period are no flood, however many rows they change. */
const leastCommits = 100;

/** How long the rows of a table are left out, unless the flood ends before: then it is judged anew. */
const restMs = 300;

/**
 * 1,000 inserts in flight beside a live count of their table take 1.3 times as long as without it where each row is told, and
 * 1.0 to 1.1 times where it is not.
 */
export class Floods {
  /** What was committed in this period. */
  #seen: Seen = new Map();
  /** What was committed in the one right before it. */
  #before: Seen = new Map();
  #since = 0;

  note({ tables }: Changes): void {
    const now = performance.now();
    if (now - this.#since > mostMs) this.#begin(now);
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
    const isLong = now - this.#since >= leastMs;
    for (const [table, seen] of this.#seen) {
      const isFlooded = isFlood(seen);
      if (isLong && !isFlooded) capture.resume(table);
      else if (capture.rests(table)) continue;
      // While nothing is known of the rows, nobody can tell whether it would be of use.
      else if ((isFlooded || isFlood(this.#before.get(table))) && isInVain(table)) capture.rest(table, restMs);
    }
    if (isLong) this.#begin(now);
  }

  #begin(now: number): void {
    this.#before = now - this.#since < 2 * mostMs ? this.#seen : new Map();
    this.#seen = new Map();
    this.#since = now;
  }
}

type Seen = Map<string, { rows: number; commits: number }>;

function isFlood(seen = { rows: 0, commits: 0 }): boolean {
  return seen.rows > mostRows && seen.commits > leastCommits;
}
