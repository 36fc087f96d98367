/** Two seconds of readings flow into a file, while live averages, alarms, an export and two tracers look on. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  auditTime,
  delay,
  filter,
  first,
  forkJoin,
  lastValueFrom,
  map,
  merge,
  mergeMap,
  take,
  takeWhile,
  tap,
  timer,
  toArray,
} from 'rxjs';
import { spawn } from 'sluice';
import { betterSqlite3 } from 'sluice/engines/better-sqlite3';
import { batch } from 'sluice/streams';
import { noteAlarms, raisedAlarms } from './alarms.ts';
import { exportTo } from './export.ts';
import { celsius, printReport, whole } from './output.ts';
import { books, everyReading, overview } from './queries.ts';
import { hotSensors, readingsOfEach, readSensors, sensors } from './readings.ts';
import type { procedures } from './server-module.ts';
import { printSummary } from './summary.ts';
import { Timings } from './timings.ts';
import { traced } from './tracing.ts';

const folder = mkdtempSync(join(tmpdir(), 'pipeline-'));
process.once('SIGINT', () => process.exit(130));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

// The worker imports the module; this thread takes nothing from it but the types of what it may call.
const server = spawn(betterSqlite3({ file: join(folder, 'readings.db') }), {
  module: new URL('./server-module.ts', import.meta.url),
});
const timings = new Timings();
const db = traced(server.connect<typeof procedures>(), ({ method, ms, outcome }) =>
  timings.add(`${method} ${outcome}`, ms),
);

const due = sensors * readingsOfEach;
console.log(`${whole(due)} readings of ${sensors} sensors, batched in as they come`);

const groups = db.watchAll(overview);
const progress = groups.pipe(
  auditTime(400),
  filter(({ sensors }) => sensors.length > 0),
  map(({ sensors: [hottest], total }) => {
    const highest = `${hottest!.name} has the highest average, ${celsius(hottest!.average)}`;
    return `${whole(total[0]!.readings).padStart(5)} readings; ${highest}`;
  }),
);
const alarms = raisedAlarms(db).pipe(map(({ name, peak }) => `alarm  ${name} has ${celsius(peak)}`));
const showing = merge(progress, alarms).subscribe((line) => console.log(`  ${line}`));

const startedAt = performance.now();
const csv = join(folder, 'readings.csv');
const work = forkJoin({
  // The readings that come while one batch is being written are the next.
  batches: readSensors().pipe(
    batch(db, (b, readings) => b.insert('reading', readings)),
    toArray(),
  ),
  groups: groups.pipe(
    takeWhile(({ total }) => total[0]!.readings < due, true),
    toArray(),
  ),
  noted: noteAlarms(db).pipe(
    tap(({ name, readings, peak }) =>
      console.log(`  noted  ${name} had ${readings} hot readings, up to ${celsius(peak)}`),
    ),
    take(hotSensors.size),
    toArray(),
  ),
  // Reads one snapshot, beside the batches that go on.
  exported: timer(1_000).pipe(mergeMap(() => exportTo(csv, db.stream(everyReading)))),
  report: groups.pipe(
    first(({ sensors }) => sensors.length > 0),
    delay(800),
    mergeMap(() => server.inspect()),
    tap(printReport),
  ),
});
const done = await lastValueFrom(work);
const seconds = (performance.now() - startedAt) / 1_000;
showing.unsubscribe();

const [found] = await lastValueFrom(db.transaction((tx) => tx.select(books), { readOnly: true }));
const heard = await lastValueFrom(db.call('whatWasHeard'));
await lastValueFrom(server.shutdown());

const isRight = printSummary({
  ...done,
  batches: done.batches.length,
  seconds,
  csv,
  found: found!,
  seenFromHere: timings.all,
  heard,
});
process.exitCode = isRight ? 0 : 1;
