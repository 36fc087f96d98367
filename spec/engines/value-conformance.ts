/** Values go into every engine and come out as they were, and parameters find their places. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import type { SqlValue } from '../../lib/model/values.ts';
import { refusal, rowsOf, valueFrom, type WithEngine } from './engine-under-test.ts';

const int64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
const manyCharacters = 'größe 😀 \0 '.repeat(300_000);
const manyBytes = Uint8Array.from({ length: 4_000_000 }, (_, index) => (index * 31) ^ (index >> 8));

/** Each with the storage class in which SQLite must hold it. */
const values: readonly (readonly [what: string, value: SqlValue, type: string])[] = [
  ['NULL', null, 'null'],
  ['zero', 0, 'integer'],
  ['an integer', -5, 'integer'],
  ['the largest safe integer', Number.MAX_SAFE_INTEGER, 'integer'],
  ['the least safe integer', Number.MIN_SAFE_INTEGER, 'integer'],
  ['2^53', 2n ** 53n, 'integer'],
  ['-2^53', -(2n ** 53n), 'integer'],
  ['2^53 + 1', 2n ** 53n + 1n, 'integer'],
  ['-2^53 - 1', -(2n ** 53n) - 1n, 'integer'],
  ['the largest integer', int64.max, 'integer'],
  ['the least integer', int64.min, 'integer'],
  ['the least integer but one', int64.min + 1n, 'integer'],
  ['a fraction', 0.1, 'real'],
  ['-0', -0, 'real'],
  ['a number beyond all integers', 1e300, 'real'],
  ['-2^63 as a real', -(2 ** 63), 'real'],
  ['the least number above zero', 5e-324, 'real'],
  ['Infinity', Infinity, 'real'],
  ['-Infinity', -Infinity, 'real'],
  ['an empty text', '', 'text'],
  ['a text', "it's", 'text'],
  ['a text with NUL in it', 'a\0b\0', 'text'],
  ['a byte order mark', '\uFEFFa', 'text'],
  ['characters beyond 16 bits', '😀𝒳', 'text'],
  ['a text of some megabytes', manyCharacters, 'text'],
  ['an empty blob', new Uint8Array(), 'blob'],
  ['a blob', Uint8Array.of(0, 255, 0, 128), 'blob'],
  ['a blob of some megabytes', manyBytes, 'blob'],
];

/** A statement's parameters, their names in order, what is given, and the row that must come. */
const parameters: readonly (readonly [sql: string, names: (string | null)[], given: SqlValue[], row: SqlValue[]])[] = [
  ['SELECT ?, ?, ?', [null, null, null], [1, 'b', null], [1, 'b', null]],
  ['SELECT ?2, ?1, ?2', ['?1', '?2'], ['a', 'b'], ['b', 'a', 'b']],
  ['SELECT ?3', [null, null, '?3'], [1, 2, 3], [3]],
  ['SELECT ?5, ?2', [null, '?2', null, null, '?5'], [1, 2, 3, 4, 5], [5, 2]],
  ['SELECT ?, ?4, ?', [null, null, null, '?4', null], [1, 2, 3, 4, 5], [1, 4, 5]],
  ['SELECT ?, ?1, ?', ['?1', null], [1, 2], [1, 1, 2]],
  ['SELECT :a, @b, $c, :a', [':a', '@b', '$c'], [1, 2, 3], [1, 2, 3, 1]],
  ['SELECT ?, :a, ?, @b, ?5, ?', [null, ':a', null, '@b', '?5', null], [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]],
  ['SELECT :a, ?, :b, ?2', [':a', '?2', ':b'], [1, 2, 3], [1, 2, 3, 2]],
  ['SELECT :__proto__, :constructor, :größe', [':__proto__', ':constructor', ':größe'], [1, 2, 3], [1, 2, 3]],
  ['SELECT hex(?), :a', [null, ':a'], [Uint8Array.of(1), 2], ['01', 2]],
];

