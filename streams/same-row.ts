/** Whether two rows have the same content. */

/** Rows are the same where all of their own properties are: blobs by content, other objects by identity. */
export function isSameRow<R>(a: R, b: R): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  const columns = Object.keys(a) as (keyof R)[];
  if (columns.length !== Object.keys(b).length) return false;
  return columns.every((column) => Object.hasOwn(b, column) && isSameValue(a[column], b[column]));
}

function isSameValue(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array)) return Object.is(a, b);
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
