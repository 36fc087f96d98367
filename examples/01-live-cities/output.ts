/** Puts lines, tables and figures on the terminal, or into a file as plain text. */

const isTerminal = process.stdout.isTTY;
/** Goes back over a progress line. */
const rewind = isTerminal ? '\r\u001b[K' : '';

export function print(line: string): void {
  process.stdout.write(`${rewind}${line}\n`);
}

/** On a terminal, the next line takes its place. */
export function printProgress(line: string): void {
  process.stdout.write(isTerminal ? rewind + line : `${line}\n`);
}

/** The first row is the heading; the first column is words, the others are figures. */
export function printTable([heading, ...rows]: readonly (readonly string[])[]): void {
  const lines = [heading!, ...rows.map(([words, ...figures]) => [`  ${words}`, ...figures])];
  const widths = heading!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const aligned = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  print('');
  for (const line of lines) print(line.map(aligned).join('   '));
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

export function milliseconds(value: number): string {
  return `${value.toFixed(1)} ms`;
}

export function latitude(degrees: number): string {
  return `${degrees.toFixed(1)}° N`;
}

const regions = new Intl.DisplayNames(['en'], { type: 'region' });

export function countryName(code: string): string {
  return regions.of(code) ?? code;
}
