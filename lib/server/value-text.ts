/** Values as text, and back: those that SQLite has, and plain data made of them. */

/** Undefined for what has no text, such as a Map or a Date. */
export function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(told(value));
  } catch {
    return undefined;
  }
}

export function revived(text: string): unknown {
  return meant(JSON.parse(text));
}

/** What JSON has stays as it is; all else becomes an array of what it is and its contents. */
function told(value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return isOfJson(value) ? value : ['number', Object.is(value, -0) ? '-0' : `${value}`];
  if (typeof value === 'bigint') return ['bigint', `${value}`];
  if (value === undefined) return ['undefined'];
  if (Array.isArray(value)) return ['array', value.map(told)];
  if (value instanceof Uint8Array) return ['bytes', Array.from(value, (byte) => String.fromCharCode(byte)).join('')];
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return ['object', Object.entries(value).map(([name, inner]) => [name, told(inner)])];
  }
  throw new TypeError('There is no text for it');
}

function meant(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const [kind, contents] = value;
  switch (kind) {
    case 'number':
      return Number(contents);
    case 'bigint':
      return BigInt(contents);
    case 'array':
      return (contents as unknown[]).map(meant);
    case 'bytes':
      return Uint8Array.from(contents as string, (character) => character.charCodeAt(0));
    case 'object':
      return Object.fromEntries((contents as [string, unknown][]).map(([name, inner]) => [name, meant(inner)]));
    default:
      return undefined;
  }
}

function isOfJson(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}
