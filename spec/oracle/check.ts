/** Whether a live result is one that SQL allows, where it is not the very one that a fresh run gave. */
import type { SqlValue } from '../../lib/index.ts';
import type { Comparison, Fragment, QueryTemplate } from './query-template.ts';
import { contentOfValue, type Result } from './results.ts';

/**
 * `ranked` has all rows that LIMIT chooses from, each with its rank by ORDER BY in its last column. The live rows must have
 * the ranks that a sorted result has, place by place, and each of them must be one of the rows of that rank.
 *
 * Gives the reason against it; none where it is allowed.
 */
export function reasonAgainst(live: Result, ranked: Result, template: QueryTemplate): string | undefined {
  const comparisons = comparisonsOf(template);
  const ranks = ranked.rows.map((row) => Number(row.at(-1))).sort((a, b) => a - b);
  const [from, to] = bounds(template);
  const expected = ranks.slice(from, to);
  if (live.rows.length !== expected.length) return `has ${live.rows.length} rows where ${expected.length} belong`;
  const candidates = new Map<string, SqlValue[][]>();
  for (const row of ranked.rows) {
    const key = `${row.at(-1)}:${looseContent(row.slice(0, -1), comparisons)}`;
    const alike = candidates.get(key);
    if (alike) alike.push([...row]);
    else candidates.set(key, [[...row]]);
  }
  for (const [index, row] of live.rows.entries()) {
    const alike = candidates.get(`${expected[index]}:${looseContent(row, comparisons)}`) ?? [];
    const found = alike.findIndex((candidate) => areClose(row, candidate, comparisons));
    if (found < 0) return `row ${index} is none that belongs there: ${row.map(contentOfValue).join(', ')}`;
    alike.splice(found, 1);
  }
  return undefined;
}

/** How the columns are compared; nothing is left open where `*` stands for some of them. */
function comparisonsOf({ cores }: QueryTemplate): readonly Comparison[] {
  const columns = cores.map(({ core }) => core.columns);
  if (columns.flat().some(({ sql }) => /(^|\.)\*$/.test(sql))) return [];
  return columns[0]!.map(
    (column, index) =>
      columns.find((others) => others[index]?.comparison !== 'exact')?.[index]?.comparison ?? column.comparison,
  );
}

function bounds({ limit, offset }: QueryTemplate): readonly [number, number] {
  const amount = (part: Fragment): number => Number(part.params.length > 0 ? part.params[0] : part.sql);
  const from = limit && offset ? Math.max(0, amount(offset)) : 0;
  const count = limit ? amount(limit) : -1;
  return [from, count < 0 ? Number.POSITIVE_INFINITY : from + count];
}

function looseContent(row: readonly SqlValue[], comparisons: readonly Comparison[]): string {
  return row
    .map((value, index) => {
      switch (comparisons[index]) {
        case 'folded':
          return folded(value);
        case 'bag':
          return typeof value === 'string' ? value.split('|').map(folded).sort().join('|') : contentOfValue(value);
        case 'any':
          return '';
        case 'real':
          return typeof value === 'number' || typeof value === 'bigint' ? 'number' : contentOfValue(value);
        default:
          return contentOfValue(value);
      }
    })
    .join();
}

function areClose(a: readonly SqlValue[], b: readonly SqlValue[], comparisons: readonly Comparison[]): boolean {
  return comparisons.every((comparison, index) => {
    const [one, two] = [a[index]!, b[index]!];
    if (comparison !== 'real' || typeof one === 'string' || one === null || two === null) return true;
    const [x, y] = [Number(one), Number(two)];
    return x === y || Math.abs(x - y) <= 1e-9 * Math.max(1, Math.abs(x), Math.abs(y));
  });
}

/** The same for all values that some collation, or the comparison of numbers, holds for equal. */
function folded(value: SqlValue): string {
  if (typeof value === 'string')
    return `'${value.replace(/ +$/, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase())}'`;
  if (typeof value === 'number' || typeof value === 'bigint') return `${Number(value) || 0}`;
  return contentOfValue(value);
}
