/** Makes rows as objects: by a function that is written for their columns, where the platform lets one be. */
import type { Row, SqlValue } from '../model/values.ts';

/** Makes rows of certain columns. Of two columns with one name, the later one is kept. */
export interface RowMaker {
  /** Adds rows whose values follow one another. */
  fromValues(values: readonly SqlValue[], rows: Row[]): void;
  /** Adds `count` rows from the values of each column. */
  fromColumns(columns: readonly ArrayLike<SqlValue>[], count: number, rows: Row[]): void;
}

/** As many makers are kept as statements are on the server. */
const maxMakers = 500;

const makersByNames = new Map<string, RowMaker>();
const makers = new WeakMap<readonly string[], RowMaker>();

/** The maker for these columns. */
export function makerOf(columns: readonly string[]): RowMaker {
  const known = makers.get(columns);
  if (known) return known;
  const key = JSON.stringify(columns);
  const maker = makersByNames.get(key) ?? written(columns) ?? plainMaker(columns);
  if (makersByNames.size >= maxMakers) makersByNames.delete(makersByNames.keys().next().value!);
  makersByNames.set(key, maker);
  makers.set(columns, maker);
  return maker;
}

/**
 * Rows that one object literal makes are made in a quarter of the time (0.1 µs each), and soon with the old objects where
 * they will stay: no collection copies them twice, which took up to 60 ms at once for 1,000,000 rows. In Node alone: a page's
 * policy may refuse code made of text, and would report it.
 */
function written(columns: readonly string[]): RowMaker | undefined {
  // In a literal, `__proto__` would set the prototype.
  if (!globalThis.process?.versions?.node || columns.includes('__proto__')) return undefined;
  const { length } = columns;
  const literal = (value: (column: number) => string): string =>
    `{${columns.map((name, column) => `${JSON.stringify(name)}:${value(column)}`).join()}}`;
  const parts = columns.map((_, column) => `c${column}`).join();
  try {
    return Function(`return {
      fromValues(v, rows) {
        for (let i = 0; i < v.length; i += ${length}) rows.push(${literal((column) => `v[i+${column}]`)});
      },
      fromColumns([${parts}], count, rows) {
        for (let i = 0; i < count; i++) rows.push(${literal((column) => `c${column}[i]`)});
      },
    }`)() as RowMaker;
  } catch {
    return undefined;
  }
}

function plainMaker(columns: readonly string[]): RowMaker {
  // Assigning to `__proto__` would set the prototype and lose the value.
  const set = columns.includes('__proto__') ? defineProperty : assign;
  const { length } = columns;
  return {
    fromValues(values, rows) {
      for (let at = 0; at < values.length; at += length) {
        const row: Row = {};
        for (let i = 0; i < length; i++) set(row, columns[i]!, values[at + i]!);
        rows.push(row);
      }
    },
    fromColumns(parts, count, rows) {
      for (let at = 0; at < count; at++) {
        const row: Row = {};
        for (let i = 0; i < length; i++) set(row, columns[i]!, parts[i]![at]!);
        rows.push(row);
      }
    },
  };
}

function assign(row: Row, name: string, value: SqlValue): void {
  row[name] = value;
}

function defineProperty(row: Row, name: string, value: SqlValue): void {
  Object.defineProperty(row, name, { value, writable: true, enumerable: true, configurable: true });
}
