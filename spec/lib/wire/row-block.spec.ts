/** Rows packed into one flat array, sent over a real port, and unpacked. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SqlValue } from '../../../lib/model/values.ts';
import { partsOf } from '../../../lib/wire/block-parts.ts';
import { packed } from '../../../lib/wire/packed-block.ts';
import { blockOf, rowCount } from '../../../lib/wire/row-block.ts';
import { arraysOf, objectsOf } from '../../../lib/wire/rows-of-block.ts';
import { crossed } from '../../support/crossing.ts';
import { runNode } from '../../support/run-node.ts';

/** Rows of every kind of column, with NULLs in each. */
function manyRows(count: number): SqlValue[][] {
  return Array.from({ length: count }, (_, n) =>
    n % 7 === 3
      ? [null, null, null, null, null, n]
      : [n, n / 3, `text ${n}`, new Uint8Array([n]), n % 2 ? BigInt(n) : n, `${n}`],
  );
}

describe('a row block', () => {
  it('holds row after row', () => {
    const rows = [
      [1, 'a'],
      [2, 'b'],
    ];
    assert.deepEqual(blockOf(rows, 2), { width: 2, values: [1, 'a', 2, 'b'] });
  });

  it('of no rows gives no rows', () => {
    assert.deepEqual(arraysOf(blockOf([], 3)), []);
    assert.deepEqual(objectsOf(blockOf([], 3), ['a', 'b', 'c']), []);
  });

  it('of rows without columns gives no rows, and comes to an end', () => {
    assert.deepEqual(blockOf([[], []], 0), { width: 0, values: [] });
    assert.deepEqual(arraysOf(blockOf([[], []], 0)), []);
    assert.deepEqual(objectsOf(blockOf([[], []], 0), []), []);
    assert.deepEqual(arraysOf({ width: 0, values: [1] }), []);
    assert.deepEqual(objectsOf({ width: 0, values: [1] }, []), []);
  });

  it('brings every value over a port as it was', async () => {
    const rows: SqlValue[][] = [
      [null, 0, -0, 1.5],
      [Infinity, -Infinity, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE],
      [0n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n],
      ['', 'ä\0b', '\ud800', '\udc00\ud800'],
      [new Uint8Array(), new Uint8Array([0, 255]), '🥛', "'"],
    ];
    const arrived = arraysOf(await crossed(blockOf(rows, 4)));
    assert.deepEqual(arrived, rows);
    assert.ok(Object.is(arrived[0]![2], -0));
    assert.equal(Object.getPrototypeOf(arrived[4]![1]), Uint8Array.prototype);
    assert.equal((arrived[3]![2] as string).charCodeAt(0), 0xd800);
  });

  it('brings the rows of one block, not those of another', async () => {
    const arrived = await crossed([blockOf([[1], [2]], 1), blockOf([[3, 4]], 2), blockOf([], 2)]);
    assert.deepEqual(arrived.map(arraysOf), [[[1], [2]], [[3, 4]], []]);
  });

  it('gives plain objects, one property per column', () => {
    const rows = objectsOf(
      blockOf(
        [
          [1, 'a'],
          [2, null],
        ],
        2,
      ),
      ['id', 'title'],
    );
    assert.deepEqual(rows, [
      { id: 1, title: 'a' },
      { id: 2, title: null },
    ]);
    for (const row of rows) assert.equal(Object.getPrototypeOf(row), Object.prototype);
  });

  it('keeps of two columns with one name the later one, and both as arrays', () => {
    const block = blockOf([[1, 'a', 2]], 3);
    assert.deepEqual(objectsOf(block, ['id', 'title', 'id']), [{ id: 2, title: 'a' }]);
    assert.deepEqual(arraysOf(block), [[1, 'a', 2]]);
  });

  it('keeps columns whose names objects have already', () => {
    const columns = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', '0'];
    const [row] = objectsOf(blockOf([[1, 2, 3, 4, 5, 6]], 6), columns);
    assert.deepEqual(
      new Map(Object.entries(row!)),
      new Map([['0', 6], ...columns.slice(0, 5).map((c, i) => [c, i + 1] as const)]),
    );
    assert.equal(Object.getPrototypeOf(row), Object.prototype);
    assert.deepEqual(Object.getOwnPropertyDescriptor(row, '__proto__'), {
      value: 1,
      writable: true,
      enumerable: true,
      configurable: true,
    });
    assert.equal(JSON.stringify(row), '{"0":6,"__proto__":1,"constructor":2,"toString":3,"hasOwnProperty":4,"":5}');
  });

  it('lets no column named __proto__ reach the prototype', () => {
    const [row] = objectsOf(blockOf([[null, 'a']], 2), ['__proto__', 'title']);
    assert.equal(Object.getPrototypeOf(row), Object.prototype);
    assert.deepEqual(
      objectsOf(blockOf([[1, 2]], 2), ['__proto__', '__proto__']).map((own) => Object.entries(own)),
      [[['__proto__', 2]]],
    );
  });

  it('of many rows is packed into columns, and gives the same rows', async () => {
    const rows = manyRows(200);
    const block = packed(blockOf(rows, 6));
    assert.ok('columns' in block);
    const arrived = await crossed(block);
    assert.equal(rowCount(arrived), 200);
    assert.deepStrictEqual(arraysOf(arrived), rows);
    const names = ['id', 'price', 'title', 'image', 'any', 'id'];
    const objects = rows.map(([, price, title, image, any, id]) => ({ id, price, title, image, any }));
    assert.deepStrictEqual(objectsOf(arrived, names), objects);
    for (const row of objectsOf(arrived, names)) assert.equal(Object.getPrototypeOf(row), Object.prototype);
    assert.deepStrictEqual(
      objectsOf(arrived, ['a', '__proto__', 'b', 'c', 'd', 'e']).map((row) => Object.entries(row)[1]),
      rows.map(([, price]) => ['__proto__', price]),
    );
  });

  it('of few values stays as it is', () => {
    const block = blockOf(manyRows(20), 6);
    assert.equal(packed(block), block);
    assert.equal(rowCount(block), 20);
  });

  it('comes apart into parts of limited rows and size, which together are the whole', () => {
    const many = manyRows(2_500);
    const parts = [...partsOf(blockOf(many, 6))];
    assert.deepEqual(parts.map(rowCount), [1_000, 1_000, 500]);
    assert.deepStrictEqual(parts.flatMap(arraysOf), many);
    const large = Array.from({ length: 10 }, (_, n) => [n, 'x'.repeat(30_000), new Uint8Array(10_000)]);
    const few = [...partsOf(blockOf(large, 3))];
    assert.deepEqual(few.map(rowCount), [2, 2, 2, 2, 2]);
    assert.deepStrictEqual(few.flatMap(arraysOf), large);
    assert.deepEqual([...partsOf(blockOf([], 3))], []);
  });

  it('gives the same objects where code may not be made of text', async () => {
    const wire = new URL('../../../lib/wire/', import.meta.url).href;
    const code = `
      import { packed } from '${wire}packed-block.ts';
      import { blockOf } from '${wire}row-block.ts';
      import { objectsOf } from '${wire}rows-of-block.ts';
      const rows = Array.from({ length: 200 }, (_, n) => [n, n % 2 ? 'text' : null]);
      const [few, many] = [blockOf(rows.slice(0, 2), 2), packed(blockOf(rows, 2))];
      const names = ['id', 'title'];
      console.log(JSON.stringify([objectsOf(few, names), objectsOf(many, names)[101]]));`;
    const args = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', code];
    const { stdout } = await runNode(args, { timeoutMs: 10_000 });
    const [zero, one] = [
      { id: 0, title: null },
      { id: 1, title: 'text' },
    ];
    assert.deepEqual(JSON.parse(stdout), [[zero, one], { id: 101, title: 'text' }]);
  });
});
