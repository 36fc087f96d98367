/** The version of the database that a result is of. */

/** On the result itself, and not enumerable: an entry in a WeakMap costs 1 µs for each result, most of it in collecting it. */
const version = Symbol('version');

interface Versioned {
  [version]?: number;
}

const hidden: PropertyDescriptor = { value: 0, writable: true, enumerable: false, configurable: true };

/** Notes the version of a result. A live result that a later commit left as it was is of that later version too. */
export function noteVersion(result: object & Versioned, number: number): void {
  if (result[version] === undefined) Object.defineProperty(result, version, hidden);
  // One that its subscriber has frozen keeps the version that it was first seen with.
  if (!Object.isFrozen(result)) result[version] = number;
}

/**
 * The version of the database that a result of `select` or `watch`, or one of those of `watchAll`, is of: it counts every
 * commit up by one. `undefined` for anything else.
 */
export function versionOf(result: object & Versioned): number | undefined {
  return result[version];
}
