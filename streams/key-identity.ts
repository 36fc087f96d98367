/** What a Map tells keys of rows apart by. */

/** What a Map tells apart exactly as the keys are to be told apart. */
export function identityOf(key: unknown): unknown {
  switch (typeof key) {
    case 'number':
    case 'bigint':
    case 'boolean':
      return key;
    case 'string':
      // Most strings stand for themselves; one that could be taken for the text of another key does not.
      return key.startsWith('\0') ? `\0${textOf(key)}` : key;
    default:
      return key === null ? key : `\0${textOf(key)}`;
  }
}

/** Text that is equal for equal keys alone, and still is when it stands between others. */
function textOf(key: unknown): string {
  if (typeof key === 'string') return `s${key.length}:${key}`;
  if (typeof key === 'bigint') return `b${key};`;
  if (key === null || typeof key === 'number' || typeof key === 'boolean') return `${key};`;
  if (key instanceof Uint8Array) return `x${key.join()};`;
  if (Array.isArray(key)) {
    let text = '[';
    for (const part of key) text += textOf(part);
    return `${text}]`;
  }
  const given = typeof key === 'object' ? `an object (${key.constructor?.name})` : `${typeof key}`;
  throw new TypeError(`a key is expected to be null, a number, a string, a blob or a list of these, and is ${given}`);
}
