/** The version of the database that a result is of. */

/** Gives back what it is given, so that a class that extends it adds its fields to that. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is all it is for
    return object;
  }
}

/**
 * Adds a private field to a result: nothing else can see it, and it goes where the result goes. A property that is not
 * enumerable costs four times the 40 ns of this, and an entry in a WeakMap 1 µs, most of it in collecting it.
 */
class Versioned extends Given {
  #version: number;

  constructor(result: object, version: number) {
    super(result);
    this.#version = version;
  }

  static note(result: object, version: number): void {
    if (#version in result) result.#version = version;
    else new Versioned(result, version);
  }

  static of(result: object): number | undefined {
    return #version in result ? result.#version : undefined;
  }
}

/** Notes the version of a result. A live result that a later commit left as it was is of that later version too. */
export function noteVersion(result: object, version: number): void {
  Versioned.note(result, version);
}

/**
 * The version of the database that a result of `select` or `watch`, or one of those of `watchAll`, is of: it counts every
 * commit up by one. `undefined` for anything else.
 */
export function versionOf(result: object): number | undefined {
  return Versioned.of(result);
}
