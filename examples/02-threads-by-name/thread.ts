/** One author: writes a note as soon as it sees that every author has written as many as itself, and reports what it saw. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  catchError,
  count,
  distinctUntilChanged,
  EMPTY,
  forkJoin,
  ignoreElements,
  lastValueFrom,
  map,
  takeWhile,
  toArray,
} from 'rxjs';
import { ConnectionClosedError, spawn, sql } from 'sluice';
import { betterSqlite3 } from 'sluice/engines/better-sqlite3';
import { execute } from 'sluice/streams';
import { type Author, allNotes, authors, migrations, rounds } from './notes.ts';

const { author, file } = workerData as { readonly author: Author; readonly file: string };

// The one worker that this thread could start is the server's: Node tells of it.
let holdsServer = false;
process.once('worker', () => {
  holdsServer = true;
});

// The same line in every thread. The first that comes here starts the server; the others join it.
const db = spawn(betterSqlite3({ file }), { name: 'notes', migrations }).connect();
const notes = db.watch(allNotes);

// Two parts of one conversation, which nobody conducts: what is seen here, and what is written because of it.
const conversation = forkJoin({
  results: notes.pipe(
    takeWhile((seen) => seen.length < authors.length * rounds, true),
    toArray(),
  ),
  written: notes.pipe(
    map((seen) => 1 + Math.floor(seen.length / authors.length)),
    distinctUntilChanged(),
    takeWhile((round) => round <= rounds),
    execute(db, (round) => sql`INSERT INTO note (author, round) VALUES (${author}, ${round})`),
    count(),
  ),
});

await lastValueFrom(db.select('SELECT 1'));
parentPort!.postMessage('The server is there');
const { results } = await lastValueFrom(conversation);

const seen = results.at(-1)!;
const sightings = authors.map((each) => ({
  reader: author,
  author: each,
  notes: seen.filter((note) => note.author === each).length,
}));
const report = { reader: author, holdsServer: Number(holdsServer), results: results.length };
await lastValueFrom(
  db.batch((b) => {
    b.insert('sighting', sightings);
    b.insert('report', [report]);
  }),
);

// A server ends with the thread that started it: this one lasts until the server is shut down.
const untilShutdown = notes.pipe(
  ignoreElements(),
  catchError((error) => {
    if (error instanceof ConnectionClosedError) return EMPTY;
    throw error;
  }),
);
await lastValueFrom(untilShutdown, { defaultValue: undefined });
