/** The end: what was traced on both sides, and the books, in which what is due is compared with what was found. */
import { readFileSync } from 'node:fs';
import { celsius, printTable, printTimings, whole } from './output.ts';
import type { Alarm, Books, Group } from './queries.ts';
import { hotReadings, hotSensors, readingsOfEach, sensors } from './readings.ts';
import type { Timing } from './timings.ts';

export interface Outcome {
  readonly seconds: number;
  readonly batches: number;
  readonly groups: readonly Group[];
  readonly noted: readonly Alarm[];
  /** How many rows were exported, and where to. */
  readonly exported: number;
  readonly csv: string;
  readonly found: Books;
  readonly seenFromHere: readonly Timing[];
  readonly heard: readonly Timing[];
}

/** Gives back whether all is as it has to be. */
export function printSummary(outcome: Outcome): boolean {
  const { seconds, batches, groups, noted, exported, csv, found, seenFromHere, heard } = outcome;
  printTimings('The interceptor: requests of this thread', seenFromHere);
  printTimings('The onEvent hook: what the server did', heard);

  const lines = readFileSync(csv, 'utf8').trimEnd().split('\n');
  const books: readonly (readonly [name: string, due: number, found: number])[] = [
    ['readings', sensors * readingsOfEach, found.readings],
    ['batches that the interceptor timed', batches, timesOf('batch completed', seenFromHere)],
    ['batches that the server performed', batches, timesOf('batch', heard)],
    ['alarms noted', hotSensors.size, found.incidents],
    ['readings above a limit', hotSensors.size * hotReadings, sum(noted.map(({ readings }) => readings))],
    ['groups whose parts disagree', 0, groups.filter(isTorn).length],
    ['lines of the export, from the first reading on', exported, lines.filter(isInPlace).length],
    ['migrations', 3, found.version],
  ];
  printTable([['The books', 'due', 'found'], ...books.map(([name, due, found]) => [name, whole(due), whole(found)])]);

  const rate = whole(found.readings / seconds);
  console.log(
    `\n${whole(found.readings)} readings in ${seconds.toFixed(1)} s, which is ${rate}/s, in ${whole(batches)} batches.`,
  );
  console.log(`Their median is ${celsius(found.median)}; the average was live in ${whole(groups.length)} emissions.`);
  console.log(`The export has the ${whole(exported)} readings of one moment.`);
  return books.every(([, due, found]) => due === found);
}

/** The readings of all sensors are those of the whole: the two queries are of one version. */
function isTorn({ sensors, total }: Group): boolean {
  return sum(sensors.map(({ readings }) => readings)) !== total[0]?.readings;
}

/** Readings are numbered from 1 without a gap, so each line of a snapshot tells its own place. */
function isInPlace(line: string, place: number): boolean {
  return line.startsWith(`${place + 1},`);
}

function timesOf(name: string, timings: readonly Timing[]): number {
  return timings.find(({ what }) => what === name)?.times ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
