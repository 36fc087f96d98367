/** Runs the bench, or those of its cases whose names contain a word that is given. On a machine that does nothing else. */
import type { Benchmark } from './benchmark.ts';
import { clientMemory } from './client-memory.ts';
import { exactlyOnce } from './exactly-once.ts';
import { idleMemory } from './idle-memory.ts';
import { inserts } from './inserts.ts';
import { keyedWatchers } from './keyed-watchers.ts';
import { largeResults } from './large-results.ts';
import { queue } from './queue.ts';
import { readers } from './readers.ts';
import { roundTrips } from './round-trips.ts';
import { manyShapes } from './shapes.ts';
import { wire } from './wire.ts';

const benchmarks: readonly Benchmark[] = [
  ...wire,
  ...roundTrips,
  ...clientMemory,
  ...keyedWatchers,
  ...manyShapes,
  ...largeResults,
  ...inserts,
  ...exactlyOnce,
  ...queue,
  ...readers,
  ...idleMemory,
];

const words = process.argv.slice(2);
const chosen = benchmarks.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
if (chosen.length === 0) {
  console.error(`No case is named so. There are:\n${benchmarks.map(({ name }) => `  ${name}`).join('\n')}`);
  process.exitCode = 1;
}
for (const { name, title, run } of chosen) {
  const start = performance.now();
  await run(`${name}: ${title}`);
  console.log(`  (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}
