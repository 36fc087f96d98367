/** The end: every figure was measured, and what can be known in two ways is compared. */
import { isDeepStrictEqual } from 'node:util';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import type { Database, Query } from 'sluice';
import type { Ticked } from './heartbeat.ts';
import { milliseconds, printTable, whole } from './output.ts';

export function printPauses(chapters: Readonly<Record<string, Ticked<unknown>>>): void {
  printTable([
    ['This thread', 'took', 'ticks', 'longest pause'],
    ...Object.entries(chapters).map(([name, { ms, ticks, longestPauseMs }]) => [
      name,
      `${whole(ms)} ms`,
      whole(ticks),
      milliseconds(longestPauseMs),
    ]),
  ]);
}

/** A live query as it stands at the end, beside the same query asked once more. */
export interface Compared {
  readonly name: string;
  readonly emissions: number;
  readonly live: readonly unknown[];
  readonly fresh: readonly unknown[];
}

/** Joins the live query, which gives what it has once that is current, and asks afresh. */
export async function compare(
  db: Database,
  name: string,
  query: Query<unknown>,
  emissions: () => number,
): Promise<Compared> {
  const live = await firstValueFrom(db.watch(query));
  const fresh = await lastValueFrom(db.select(query));
  return { name, emissions: emissions(), live, fresh };
}

/** Gives back whether each is what it has to be. */
export function printLiveQueries(queries: readonly Compared[]): boolean {
  const isSame = ({ live, fresh }: Compared) => isDeepStrictEqual(live, fresh);
  printTable([
    ['Live queries', 'emissions', 'rows', 'as a fresh select'],
    ...queries.map((query) => [
      query.name,
      whole(query.emissions),
      whole(query.live.length),
      isSame(query) ? 'equal' : 'DIFFERENT',
    ]),
  ]);
  return queries.every(isSame);
}

/** What has to be there, and what is. Gives back whether the two are the same. */
export function printBooks(entries: readonly (readonly [name: string, due: number, found: number])[]): boolean {
  printTable([['The books', 'due', 'found'], ...entries.map(([name, due, found]) => [name, whole(due), whole(found)])]);
  return entries.every(([, due, found]) => due === found);
}
