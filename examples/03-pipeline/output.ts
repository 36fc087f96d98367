/** Puts figures and tables on the terminal. */
import type { ServerReport } from 'sluice';
import type { Timing } from './timings.ts';

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function celsius(value: number): string {
  return `${value.toFixed(1)} °C`;
}

/** The first row is the heading; the first column is words, the others are figures. */
export function printTable([heading, ...rows]: readonly (readonly string[])[]): void {
  const lines = [heading!, ...rows.map(([words, ...figures]) => [`  ${words}`, ...figures])];
  const widths = heading!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const aligned = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  console.log('');
  for (const line of lines) console.log(line.map(aligned).join('   '));
}

/** What the server is doing just now. */
export function printReport({ version, queue, clients, liveQueries, statements }: ServerReport): void {
  printTable([
    ['inspect(): live queries', 'rows', 'runs', 'equal', 'ms per run'],
    ...liveQueries.map(({ sql, rows, runs, wastedRuns, totalMs }) => [
      `${sql.trim().replace(/\s+/g, ' ').slice(0, 50)}…`,
      whole(rows),
      whole(runs),
      whole(wastedRuns),
      (totalMs / runs).toFixed(2),
    ]),
  ]);
  const { size, hits, misses } = statements;
  console.log(`  version ${whole(version)}, ${queue.length} waiting, clients: ${clients.length},`);
  console.log(`  ${size} prepared statements, found ${whole(hits)} times and made ${whole(misses)} times\n`);
}

export function printTimings(title: string, timings: readonly Timing[]): void {
  printTable([
    [title, 'times', 'average ms', 'longest ms'],
    ...timings.map(({ what, times, totalMs, longestMs }) => [
      what,
      whole(times),
      totalMs > 0 ? (totalMs / times).toFixed(2) : '',
      longestMs > 0 ? longestMs.toFixed(2) : '',
    ]),
  ]);
}
