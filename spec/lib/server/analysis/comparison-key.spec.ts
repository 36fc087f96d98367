/** Keys of values: what SQLite finds equal to a column is found by its key, whatever the types on both sides. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betterSqlite3 } from '../../../../engines/better-sqlite3.ts';
import { nodeSqlite } from '../../../../engines/node-sqlite.ts';
import { sqliteWasm } from '../../../../engines/sqlite-wasm.ts';
import type { SqlValue } from '../../../../lib/model/values.ts';
import { keyOfCompared, keyOfStored } from '../../../../lib/server/analysis/comparison-key.ts';
import type { Affinity, Column } from '../../../../lib/server/analysis/table-columns.ts';
import { openEngine, rowsOf } from '../../../engines/engine-under-test.ts';

const affinities: readonly Affinity[] = ['INTEGER', 'TEXT', 'REAL', 'NUMERIC', 'BLOB'];
const collations = ['BINARY', 'NOCASE', 'RTRIM'];
const columns = affinities.flatMap((affinity) =>
  collations.map((collation): Column => ({ name: `${affinity}_${collation}`, affinity, collation })),
);

const numbers: readonly SqlValue[] = [
  ...[0, -0, 1, -1, 5, 0.5, 2.5, 1e15, 1e16, 1e21, -1e300, 2 ** 53, 2 ** 53 - 1, 2 ** 60, 2 ** 63],
  ...[
    Number.POSITIVE_INFINITY,
    Number.MIN_VALUE,
    3n,
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 60n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ],
];
const texts: readonly string[] = [
  ...['', ' ', '0', '-0', '00', '5', '+5', ' 5', '5 ', '5.0', '5e0', '0.5', '.5', '1e3', '0x5', '5a', '5_0', 'five'],
  ...['9007199254740993', '9223372036854775808', '1e400', 'Infinity', '-inf', 'nan', 'NULL', 'true', '1.0', '2.5'],
  ...['a', 'A', 'b ', 'B', 'B  ', 'é', 'É', 'ß', 'ss', 'ı', 'I', 'i', '[', '{', '\u{1f600}', '\uffee', '\ufffd'],
  ...['a\u0000', 'A\u0000b', 'a\u0000c', '\u0000', '\ud800', 'x\udc00', '\u0000blob 1', 'a\t', 'a\u00a0'],
];
const blobs = [[], [0], [49], [97], [1, 2], [255]].map((bytes) => new Uint8Array(bytes));
const values: readonly SqlValue[] = [...numbers, ...texts, ...blobs];

const engines = { 'better-sqlite3': betterSqlite3({}), 'node:sqlite': nodeSqlite({}), 'sqlite-wasm': sqliteWasm({}) };

for (const [name, spec] of Object.entries(engines)) {
  describe(`the key of a value, beside ${name}`, () => {
    it('is the same for two values that a column compares as equal, or is SQLite to say', async () => {
      const engine = await openEngine(spec);
      let equal = 0;
      for (const column of columns) {
        const { name: table, affinity, collation } = column;
        engine.exec(`CREATE TABLE ${table} (v ${affinity} COLLATE ${collation})`);
        const insert = engine.prepare(`INSERT INTO ${table} VALUES (?)`, [null]);
        for (const value of values) insert.run([value]);
        const find = engine.prepare(`SELECT v FROM ${table} WHERE v = ?`, [null]);
        for (const value of values) {
          const key = keyOfCompared(value, column);
          if (key === undefined) continue;
          for (const [stored] of find.all([value])) {
            equal++;
            // As a Map looks it up.
            assert.ok(
              [keyOfStored(stored!, column)].includes(key),
              `${show(value)} finds ${show(stored!)} in ${table}`,
            );
          }
        }
      }
      assert.ok(equal > 1_000, `${equal} pairs are equal`);
      engine.close();
    });

    it('differs for values that a column tells apart, so that none is found in vain', async () => {
      const engine = await openEngine(spec);
      for (const column of columns) {
        const { name: table, affinity, collation } = column;
        engine.exec(`CREATE TABLE ${table} (v ${affinity} COLLATE ${collation})`);
        for (const value of [...numbers, ...texts.filter((text) => text.isWellFormed())])
          engine.prepare(`INSERT INTO ${table} VALUES (?)`, [null]).run([value]);
        for (const [one, other] of rowsOf(engine, `SELECT a.v, b.v FROM ${table} a, ${table} b WHERE a.v <> b.v`)) {
          const [left, right] = [keyOfStored(one!, column), keyOfStored(other!, column)];
          assert.notStrictEqual(left, right, `${show(one!)} and ${show(other!)} in ${table}`);
        }
      }
      engine.close();
    });
  });
}

describe('the key of a value', () => {
  const column = (affinity: Affinity, collation = 'BINARY'): Column => ({ name: 'v', affinity, collation });

  it('is told in advance for the values that are mostly asked for', () => {
    assert.equal(keyOfCompared(5, column('INTEGER')), 5);
    assert.equal(keyOfCompared('5', column('INTEGER')), 5);
    assert.equal(keyOfCompared(2.5, column('REAL')), 2.5);
    assert.equal(keyOfCompared('name', column('TEXT')), 'name');
    assert.equal(keyOfCompared('Name', column('TEXT', 'NOCASE')), 'name');
    assert.equal(keyOfCompared('x  ', column('TEXT', 'RTRIM')), 'x');
    assert.equal(keyOfCompared(5, column('TEXT')), '5');
    assert.equal(keyOfCompared(2n ** 60n, column('INTEGER')), 2n ** 60n);
    assert.equal(keyOfCompared(null, column('TEXT')), null);
  });

  it("is none where the conversion is SQLite's own affair", () => {
    for (const text of ['1e3', ' 5', '0x5', '2.5', '9007199254740993', 'Infinity'])
      assert.equal(keyOfCompared(text, column('NUMERIC')), undefined, text);
    for (const number of [0.1, 1e21, -0, Number.POSITIVE_INFINITY])
      assert.equal(keyOfCompared(number, column('TEXT')), undefined, String(number));
  });
});

function show(value: SqlValue): string {
  return typeof value === 'string' ? JSON.stringify(value) : `${typeof value} ${value}`;
}
