/** Three threads spawn a server by the same name and find themselves on one, where each sees what the others write. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { filter, firstValueFrom, lastValueFrom, mergeMap } from 'rxjs';
import { attach, sql } from 'sluice';
import { allNotes, allReports, allSightings, authors, rounds } from './notes.ts';

const folder = mkdtempSync(join(tmpdir(), 'threads-by-name-'));
process.once('SIGINT', () => process.exit(130));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

// Nothing passes between the threads but the name of the server, which is in the code of each.
const file = join(folder, 'notes.db');
const threads = authors.map(
  (author) => new Worker(new URL('./thread.ts', import.meta.url), { name: author, workerData: { author, file } }),
);
const exits = threads.map((thread) => once(thread, 'exit'));
await Promise.race(threads.map((thread) => once(thread, 'message')));

// This thread starts no server: it finds the one that there is by now.
const server = attach('notes');
const db = server.connect();

console.log(`${authors.join(', ')}: a thread each, all writing as soon as they see what the others wrote`);
const showing = db
  .watchChanges(allNotes, { key: 'id' })
  .pipe(mergeMap(({ inserted }) => inserted))
  .subscribe(({ author, round }) => console.log(`  round ${round}  ${author}`));
const reports = await firstValueFrom(db.watch(allReports).pipe(filter((all) => all.length === authors.length)));
showing.unsubscribe();

const notes = await lastValueFrom(db.select(allNotes));
const sightings = await lastValueFrom(db.select(allSightings));
const [integrity] = await lastValueFrom(db.select(sql<{ integrity_check: string }>`PRAGMA integrity_check`));
const { clients } = await lastValueFrom(server.inspect());
await lastValueFrom(server.shutdown());
const exitCodes = await Promise.all(exits.map(async (exit) => (await exit)[0] as number));

console.log('\nWho saw what');
for (const { reader, results } of reports) {
  const saw = sightings.filter((sighting) => sighting.reader === reader);
  const each = saw.map(({ author, notes }) => `${notes} by ${author}`).join(', ');
  console.log(`  ${reader.padEnd(4)} saw ${each}, in ${results} results`);
}

const holders = reports.filter(({ holdsServer }) => holdsServer === 1).map(({ reader }) => reader);
const joiners = authors.filter((author) => !holders.includes(author));
console.log(
  `\nServers started: ${holders.length}. The thread of ${holders} holds it; ${joiners.join(' and ')} joined.`,
);
console.log(`It had ${clients.length} clients, and all ${exitCodes.length} threads ended with it.`);

const checks: Readonly<Record<string, boolean>> = {
  'one server was started': holders.length === 1,
  'every thread saw every note':
    sightings.length === authors.length ** 2 && sightings.every((sighting) => sighting.notes === rounds),
  'no round began before the last was over': notes.every(
    ({ round }, i) => round === 1 + Math.floor(i / authors.length),
  ),
  'the file is sound': integrity?.integrity_check === 'ok',
  'every thread ended well': exitCodes.every((code) => code === 0),
};
for (const [claim, isTrue] of Object.entries(checks)) console.log(`  ${isTrue ? 'yes' : 'NO '}  ${claim}`);
process.exitCode = Object.values(checks).every(Boolean) ? 0 : 1;
