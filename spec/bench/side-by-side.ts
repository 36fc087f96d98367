/** Measures two sides in turns, in one run, and prints them beside each other. */

/** One case: the same work done by two sides. Each gives the number of units that it did. */
export interface Case {
  readonly name: string;
  readonly unit: string;
  readonly sides: readonly [Side, Side];
  /** The least ratio of the first side's rate to the second's. */
  readonly bar?: number;
}

export interface Side {
  readonly name: string;
  run(): number | Promise<number>;
}

const rounds = 7;

/** Runs each side in turns, so that what else the machine does falls on both, and prints the medians of the rates. */
export async function compare({ name, unit, sides, bar }: Case): Promise<void> {
  const rates: [number[], number[]] = [[], []];
  for (let round = -1; round < rounds; round++) {
    for (const [index, side] of sides.entries()) {
      const start = performance.now();
      const units = await side.run();
      // The first round warms up.
      if (round >= 0) rates[index as 0 | 1].push((units / (performance.now() - start)) * 1000);
    }
  }
  const [ours, theirs] = rates.map(median) as [number, number];
  console.log(`\n${name}`);
  for (const [side, rate] of [
    [sides[0], ours],
    [sides[1], theirs],
  ] as const) {
    console.log(`  ${side.name.padEnd(40)} ${Math.round(rate).toLocaleString('en').padStart(12)} ${unit}/s`);
  }
  const wanted =
    bar === undefined ? '' : `, wanted at least ${bar}: ${ours / theirs >= bar ? 'reached' : 'NOT REACHED'}`;
  console.log(`  ratio ${(ours / theirs).toFixed(2)}${wanted}`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
