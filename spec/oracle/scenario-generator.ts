/** Makes a whole scenario from a seed. */
import { makeQueries } from './query-generator.ts';
import { Random } from './random.ts';
import type { EngineName, Scenario } from './scenario.ts';
import { makeRows, makeSchema } from './schema-generator.ts';
import { makeSteps } from './write-generator.ts';

interface Size {
  readonly queries: readonly [least: number, most: number];
  readonly steps: readonly [least: number, most: number];
  readonly rows: number;
  readonly mostRows: number;
  readonly mostSources: number;
}

/** Mostly small: these are quick, and find most. */
const sizes: readonly (readonly [weight: number, size: Size])[] = [
  [5, { queries: [3, 10], steps: [40, 80], rows: 12, mostRows: 30, mostSources: 4 }],
  [8, { queries: [8, 30], steps: [30, 60], rows: 12, mostRows: 30, mostSources: 4 }],
  // More rows than a window and what is held behind it.
  [3, { queries: [6, 20], steps: [30, 60], rows: 90, mostRows: 30, mostSources: 2 }],
  [2, { queries: [40, 80], steps: [20, 40], rows: 12, mostRows: 30, mostSources: 3 }],
  [0.4, { queries: [150, 300], steps: [15, 25], rows: 15, mostRows: 30, mostSources: 2 }],
  [0.6, { queries: [5, 12], steps: [10, 20], rows: 20, mostRows: 3000, mostSources: 1 }],
  [0.4, { queries: [3, 8], steps: [20, 40], rows: 2600, mostRows: 30, mostSources: 1 }],
];

export function makeScenario(seed: number, engine: EngineName, onWorker: boolean): Scenario {
  const random = new Random(seed);
  const size = random.weighted(sizes);
  const { schema, setup } = makeSchema(random, size.rows);
  const rows = makeRows(random, schema, size.rows);
  const queries = makeQueries(random, schema, random.between(...size.queries), size);
  const habits = { changesSchema: random.chance(0.4), mostRows: size.mostRows, hasFile: engine !== 'sqlite-wasm' };
  const clock = random.chance(0.8) ? 'even' : 'real';
  const readers = habits.hasFile && random.chance(0.04) ? random.between(1, 2) : 0;
  const steps = makeSteps(random, schema, random.between(...size.steps), queries.length, habits);
  return {
    seed,
    engine,
    onWorker,
    clock,
    ...(readers > 0 ? { readers } : {}),
    setup: [...setup, ...rows],
    queries,
    steps,
  };
}
