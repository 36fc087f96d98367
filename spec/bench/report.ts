/** Prints what a case of the bench came to, beside what is wanted of it. */

/** One line: whose figure it is, and the figure with its unit. */
export type Line = readonly [name: string, figure: string];

/** What is wanted: a limit from above, from below, or the very number. */
export type Bar = { readonly what: string; readonly value: number } & (
  | { readonly atMost: number }
  | { readonly atLeast: number }
  | { readonly exactly: number }
);

export function report(name: string, lines: readonly Line[], bars: readonly Bar[] = []): void {
  console.log(`\n${name}`);
  for (const [side, figure] of lines) console.log(`  ${side.padEnd(44)} ${figure}`);
  for (const bar of bars) {
    const verdict = isReached(bar) ? 'reached' : 'NOT REACHED';
    console.log(`  ${bar.what} ${rounded(bar.value)}, wanted ${wanted(bar)}: ${verdict}`);
  }
}

/** Three digits, or all of those before the point. */
export function rounded(value: number): string {
  const digits = Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value === 0 || !Number.isFinite(value) ? `${value}` : Number(value.toFixed(digits)).toLocaleString('en');
}

function isReached(bar: Bar): boolean {
  if ('atMost' in bar) return bar.value <= bar.atMost;
  return 'atLeast' in bar ? bar.value >= bar.atLeast : bar.value === bar.exactly;
}

function wanted(bar: Bar): string {
  if ('atMost' in bar) return `at most ${bar.atMost}`;
  return 'atLeast' in bar ? `at least ${bar.atLeast}` : `${bar.exactly}`;
}
