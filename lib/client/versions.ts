/** The version of the database that a result is of. */

const versions = new WeakMap<object, number>();

/** Notes the version of a result. A live result that a later commit left as it was is of that later version too. */
export function noteVersion(result: object, version: number): void {
  versions.set(result, version);
}

/**
 * The version of the database that a result of `select`, `watch` or `watchAll` is of: it counts every commit up by one.
 * `undefined` for anything else.
 */
export function versionOf(result: object): number | undefined {
  return versions.get(result);
}
