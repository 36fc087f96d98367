/** The values that SQLite holds, the values that may be bound to a statement, and the step from one to the other. */

/** What SQLite gives: integers beyond 2^53 as `bigint`, all other numbers as `number`, blobs as `Uint8Array`. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** What may be bound: every {@link SqlValue}, and booleans, which SQLite holds as 1 and 0. */
export type Bindable = SqlValue | boolean;

/** Parameters by position, or by name (`{ id: 1 }` for `:id`, `@id` or `$id`). */
export type Params = readonly Bindable[] | Readonly<Record<string, Bindable>>;

/** A row as an object, one property per column. Of two columns with one name, the later one is kept. */
export type Row = Record<string, SqlValue>;

/** Parameters that have been checked: what crosses the port. */
export type BoundParams = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

/**
 * Turns one value into what SQLite holds, or says why it cannot.
 *
 * Blobs are copied: the caller may go on writing to its buffer, and a view of a large buffer would otherwise send the
 * whole of it.
 *
 * Errors  calls `refuse` with a reason that names the kind of value and what to pass in its place, never the value.
 */
export function bindValue(value: unknown, refuse: (reason: string) => never): SqlValue {
  switch (typeof value) {
    case 'string':
      return value;
    case 'number':
      return Number.isNaN(value) ? refuse('is NaN, which SQLite would store as NULL: pass null') : value;
    case 'boolean':
      return value ? 1 : 0;
    case 'bigint':
      return value < int64.min || value > int64.max
        ? refuse('is a bigint of more than 64 bits: pass it as a string')
        : value;
    case 'object':
      if (value === null) return null;
      if (value instanceof Uint8Array) return new Uint8Array(value);
      return refuse(reasonAgainst(value));
    case 'undefined':
      return refuse('is undefined: pass null');
    default:
      return refuse(`is a ${typeof value}, which SQLite cannot hold`);
  }
}

function reasonAgainst(value: object): string {
  if (value instanceof Date) return 'is a Date: pass date.toISOString() or date.getTime()';
  if (Array.isArray(value)) return 'is an array: pass JSON.stringify(array), or one parameter for each element';
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
    return 'is a buffer of another kind: pass a Uint8Array';
  return 'is an object: pass JSON.stringify(object), or one of its properties';
}

/** The kind of a bound value, for messages that must not show the value itself. */
export function typeOfValue(value: SqlValue): string {
  if (value === null) return 'null';
  return value instanceof Uint8Array ? 'blob' : typeof value;
}

/** Text that is equal for two values exactly when {@link sameValue} holds. Such texts stay apart when they are joined. */
export function keyOfValue(value: SqlValue): string {
  if (typeof value === 'string') return `s${value.length}:${value}`;
  if (value instanceof Uint8Array) return `x${value.length}:${value.join()};`;
  if (Object.is(value, -0)) return 'n-0;';
  return `${typeof value === 'bigint' ? 'b' : 'n'}${value};`;
}

/** Whether two values are the same to the last bit: -0 is not 0, and 1 is not 1n. */
export function sameValue(a: SqlValue, b: SqlValue): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return sameBytes(a, b);
  return Object.is(a, b);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
