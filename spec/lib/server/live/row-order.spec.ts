/** Rows are compared as SQLite's own ORDER BY does: odd values, collations, directions, and where NULL goes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betterSqlite3 } from '../../../../engines/better-sqlite3.ts';
import { nodeSqlite } from '../../../../engines/node-sqlite.ts';
import { sqliteWasm } from '../../../../engines/sqlite-wasm.ts';
import type { SqlValue } from '../../../../lib/model/values.ts';
import type { OrderTerm } from '../../../../lib/server/analysis/result-order.ts';
import { compareValues, rowOrder } from '../../../../lib/server/live/row-order.ts';
import { openEngine, rowsOf } from '../../../engines/engine-under-test.ts';

const values: readonly SqlValue[] = [
  ...[null, 0, -0, 1, -1, 0.5, -2.5, 1e300, -1e300, Number.MIN_VALUE, Number.POSITIVE_INFINITY],
  ...[2 ** 53, 2 ** 53 - 1, 2 ** 60, 2 ** 63, -(2 ** 63), 2n ** 53n, 2n ** 53n + 1n, 2n ** 60n, 2n ** 60n + 1n],
  ...[2n ** 63n - 1n, -(2n ** 63n), -(2n ** 53n) - 1n],
  ...['', ' ', 'a', 'A', 'aa', 'Aa', 'aA', 'B', 'b', 'b ', 'b  ', 'b\t', 'ba', '[', '_', '{', 'z', 'Z', '0', '10', '9'],
  // Pairs of surrogates sort before U+E000 to U+FFFF as UTF-16, and behind as UTF-8.
  ...[
    'é',
    'É',
    'ß',
    'я',
    '\u07ff',
    '\u0800',
    '\ud7ff',
    '\ue000',
    '\uffee',
    '\uffff',
    '\u{10000}',
    '\u{1f600}',
    '\u{10ffff}',
  ],
  ...['a\u{1f600}', 'a\uffee', 'a\u0000', 'a\u0000b', 'A\u0000c', 'a\u0000\u0000\u0000', 'a\u0001', '\u0000'],
  ...[[], [0], [0, 0], [1], [97], [127], [128], [255], [255, 0]].map((bytes) => new Uint8Array(bytes)),
];

const engines = { 'better-sqlite3': betterSqlite3({}), 'node:sqlite': nodeSqlite({}), 'sqlite-wasm': sqliteWasm({}) };
const collations = ['BINARY', 'NOCASE', 'RTRIM'];

for (const [name, spec] of Object.entries(engines)) {
  describe(`the order of rows, beside ${name}`, () => {
    for (const collation of collations) {
      it(`is that of ORDER BY … COLLATE ${collation}, up and down, with NULL first and last`, async () => {
        const engine = await openEngine(spec);
        engine.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, v)');
        const insert = engine.prepare('INSERT INTO t (v) VALUES (?)', [null]);
        // Twice, so that there are ties.
        for (const value of [...values, ...values]) insert.run([value]);
        const rows = rowsOf(engine, 'SELECT id, v FROM t');
        for (const isDescending of [false, true]) {
          for (const nullsFirst of [false, true]) {
            const terms: OrderTerm[] = [
              { at: 1, isDescending, nullsFirst, collation },
              { at: 0, isDescending: false, nullsFirst: true, collation: 'BINARY' },
            ];
            const how = `v COLLATE ${collation} ${isDescending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;
            const wanted = rowsOf(engine, `SELECT id, v FROM t ORDER BY ${how}, id`);
            assert.deepEqual(rows.toSorted(rowOrder(terms)), wanted, how);
          }
        }
        engine.close();
      });

      it(`finds equal what the collation ${collation} does, and tells apart what it tells apart`, async () => {
        const engine = await openEngine(spec);
        const compare = engine.prepare(
          `SELECT (a COLLATE ${collation} > b) - (a COLLATE ${collation} < b) FROM (SELECT ? AS a, ? AS b)`,
          [null, null],
        );
        for (const a of values) {
          for (const b of values) {
            if (a === null || b === null) continue;
            const [[wanted]] = compare.all([a, b]) as [[number]];
            assert.equal(
              Math.sign(compareValues(a, b, collation)),
              wanted,
              `${JSON.stringify(String(a))}, ${JSON.stringify(String(b))}`,
            );
          }
        }
        engine.close();
      });
    }
  });
}

describe('the order of rows', () => {
  it('goes on to the next term where one ties', () => {
    const terms: OrderTerm[] = [
      { at: 0, isDescending: false, nullsFirst: true, collation: 'NOCASE' },
      { at: 2, isDescending: true, nullsFirst: false, collation: 'BINARY' },
    ];
    const rows: SqlValue[][] = [
      ['a', 1, 1],
      ['A', 2, 2],
      ['b', 3, null],
      ['B', 4, 5],
      [null, 5, 0],
    ];
    assert.deepEqual(
      rows.toSorted(rowOrder(terms)).map(([, id]) => id),
      [5, 2, 1, 4, 3],
    );
    assert.equal(rowOrder(terms)(['a', 0, 1], ['A', 9, 1]), 0);
    assert.equal(rowOrder([])([1], [2]), 0);
  });
});
