/** Loads every city there is into a file, then edits them, while live queries follow and this thread ticks on. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { count, filter, forkJoin, lastValueFrom, tap, timer } from 'rxjs';
import { spawn, sql } from 'sluice';
import { betterSqlite3 } from 'sluice/engines/better-sqlite3';
import { batch } from 'sluice/streams';
import { readCities } from './city-file.ts';
import { pole, rename, settle, settleThePole, visit } from './edits.ts';
import { whileTicking } from './heartbeat.ts';
import { firstRowsOf, newsOf, progressOf } from './news.ts';
import { print, printProgress, whole } from './output.ts';
import { citiesOfNorway, countriesBySize, northernmostTen, schema, whatIsThere } from './queries.ts';
import { compare, printBooks, printLiveQueries, printPauses } from './summary.ts';
import { addUp, tally } from './tally.ts';

const folder = mkdtempSync(join(tmpdir(), 'live-cities-'));
process.once('SIGINT', () => process.exit(130));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'cities.db');

// The file belongs to a worker; this thread has a connection, and never waits for it.
const db = spawn(betterSqlite3({ file })).connect({ closeServer: true });
await lastValueFrom(db.executeScript(schema));

// Live from here to the end: whoever subscribes later joins the query that runs already.
const live = {
  countries: db.watch(countriesBySize),
  northernmost: db.watch(northernmostTen),
  norway: db.watch(citiesOfNorway),
};
const emissions = {
  countries: tally(live.countries),
  northernmost: tally(live.northernmost),
  norway: tally(live.norway),
};
const sightings = tally(live.northernmost.pipe(filter((places) => places.some(({ name }) => name === pole.name))));
const commits = tally(db.updates());

const idle = await lastValueFrom(whileTicking(timer(300)));

print('Loading every city into a file, while three queries are live');
const showingProgress = progressOf(live.countries).subscribe((line) => printProgress(`  ${line}`));
const load = readCities().pipe(
  // The cities that are read while one batch is being written are the next.
  batch(db, (b, cities) => b.insert('city', cities), { maxSize: 2_000 }),
  addUp,
);
const loading = await lastValueFrom(whileTicking(load));
showingProgress.unsubscribe();
await lastValueFrom(firstRowsOf(live).pipe(tap((line) => print(`  ${line}`))));

print('\nEditing them: what the live queries have to tell');
const showingNews = newsOf(live).subscribe((line) => print(`  ${line}`));
const edits = forkJoin({
  visited: visit(db, live.norway).pipe(addUp),
  renamed: rename(db).pipe(count()),
  settled: settle(db).pipe(count()),
  refused: settleThePole(db).pipe(
    tap(({ name }) => print(`  (${name} was number 1 inside a transaction, which was rolled back)`)),
    count(),
  ),
});
const editing = await lastValueFrom(whileTicking(edits));
showingNews.unsubscribe();

const loaded = loading.result;
const { visited, renamed, settled, refused } = editing.result;
const transactions = renamed + settled;
const [found] = await lastValueFrom(db.select(whatIsThere));
const [integrity] = await lastValueFrom(db.select(sql<{ integrity_check: string }>`PRAGMA integrity_check`));
const compared = [
  await compare(db, 'cities by country', countriesBySize, emissions.countries),
  await compare(db, 'northernmost ten', northernmostTen, emissions.northernmost),
  await compare(db, 'cities of Norway', citiesOfNorway, emissions.norway),
];
await lastValueFrom(db.close());

printPauses({ idle, loading, editing });
const areCurrent = printLiveQueries(compared);
const areDue = printBooks([
  ['cities', loaded.rows + settled, found!.cities],
  ['visits', visited.rows, found!.visits],
  ['former names', renamed, found!.formerNames],
  ['commits announced', loaded.writes + visited.writes + transactions, commits()],
  ['results with a city that was rolled back', 0, sightings()],
]);
const rate = whole((loaded.rows / loading.ms) * 1_000);
print(`\nLoaded ${whole(loaded.rows)} cities at ${rate} rows/s, in ${whole(loaded.writes)} batches.`);
print(
  `Made ${whole(visited.rows)} visits in ${whole(visited.writes)} batches, and ${transactions} changes of the map,`,
);
print(`each in a transaction; ${refused} more was rolled back.`);
print(`integrity_check says ${integrity!.integrity_check}; the file has ${whole(statSync(file).size / 1_024)} KiB.`);
process.exitCode = areCurrent && areDue && integrity!.integrity_check === 'ok' ? 0 : 1;
