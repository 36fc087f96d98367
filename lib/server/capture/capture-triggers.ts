/** The TEMP triggers that report the changed rows of one table. */
import { type Affinity, columnAt, columnSql, type TableColumns } from '../analysis/table-columns.ts';

export const captureTriggerPrefix = 'sluice_capture_';

/** The SQL functions that they call. */
export const gateFunction = 'sluice_gate';
export const rowFunction = 'sluice_row';

/** What is reported of a table's rows. Columns are numbers, as in {@link TableColumns}. */
export interface CaptureLayout {
  readonly columns: TableColumns;
  /** Whose values are reported, those of the key among them. */
  readonly kept: readonly number[];
  /** Which are compared when a row is updated. */
  readonly compared: readonly number[];
}

/**
 * The places among the kept columns of those that may hold 5 or 5.0, which to JavaScript are one number. Behind the values of
 * a row stands one more where there are any: a bit for each of them that is REAL.
 */
export function untypedPlaces({ columns, kept }: Pick<CaptureLayout, 'columns' | 'kept'>): number[] {
  return [...kept.keys()].filter((place) => columnAt(columns, kept[place]!).affinity === 'BLOB');
}

/** Bits of a change's mask: the last one stands for all columns beyond. A bit operation of JavaScript knows 32. */
const lastBit = 29;

/** The bit of a column in the mask of an updated row; 0 where it is not compared. */
export function bitOf({ compared }: CaptureLayout, column: number): number {
  const index = compared.indexOf(column);
  return index < 0 ? 0 : 1 << Math.min(index, lastBit);
}

/** The bit of a row that came or went: it concerns whoever reads the table, whatever of it. */
export const existenceBit = 1 << 30;

/** In place of a mask: the row came, or went. */
export const inserted = -1;
export const deleted = -2;

/**
 * The statements that make the triggers of a table; `slot` is the number by which it is reported, and
 * `knowsAngles` whether this SQLite has the functions of trigonometry.
 *
 * The gate is asked first: closed, it costs a bulk write 30 %, where reporting each row would cost 60 %.
 * TEMP triggers fire before those of the table itself, so that none of these can end the statement before they ran.
 */
export function captureTriggers(slot: number, layout: CaptureLayout, knowsAngles: boolean): string[] {
  const { columns, kept, compared } = layout;
  const untyped = untypedPlaces(layout);
  const reals = (row: 'OLD' | 'NEW'): string => {
    const bits = untyped.map(
      (place, bit) => `((typeof(${row}.${columnSql(columns, kept[place]!)}) = 'real') << ${bit})`,
    );
    return bits.length > 0 ? `, ${bits.join(' | ')}` : '';
  };
  const values = (row: 'OLD' | 'NEW'): string =>
    kept.map((column) => `, ${row}.${columnSql(columns, column)}`).join('') + reals(row);
  const terms = compared.map((column, index) => {
    const name = columnSql(columns, column);
    return `((${differs(`OLD.${name}`, `NEW.${name}`, columnAt(columns, column).affinity, knowsAngles)}) << ${Math.min(index, lastBit)})`;
  });
  const mask = terms.join(' | ') || '0';
  const trigger = (event: string, args: string): string =>
    `CREATE TEMP TRIGGER ${captureTriggerPrefix}${slot}_${event} AFTER ${event} ON ${columns.sql} ` +
    `WHEN ${gateFunction}(${slot}) BEGIN SELECT ${rowFunction}(${slot}, ${args}); END`;
  return [
    trigger('INSERT', `${inserted}${values('NEW')}`),
    trigger('UPDATE', `${mask}${values('OLD')}${values('NEW')}`),
    trigger('DELETE', `${deleted}${values('OLD')}`),
  ];
}

/** The table of a trigger, in SQL, as it stands in its text. */
export function captureTriggerTable(trigger: string): string {
  return / ON (.*) WHEN sluice_gate\(/s.exec(trigger)![1]!;
}

/** Whether two values differ to the last bit: a column's own collation, 1 and 1.0, 0.0 and -0.0 would look equal. */
function differs(before: string, after: string, affinity: Affinity, knowsAngles: boolean): string {
  const isOther = `${before} COLLATE BINARY IS NOT ${after}`;
  // Columns of other affinities hold a number in one form only.
  if (affinity !== 'BLOB') return isOther;
  // Of 0.0 and -0.0, nothing but the angle differs. https://sqlite.org/lang_mathfunc.html#atan2
  const isOtherZero = knowsAngles ? `atan2(${before}, -1) IS NOT atan2(${after}, -1)` : `typeof(${before}) = 'real'`;
  return `${isOther} OR typeof(${before}) <> typeof(${after}) OR (${before} = 0 AND ${isOtherZero})`;
}