export function valueConformance(name: string, withEngine: WithEngine): void {
  describe(`${name}: values`, () => {
    for (const [what, value, type] of values) {
      it(`gives back ${what} as it was bound`, () =>
        withEngine((engine) => {
          engine.exec('CREATE TABLE t (v)');
          assert.equal(engine.prepare('INSERT INTO t VALUES (?)', [null]).run([value]).changes, 1);
          const [row] = rowsOf(engine, 'SELECT v, typeof(v) FROM t');
          assertSame(row, [value, type]);
        }));
    }

    it('gives a function every value as it was bound, and takes it back', () =>
      withEngine((engine) => {
        const seen: SqlValue[] = [];
        const body = (value: SqlValue, type: SqlValue): SqlValue => {
          seen.push(value, type);
          return value;
        };
        engine.defineFunction('pass', body, {});
        for (const [, value, type] of values) {
          const [row] = rowsOf(engine, 'SELECT pass(?1, typeof(?1)) AS v, typeof(pass(?1, 0))', [value], ['?1']);
          assertSame(row, [value, type]);
          // What only reads may be run again.
          assertSame(seen.splice(0).slice(0, 4), [value, type, value, 0]);
        }
      }));

    it('gives an aggregate every value as it was bound', () =>
      withEngine((engine) => {
        engine.defineAggregate<SqlValue[]>('gather', {
          start: () => [],
          step: (total, value) => [...total, value!],
          result: (total) => total.length,
        });
        const some = values.filter(([what]) => !what.includes('megabytes'));
        const list = some.map(() => '(?)').join();
        const bound = some.map(([, value]) => value);
        assert.deepEqual(rowsOf(engine, `WITH t(v) AS (VALUES ${list}) SELECT gather(v) FROM t`, bound), [
          [some.length],
        ]);
      }));

    it('reports what a function throws in its own words, and goes on', () =>
      withEngine((engine) => {
        engine.defineFunction(
          'refuse',
          () => {
            throw new Error('not this one: größe');
          },
          {},
        );
        assert.throws(() => rowsOf(engine, 'SELECT refuse()'), /not this one: größe/);
        assert.equal(valueFrom(engine, 'SELECT 1'), 1);
      }));

    it('binds an integer as INTEGER, also where it came as bigint', () =>
      withEngine((engine) => {
        assert.deepEqual(rowsOf(engine, "SELECT ? || '', typeof(?), ?", [5, 7n, 9n]), [['5', 'integer', 9]]);
      }));

    it('gives an integer beyond 2^53 as bigint in one row, and numbers in the others', () =>
      withEngine((engine) => {
        const select = engine.prepare('SELECT 1, 1.5 UNION ALL SELECT 9007199254740993, 2.5', []);
        for (let run = 0; run < 2; run++) {
          assert.deepEqual(select.all([]), [
            [1, 1.5],
            [9007199254740993n, 2.5],
          ]);
        }
      }));

    it('gives the rows of one and the same run, also where it finds large integers among them', () =>
      withEngine((engine) => {
        const select = engine.prepare(
          `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100),
           drawn AS MATERIALIZED (SELECT random() AS r FROM n) SELECT r, CAST(r AS TEXT) FROM drawn`,
          [],
        );
        for (let run = 0; run < 2; run++) for (const [r, text] of select.all([])) assert.equal(String(r), text);
      }));

    it('runs a statement that writes once, whatever its rows hold', () =>
      withEngine((engine) => {
        engine.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, v)');
        const insert = 'INSERT INTO t (v) VALUES (9223372036854775807), (-9223372036854775808) RETURNING v, 1';
        assert.deepEqual(rowsOf(engine, insert), [
          [int64.max, 1],
          [int64.min, 1],
        ]);
        assert.equal(valueFrom(engine, 'SELECT count(*) FROM t'), 2);
      }));
  });
}

/** An engine that cannot tell `:a` from `@a` in one statement refuses to prepare it. */
export function parameterConformance(name: string, withEngine: WithEngine, tellsPrefixesApart: boolean): void {
  describe(`${name}: parameters`, () => {
    for (const [sql, names, given, row] of parameters) {
      it(`binds ${sql}`, () => withEngine((engine) => assert.deepEqual(rowsOf(engine, sql, given, names), [row])));
    }

    it('keeps no value from the run before', () =>
      withEngine((engine) => {
        const select = engine.prepare('SELECT ?, :a', [null, ':a']);
        assert.deepEqual(select.all(['x', Uint8Array.of(1)]).length, 1);
        assert.deepEqual(select.all([null, null]), [[null, null]]);
      }));

    it(tellsPrefixesApart ? 'binds :a beside @a and ?1' : 'refuses :a beside @a when it prepares', () =>
      withEngine((engine) => {
        const sql = 'SELECT :a, @a, $a';
        const names = [':a', '@a', '$a'];
        if (tellsPrefixesApart) assert.deepEqual(rowsOf(engine, sql, [1, 2, 3], names), [[1, 2, 3]]);
        else assert.throws(() => engine.prepare(sql, names), refusal(21, /different prefixes/));
      }),
    );
  });
}

/** A blob may be a subclass of Uint8Array, such as Node's Buffer. */
function assertSame(actual: readonly SqlValue[] | undefined, expected: readonly SqlValue[]): void {
  const plain = actual?.map((value) => (value instanceof Uint8Array ? new Uint8Array(value) : value));
  // Compared by hand first: the difference between two megabytes takes minutes to print.
  const sizes = (row: readonly SqlValue[] | undefined) =>
    row?.map((value) => (typeof value === 'object' || typeof value === 'string' ? value?.length : value));
  assert.deepEqual(sizes(plain), sizes(expected));
  assert.ok(isDeepStrictEqual(plain, expected));
}
