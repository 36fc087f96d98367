/** Says in words what the live queries hold, and what has changed in them. */
import { auditTime, concat, defer, first, map, merge, mergeMap, type Observable, pairwise } from 'rxjs';
import { countryName, latitude, whole } from './output.ts';
import type { City, Country, Place } from './queries.ts';

export interface LiveQueries {
  readonly countries: Observable<readonly Country[]>;
  readonly northernmost: Observable<readonly Place[]>;
  readonly norway: Observable<readonly City[]>;
}

/** How far the loading has come, as one of the live queries sees it, a few times a second. */
export function progressOf(countries: Observable<readonly Country[]>): Observable<string> {
  return defer(() => {
    const startedAt = performance.now();
    return countries.pipe(
      auditTime(200),
      map((rows) => {
        const loaded = citiesIn(rows);
        const perSecond = (loaded / (performance.now() - startedAt)) * 1_000;
        return `${whole(loaded).padStart(7)} cities in ${whole(rows.length).padStart(3)} countries, ${whole(perSecond)} rows/s`;
      }),
    );
  });
}

/** How many cities there are, and the first rows of each query. */
export function firstRowsOf({ countries, northernmost, norway }: LiveQueries): Observable<string> {
  const say = <R>(name: string, results: Observable<readonly R[]>, words: (rows: readonly R[]) => string) =>
    results.pipe(
      first(),
      map((rows) => `${name.padEnd(13)} ${words(rows)}`),
    );
  return concat(
    say('in all', countries, (rows) => `${whole(citiesIn(rows))} cities in ${whole(rows.length)} countries`),
    say(
      'most cities',
      countries,
      few(({ country, cities }) => `${countryName(country)} ${whole(cities)}`),
    ),
    say(
      'northernmost',
      northernmost,
      few((place) => `${place.name} ${latitude(place.latitude)}`),
    ),
    say(
      'Norway',
      norway,
      few(({ name }) => name),
    ),
  );
}

/** What one commit after the other changes. */
export function newsOf({ countries, northernmost, norway }: LiveQueries): Observable<string> {
  const sizes = tellChanges(countries, ({ country, cities }, before) => {
    const last = before.find((row) => row.country === country)?.cities ?? 0;
    return [`${countryName(country)} has ${whole(cities)} cities, and no longer ${whole(last)}`];
  });
  const ranks = tellChanges(northernmost, (place, _, after) => [
    `${place.name}, ${latitude(place.latitude)}, is number ${after.indexOf(place) + 1} of the northernmost`,
  ]);
  const names = tellChanges(norway, (city, before, after) => {
    const row = before.findIndex(({ id }) => id === city.id);
    const last = before[row]?.name;
    if (last === city.name) return [];
    return [`${last} is ${city.name}, and moves from row ${row + 1} of Norway to row ${after.indexOf(city) + 1}`];
  });
  const visits = norway.pipe(
    auditTime(250),
    map((cities) => `${whole(cities.reduce((sum, city) => sum + city.visits, 0))} visits so far`),
  );
  return merge(sizes, ranks, names, visits);
}

/** Tells the rows that are new or have changed: every other row is the same object as before. */
function tellChanges<R>(
  results: Observable<readonly R[]>,
  tell: (row: R, before: readonly R[], after: readonly R[]) => readonly string[],
): Observable<string> {
  return results.pipe(
    pairwise(),
    mergeMap(([before, after]) => {
      const known = new Set(before);
      return after.filter((row) => !known.has(row)).flatMap((row) => tell(row, before, after));
    }),
  );
}

function citiesIn(rows: readonly Country[]): number {
  return rows.reduce((sum, { cities }) => sum + cities, 0);
}

function few<R>(words: (row: R) => string): (rows: readonly R[]) => string {
  return (rows) => `${rows.slice(0, 4).map(words).join(', ')} …`;
}
