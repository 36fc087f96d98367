/** Makes rows as objects: by a function that is written for their columns, where the platform lets one be. */
import type { Row, SqlValue } from '../model/values.ts';
import { type RowMaker, writtenMaker } from './written-rows.ts';

/** As many makers are kept as statements are on the server. */
const maxMakers = 500;

const makersByNames = new Map<string, RowMaker>();
const makers = new WeakMap<readonly string[], RowMaker>();

/** The maker for these columns. */
export function makerOf(columns: readonly string[]): RowMaker {
  const known = makers.get(columns);
  if (known) return known;
  const key = JSON.stringify(columns);
  const maker = makersByNames.get(key) ?? writtenMaker(columns) ?? plainMaker(columns);
  if (makersByNames.size >= maxMakers) makersByNames.delete(makersByNames.keys().next().value!);
  makersByNames.set(key, maker);
  makers.set(columns, maker);
  return maker;
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
