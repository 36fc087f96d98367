/** In place of `node:assert/strict` and `node:util` in a browser: what the suites that run there use of them. */

export function isDeepStrictEqual(actual: unknown, expected: unknown): boolean {
  if (Object.is(actual, expected)) return true;
  if (typeof actual !== 'object' || typeof expected !== 'object' || actual === null || expected === null) return false;
  if (Object.getPrototypeOf(actual) !== Object.getPrototypeOf(expected)) return false;
  if (ArrayBuffer.isView(actual)) return areEqualBytes(actual as Uint8Array, expected as Uint8Array);
  const [names, others] = [Object.keys(actual), Object.keys(expected)];
  return (
    names.length === others.length &&
    names.every((name) => Object.hasOwn(expected, name) && isDeepStrictEqual(part(actual, name), part(expected, name)))
  );
}

function areEqualBytes(actual: Uint8Array, expected: Uint8Array): boolean {
  return actual.length === expected.length && actual.every((byte, index) => byte === expected[index]);
}

function part(whole: object, name: string): unknown {
  return (whole as Record<string, unknown>)[name];
}

function demand(holds: boolean, message: () => string): asserts holds {
  if (!holds) throw new Error(message());
}

function printed(value: unknown): string {
  const text = JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner));
  return text?.slice(0, 300) ?? String(value);
}

/** `check` is a class, or tells whether the error is the right one. */
function isExpected(error: unknown, check: unknown): boolean {
  if (typeof check !== 'function') return true;
  return check.prototype === undefined ? check(error) === true : error instanceof (check as new () => Error);
}

const assert = {
  ok(value: unknown, message?: string): asserts value {
    demand(Boolean(value), () => message ?? `not so: ${printed(value)}`);
  },
  equal(actual: unknown, expected: unknown, message = ''): void {
    demand(Object.is(actual, expected), () => `${message} ${printed(actual)} is not ${printed(expected)}`);
  },
  deepEqual(actual: unknown, expected: unknown, message = ''): void {
    demand(isDeepStrictEqual(actual, expected), () => `${message} ${printed(actual)} is not ${printed(expected)}`);
  },
  deepStrictEqual(actual: unknown, expected: unknown, message = ''): void {
    assert.deepEqual(actual, expected, message);
  },
  match(actual: string, pattern: RegExp): void {
    demand(pattern.test(actual), () => `${printed(actual)} does not match ${pattern}`);
  },
  throws(work: () => unknown, check?: unknown): void {
    let result: unknown;
    try {
      result = work();
    } catch (error) {
      demand(isExpected(error, check), () => `another error: ${error}`);
      return;
    }
    demand(false, () => `nothing is thrown: ${printed(result)}`);
  },
};

export default assert;
