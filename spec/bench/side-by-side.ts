/** Measures the rates of two sides in turns, in one run, and prints them beside each other. */
import { median } from './measure.ts';
import { report, rounded } from './report.ts';

/** The same work done by two sides. Each gives the number of units that it did. */
export interface Comparison {
  readonly name: string;
  readonly unit: string;
  readonly sides: readonly [Side, Side];
  /** The least ratio of the first side's rate to the second's. */
  readonly bar: number;
  /** Rounds before the compiler is done, which are not measured. One by default. */
  readonly warmUp?: number;
}

export interface Side {
  readonly name: string;
  /** Done before each run, and not measured. */
  prepare?(): unknown;
  run(): number | Promise<number>;
}

const rounds = 7;

/** Runs each side in turns, so that what else the machine does falls on both, and prints the medians of the rates. */
export async function compare({ name, unit, sides, bar, warmUp = 1 }: Comparison): Promise<void> {
  const rates: [number[], number[]] = [[], []];
  for (let round = -warmUp; round < rounds; round++) {
    for (const [index, side] of sides.entries()) {
      await side.prepare?.();
      const start = performance.now();
      const units = await side.run();
      if (round >= 0) rates[index as 0 | 1].push((units / (performance.now() - start)) * 1000);
    }
  }
  const [ours, theirs] = rates.map(median) as [number, number];
  report(
    name,
    [
      [sides[0].name, `${rounded(ours)} ${unit}/s`],
      [sides[1].name, `${rounded(theirs)} ${unit}/s`],
    ],
    [{ what: 'ratio', value: ours / theirs, atLeast: bar }],
  );
}
