/** Columns sent over a real port, with their buffers moved, and read back: random ones, and every odd value. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SqlValue } from '../../../lib/model/values.ts';
import { type Column, valuesOf } from '../../../lib/wire/columns.ts';
import { buffersOf, columnsOf } from '../../../lib/wire/columns-of-rows.ts';
import { crossed } from '../../support/crossing.ts';

/** Packs one column, sends it with its buffers moved, and gives what arrived, and what of it was read. */
async function sent(values: readonly SqlValue[]): Promise<{ column: Column; read: SqlValue[] }> {
  const columns = columnsOf(values, 1);
  const [column] = await crossed(columns, buffersOf(columns));
  return { column: column!, read: Array.from(valuesOf(column!, values.length)) };
}

/** Numbers from a seed, in [0, 1). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

/** What values a column may hold, kind by kind. */
const kinds: readonly ((random: () => number) => SqlValue)[] = [
  () => null,
  (random) => Math.floor((random() - 0.5) * 2 ** 33),
  (random) =>
    [0, -0, 1.5, -(2 ** 31), 2 ** 31 - 1, 2 ** 53, 5e-324, Infinity, -Infinity, random()][Math.floor(random() * 10)]!,
  (random) => [0n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)][Math.floor(random() * 5)]!,
  (random) => ['', 'a', 'é', '🥛', '\0', '\ud83e', '\udd5b', 'line\n'][Math.floor(random() * 8)]!.repeat(random() * 20),
  (random) => Uint8Array.from({ length: random() * 30 }, () => random() * 256),
  (random) => new Uint8Array(random() * 20_000).fill(7),
];

describe('columns', () => {
  it('bring back random rows of any kinds, exactly', async () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = randomFrom(seed);
      const width = 1 + Math.floor(random() * 5);
      const count = Math.floor(random() * 60);
      const kindsOfColumn = Array.from({ length: width }, () => kinds.filter(() => random() < 0.3));
      const values = Array.from({ length: width * count }, (_, at) => {
        const [first = kinds[0]!, ...others] = kindsOfColumn[at % width]!;
        return (others[Math.floor(random() * (others.length + 1))] ?? first)(random);
      });
      const copy = structuredClone(values);
      const columns = columnsOf(values, width);
      const arrived = await crossed(columns, buffersOf(columns));
      const parts = arrived.map((column) => valuesOf(column, count));
      const read = values.map((_, at) => parts[at % width]![Math.floor(at / width)]!);
      assert.deepStrictEqual(read, copy, `seed ${seed}`);
      assert.deepStrictEqual(values, copy, `seed ${seed}: the values stay as they were`);
    }
  });

  it('are typed arrays where all values are numbers, with and without NULLs', async () => {
    for (const values of [
      [1, -5, 2 ** 31 - 1, -(2 ** 31) + 1, 0],
      [null, 7, null],
      [null, null],
    ])
      assert.ok((await sent(values)).column instanceof Int32Array);
    for (const values of [[1, 0.5], [-0], [2 ** 31], [-(2 ** 31)], [null, Infinity]])
      assert.ok((await sent(values)).column instanceof Float64Array);
    assert.ok((await sent([2n ** 62n, 0n])).column instanceof BigInt64Array);
  });

  it('keep the least integer that 32 bits hold apart from NULL', async () => {
    assert.deepStrictEqual((await sent([-(2 ** 31), null, 5])).read, [-(2 ** 31), null, 5]);
  });

  it('keep -0, infinities and the largest bigints', async () => {
    assert.deepStrictEqual((await sent([0, -0, null])).read, [0, -0, null]);
    assert.deepStrictEqual((await sent([-Infinity, 0.1, Infinity])).read, [-Infinity, 0.1, Infinity]);
    const bigints = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
    assert.deepStrictEqual((await sent(bigints)).read, bigints);
  });

  it('keep a number and a bigint of one worth apart', async () => {
    assert.deepStrictEqual((await sent([1, 1n, null])).read, [1, 1n, null]);
  });

  it('keep empty texts, NULs and halves of surrogate pairs, though neighbours make a pair of them', async () => {
    const texts = ['', null, '\ud83e', '\udd5b', 'a\0b', '\0', '', '🥛'];
    assert.deepStrictEqual((await sent(texts)).read, texts);
  });

  it('give each blob a buffer of its own', async () => {
    const { column, read } = await sent([new Uint8Array([1, 2]), null, new Uint8Array(), new Uint8Array([3])]);
    assert.ok('bytes' in column);
    assert.deepStrictEqual(read, [new Uint8Array([1, 2]), null, new Uint8Array(), new Uint8Array([3])]);
    for (const blob of read) if (blob instanceof Uint8Array) assert.equal(blob.buffer.byteLength, blob.length);
  });

  it('read blobs from views and Buffers, and leave these alone', async () => {
    const view = new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 3);
    const large = Buffer.alloc(50_000, 9);
    const [first, second] = [await sent([view, null]), await sent([large])];
    assert.deepStrictEqual(first.read, [new Uint8Array([1, 2]), null]);
    assert.deepStrictEqual(second.read, [new Uint8Array(50_000).fill(9)]);
    assert.deepEqual([view.length, large.length, large[0]], [2, 50_000, 9]);
  });

  it('carry texts and blobs of 100 MB', async () => {
    const size = 100 * 2 ** 20;
    const text = 'é'.repeat(size / 2);
    const blob = new Uint8Array(size).fill(200);
    const [asText, asBlob] = [await sent([text, 'b', null]), await sent([blob])];
    assert.ok(asText.read[0] === text && asText.read[1] === 'b' && asText.read[2] === null);
    assert.equal(Buffer.compare(asBlob.read[0] as Uint8Array, blob), 0);
  });

  it('of no rows are empty', () => {
    assert.deepEqual(
      columnsOf([], 2).map((column) => Array.from(valuesOf(column, 0))),
      [[], []],
    );
  });
});
