/** What may be bound, what is refused and with which words, and when two values are the same. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bindValue, keyOfValue, type SqlValue, sameValue, typeOfValue } from '../../../lib/model/values.ts';

const bind = (value: unknown): SqlValue =>
  bindValue(value, (reason) => {
    throw new TypeError(reason);
  });

describe('bindValue', () => {
  it('passes what SQLite holds', () => {
    const held = [
      '',
      'milk',
      '\ud800',
      0,
      -0,
      1.5,
      2 ** 53,
      Infinity,
      -Infinity,
      null,
      0n,
      2n ** 63n - 1n,
      -(2n ** 63n),
    ];
    for (const value of held) assert.ok(Object.is(bind(value), value));
  });

  it('turns booleans into 1 and 0', () => {
    assert.equal(bind(true), 1);
    assert.equal(bind(false), 0);
  });

  it('copies a blob, so that the caller may go on writing to it', () => {
    const blob = new Uint8Array([1, 2, 3]);
    const bound = bind(blob);
    blob[0] = 9;
    assert.deepEqual(bound, new Uint8Array([1, 2, 3]));
  });

  it('copies of a view its own bytes alone', () => {
    const bound = bind(new Uint8Array(1_000_000).subarray(10, 12)) as Uint8Array;
    assert.equal(bound.length, 2);
    assert.equal(bound.buffer.byteLength, 2);
  });

  it('takes a Buffer, and shared memory, as plain bytes', () => {
    for (const bytes of [Buffer.from('milk'), new Uint8Array(new SharedArrayBuffer(4)).fill(7)]) {
      const bound = bind(bytes) as Uint8Array;
      assert.equal(Object.getPrototypeOf(bound), Uint8Array.prototype);
      assert.ok(bound.buffer instanceof ArrayBuffer);
      assert.deepEqual([...bound], [...bytes]);
    }
  });

  const otherBuffer = 'is a buffer of another kind: pass a Uint8Array';
  const object = 'is an object: pass JSON.stringify(object), or one of its properties';
  const tooLarge = 'is a bigint of more than 64 bits: pass it as a string';
  const refusals: readonly [name: string, value: unknown, reason: string][] = [
    ['undefined', undefined, 'is undefined: pass null'],
    ['NaN', Number.NaN, 'is NaN, which SQLite would store as NULL: pass null'],
    ['a Date', new Date(0), 'is a Date: pass date.toISOString() or date.getTime()'],
    ['an array', ['secret'], 'is an array: pass JSON.stringify(array), or one parameter for each element'],
    ['a plain object', { secret: 1 }, object],
    ['a Map', new Map(), object],
    ['a boxed string', Object('secret'), object],
    ['a function', () => 'secret', 'is a function, which SQLite cannot hold'],
    ['a class', class Secret {}, 'is a function, which SQLite cannot hold'],
    ['a symbol', Symbol('secret'), 'is a symbol, which SQLite cannot hold'],
    ['a bigint above 64 bits', 2n ** 63n, tooLarge],
    ['a bigint below 64 bits', -(2n ** 63n) - 1n, tooLarge],
    ['an ArrayBuffer', new ArrayBuffer(1), otherBuffer],
    ['a DataView', new DataView(new ArrayBuffer(1)), otherBuffer],
    ['an Int8Array', new Int8Array(1), otherBuffer],
    ['a Uint8ClampedArray', new Uint8ClampedArray(1), otherBuffer],
    ['a Float64Array', new Float64Array(1), otherBuffer],
    ['a BigInt64Array', new BigInt64Array(1), otherBuffer],
  ];
  for (const [name, value, reason] of refusals) {
    it(`refuses ${name} by name`, () => assert.throws(() => bind(value), { name: 'TypeError', message: reason }));
  }
});

describe('typeOfValue', () => {
  it('tells the kind of a value', () => {
    const values = [null, 1, 1n, 'milk', new Uint8Array()];
    assert.deepEqual(values.map(typeOfValue), ['null', 'number', 'bigint', 'string', 'blob']);
  });
});

describe('the sameness of values', () => {
  const apart: readonly SqlValue[] = [
    ...[null, 0, -0, 1, 10, 1.5, Infinity, -Infinity, 2 ** 53, 0n, 1n, 10n, -1n],
    ...[
      '',
      '0',
      '1',
      '1n',
      'null',
      '-0',
      'Infinity',
      's1:1',
      'n1;',
      '1;s1',
      '1s1:1',
      '\0',
      'a',
      'A',
      'ä',
      'a\u0308',
      '\ud800',
      '\ufffd',
    ],
    ...[[], [0], [1], [1, 0], [0, 1], [10], [49]].map((bytes) => new Uint8Array(bytes)),
  ];
  const copyOf = (value: SqlValue): SqlValue => (value instanceof Uint8Array ? new Uint8Array(value) : value);

  it('holds between a value and its copy', () => {
    for (const value of apart) {
      assert.ok(sameValue(value, copyOf(value)));
      assert.equal(keyOfValue(value), keyOfValue(copyOf(value)));
    }
  });

  it('holds between no two that differ in type, sign or a single bit', () => {
    apart.forEach((a, i) => {
      apart.forEach((b, j) => {
        if (i === j) return;
        assert.ok(!sameValue(a, b), `${typeOfValue(a)} ${a} and ${typeOfValue(b)} ${b}`);
        assert.notEqual(keyOfValue(a), keyOfValue(b));
      });
    });
  });

  it('keeps rows apart whose texts joined would be alike', () => {
    const keys = new Set<string>();
    const rows = apart.flatMap((a) => [[a], ...apart.map((b) => [a, b])]);
    for (const row of rows) keys.add(row.map(keyOfValue).join(''));
    assert.equal(keys.size, rows.length);
  });
});
