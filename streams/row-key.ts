/** The keys by which rows are known from one result to the next. */

/** What tells a row from all others: a column, several columns together, or what a function makes of the row. */
export type RowKey<R> = (keyof R & string) | readonly (keyof R & string)[] | ((row: R) => unknown);

export type KeyReader<R> = (row: R) => unknown;

export function keyReader<R>(key: RowKey<R>): KeyReader<R> {
  if (typeof key === 'function') return key;
  if (typeof key === 'string') return (row) => columnOf(row, key);
  if (Array.isArray(key) && key.length > 0) return (row) => key.map((column) => columnOf(row, column));
  throw new TypeError('key is expected to be a column, a list of at least one column, or a function of a row');
}

function columnOf<R>(row: R, column: keyof R & string): unknown {
  if (row[column] !== undefined) return row[column];
  throw new TypeError(
    `each row is expected to have the key column ${column}, and one has ${Object.keys(row as object)}`,
  );
}
