/** The rows of a select as they arrive, part by part. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lastValueFrom, Observable } from 'rxjs';
import { LazyRows } from '../../../lib/client/lazy-rows.ts';
import { selectedRows } from '../../../lib/client/selected-rows.ts';
import type { PartialRows } from '../../../lib/wire/messages.ts';

const columns = ['n'];
const partOf = (before: number, ...values: number[]): PartialRows => ({ columns, rows: { width: 1, values }, before });

/** The result of a select that hears these parts, the last of which ends it. */
const selected = <F extends 'objects' | 'arrays' | 'lazy'>(form: F, parts: readonly PartialRows[]) =>
  lastValueFrom(
    new Observable((subscriber) => {
      const hear = selectedRows(form);
      for (const [place, part] of parts.entries()) {
        const reply =
          place < parts.length - 1
            ? { kind: 'part' as const, ...part }
            : { kind: 'rows' as const, version: 1, ...part };
        hear(subscriber as never, { id: 1, ...reply }, () => 1);
      }
    }),
  );

const rowsOf = (result: unknown): unknown[] =>
  'rows' in (result as object) ? (result as { rows: [number][] }).rows.map(([n]) => ({ n })) : [...(result as [])];

for (const form of ['objects', 'arrays', 'lazy'] as const) {
  describe(`rows as ${form}`, () => {
    it('are those of all parts', async () => {
      assert.deepEqual(rowsOf(await selected(form, [partOf(0, 1, 2), partOf(2, 3)])), [{ n: 1 }, { n: 2 }, { n: 3 }]);
    });

    it('are those of a read that was begun anew alone', async () => {
      const parts = [partOf(0, 1, 2), partOf(2, 3), partOf(0, 4), partOf(1, 5, 6)];
      assert.deepEqual(rowsOf(await selected(form, parts)), [{ n: 4 }, { n: 5 }, { n: 6 }]);
      assert.deepEqual(rowsOf(await selected(form, [partOf(0, 1, 2), partOf(0)])), []);
    });

    it('are all there, of however many parts', async () => {
      const rows = rowsOf(
        await selected(
          form,
          Array.from({ length: 20_003 }, (_, n) => partOf(n, n)),
        ),
      );
      assert.equal(rows.length, 20_003);
      assert.ok(rows.every((row, n) => (row as { n: number }).n === n));
    });
  });
}

describe('lazy rows', () => {
  const lazily = () => {
    const touched: number[] = [];
    const blocks = [0, 1, 2].map((number) => ({
      width: 1,
      get values() {
        touched.push(number);
        return [10 * number, 10 * number + 1];
      },
    }));
    const rows = new LazyRows(columns, blocks);
    // To count them is to touch the blocks, not the rows.
    touched.length = 0;
    return { rows, touched };
  };

  it('are made where they are touched, together with those that came with them', () => {
    const { rows, touched } = lazily();
    assert.equal(rows.length, 6);
    assert.deepEqual(rows.at(3), { n: 11 });
    assert.deepEqual(rows.slice(2, 4), [{ n: 10 }, { n: 11 }]);
    assert.deepEqual([rows.at(6), rows.at(-7), rows.slice(6), rows.slice(4, 2)], [undefined, undefined, [], []]);
    assert.deepEqual([...new Set(touched)], [1]);
    assert.deepEqual(rows.slice(-1), [{ n: 21 }]);
    assert.deepEqual([...new Set(touched)], [1, 2]);
  });

  it('are written as JSON, are equal to no others, and are refused as a clone', () => {
    const { rows } = lazily();
    assert.deepEqual(JSON.parse(JSON.stringify({ rows })).rows, [...rows]);
    assert.notDeepEqual(rows, lazily().rows);
    assert.throws(() => structuredClone(rows), { name: 'DataCloneError' });
  });
});
