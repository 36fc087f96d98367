/** The edits: thousands of visits through `batch`, and changes of the map through `transaction`. */
import {
  catchError,
  concat,
  delay,
  ignoreElements,
  interval,
  mergeMap,
  type Observable,
  of,
  range,
  take,
  throwError,
  timer,
  withLatestFrom,
  zip,
} from 'rxjs';
import { type Database, type Executed, sql } from 'sluice';
import { batch, transaction } from 'sluice/streams';
import type { NewCity } from './city-file.ts';
import { type City, northernmostTen, type Place } from './queries.ts';

/** Ten visits a millisecond, each an edit of its own; those that come while a batch is under way are the next batch. */
export function visit(db: Database, cities: Observable<readonly City[]>): Observable<Executed> {
  return interval(1).pipe(
    take(1_000),
    mergeMap((tick) => range(10 * tick, 10)),
    withLatestFrom(cities, (visitor, open) => open[(visitor * 7) % open.length]!.id),
    batch(db, (b, ids) =>
      b.executeMany(
        'UPDATE city SET visits = visits + 1 WHERE id = ?',
        ids.map((id) => [id]),
      ),
    ),
  );
}

const formerNames = [
  { today: 'Oslo', once: 'Christiania' },
  { today: 'Trondheim', once: 'Nidaros' },
  { today: 'Bergen', once: 'Bjørgvin' },
  { today: 'Halden', once: 'Fredrikshald' },
  { today: 'Kirkenes', once: 'Piselvnes' },
] as const;

/** Gives cities their old names back. Each is read and written, and the change is noted, in one transaction. */
export function rename(db: Database): Observable<Executed> {
  return zip(formerNames, interval(200)).pipe(
    transaction(db, (tx, [{ today, once }]) =>
      tx.select(sql<City>`SELECT id FROM city WHERE country = 'NO' AND name = ${today}`).pipe(
        mergeMap(([city]) =>
          tx.batch((b) => {
            b.execute(sql`UPDATE city SET name = ${once} WHERE id = ${city!.id}`);
            b.execute(sql`INSERT INTO former_name (city, name) VALUES (${city!.id}, ${today})`);
          }),
        ),
      ),
    ),
  );
}

const settlements: readonly NewCity[] = [
  { name: 'Ny-Ålesund', country: 'SJ', latitude: 78.92, longitude: 11.91 },
  { name: 'Alert', country: 'CA', latitude: 82.5, longitude: -62.35 },
];

/** Adds the places in the far north that the file leaves out. */
export function settle(db: Database): Observable<Executed> {
  return zip(settlements, interval(300)).pipe(
    transaction(db, (tx, [place]) => tx.batch((b) => b.insert('city', [place]))),
  );
}

export const pole: NewCity = { name: 'North Pole', country: 'NO', latitude: 90, longitude: 0 };

/** Adds a city, looks, and takes it back. Emits who led the northernmost ten inside, after all was rolled back. */
export function settleThePole(db: Database): Observable<Place> {
  return timer(700).pipe(
    transaction(db, (tx) =>
      concat(tx.batch((b) => b.insert('city', [pole])).pipe(ignoreElements()), tx.select(northernmostTen)).pipe(
        delay(100), // long enough for anyone else to look
        mergeMap(([leader]) => throwError(() => new NobodyLivesThere(leader!))),
      ),
    ),
    catchError((error) => {
      if (error instanceof NobodyLivesThere) return of(error.leader);
      throw error;
    }),
  );
}

/** What makes the transaction roll back. */
class NobodyLivesThere extends Error {
  readonly leader: Place;

  constructor(leader: Place) {
    super(`Nobody lives in ${leader.name}`);
    this.leader = leader;
  }
}
