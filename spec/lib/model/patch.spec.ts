/** The difference between two results: what it copies, what it sends, and that it always leads there. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyPatch, difference } from '../../../lib/model/patch.ts';
import { keyOfValue, type SqlValue } from '../../../lib/model/values.ts';

type Values = readonly SqlValue[];

const rowsOf = (...values: SqlValue[]): Values[] => values.map((value) => [value]);
const copyOf = (rows: readonly Values[]): Values[] =>
  rows.map((row) => row.map((value) => (value instanceof Uint8Array ? new Uint8Array(value) : value)));

/** Whole numbers from 0 below a limit, the same ones for the same seed (mulberry32). */
function randomsOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** How many rows of `after` were in `before`, each counted as often as it was there. */
function rowsInCommon(before: readonly Values[], after: readonly Values[]): number {
  const left = new Map<string, number>();
  const keyOf = (row: Values): string => row.map(keyOfValue).join('');
  for (const row of before) left.set(keyOf(row), (left.get(keyOf(row)) ?? 0) + 1);
  return after.filter((row) => {
    const count = left.get(keyOf(row)) ?? 0;
    left.set(keyOf(row), count - 1);
    return count > 0;
  }).length;
}

/** Everything that a patch promises of two results. */
function assertLeads(before: readonly Values[], after: readonly Values[]): void {
  const patch = difference(before, after);
  const isEqual = before.length === after.length && after.every((row, i) => rowsInCommon([before[i]!], [row]) === 1);
  assert.equal(patch === undefined, isEqual, 'no patch where the two are equal, and only there');
  if (patch === undefined) return;

  const applied = applyPatch(before, patch);
  assert.deepEqual(applied, after);
  const known = new Set(before);
  const copied = applied.filter((row) => known.has(row));
  assert.equal(copied.length, rowsInCommon(before, after), 'every row that was there is copied');
  assert.equal(new Set(copied).size, copied.length, 'no row is copied twice');
  assert.equal(patch.rows.length, after.length - copied.length, 'and no other is');
}

describe('a patch', () => {
  it('is none between equal results', () => {
    assert.equal(difference([], []), undefined);
    assert.equal(difference(rowsOf(1, 'a', null), rowsOf(1, 'a', null)), undefined);
    assert.equal(difference([[new Uint8Array([1])]], [[new Uint8Array([1])]]), undefined);
    assert.equal(difference([[], []], [[], []]), undefined);
  });

  it('copies spans of rows, wherever they moved, and adds the others', () => {
    const patch = difference(rowsOf('a', 'b', 'c', 'd'), rowsOf('a', 'X', 'd', 'b'));
    assert.deepEqual(patch?.spans, [0, 1, -1, 1, 3, 1, 1, 1]);
    assert.deepEqual(patch?.rows, rowsOf('X'));
  });

  it('is a few spans where a few rows of many differ', () => {
    const before = Array.from({ length: 1_000 }, (_, i): Values => [i, `row ${i}`]);
    const changed = before.with(500, [500, 'changed']);
    assert.deepEqual(difference(before, changed)?.spans, [0, 500, -1, 1, 501, 499]);
    assert.deepEqual(difference(before, before.toSpliced(10, 1))?.spans, [0, 10, 11, 989]);
    assert.deepEqual(difference(before, before.toSpliced(10, 0, ['new', 'one'], ['and', 'another']))?.spans, [
      ...[0, 10],
      ...[-1, 2],
      ...[10, 990],
    ]);
    const turned = [...before.slice(300), ...before.slice(0, 300)];
    assert.deepEqual(difference(before, turned)?.spans, [300, 700, 0, 300]);
    assert.deepEqual(difference(before, [])?.spans, []);
    assert.deepEqual(difference([], before)?.spans, [-1, 1_000]);
  });

  it('copies the same objects', () => {
    const [a, b, c] = [{ id: 1 }, { id: 2 }, { id: 3 }];
    const applied = applyPatch([a, b], { spans: [1, 1, -1, 1, 0, 1], rows: [c] });
    assert.deepEqual(applied, [b, c, a]);
    assert.ok(applied[0] === b && applied[1] === c && applied[2] === a);
  });

  it('is applied whatever its spans are: to fewer rows, as many and more, in any order, and twice', () => {
    const random = randomsOf(4);
    for (let round = 0; round < 5_000; round++) {
      const before = Array.from({ length: random(10) }, (_, i) => i);
      const [spans, rows, expected]: [number[], number[], number[]] = [[], [], []];
      for (let pieces = random(6); pieces > 0; pieces--) {
        const from = random(4) === 0 ? Math.min(expected.length, before.length) : random(before.length + 1);
        const count = random(before.length - from + 1);
        const added = Array.from({ length: random(3) }, () => 100 + random(100));
        spans.push(from, count, -1, added.length);
        rows.push(...added);
        expected.push(...before.slice(from, from + count), ...added);
      }
      assert.deepEqual(applyPatch(before, { spans, rows }), expected, `round ${round}`);
      assert.deepEqual(
        before,
        before.map((_, i) => i),
      );
    }
  });

  it('makes a new list, also where nothing differs', () => {
    const before = rowsOf(1, 2);
    const after = applyPatch(before, { spans: [0, 2], rows: [] });
    assert.notEqual(after, before);
    assert.deepEqual(after, before);
  });

  it('leaves the rows before it as they were', () => {
    const before = rowsOf(1, 2);
    applyPatch(before, difference(before, rowsOf(2, 3))!);
    assert.deepEqual(before, rowsOf(1, 2));
  });

  it('tells values apart by type, sign and bits', () => {
    for (const [a, b] of [
      [1, 1n],
      [1, '1'],
      [0, -0],
      [null, ''],
      [null, 'null'],
      ['1', new Uint8Array([49])],
      [new Uint8Array([1]), new Uint8Array([1, 0])],
      [2 ** 53, 2n ** 53n],
    ] satisfies [SqlValue, SqlValue][]) {
      assertLeads([[a]], [[b]]);
      // Between rows that differ, so that they are looked up rather than compared in place.
      assertLeads([['x'], [a], ['y']], [['y'], [b], ['x']]);
    }
  });

  it('tells rows apart whose values joined would be alike', () => {
    assertLeads([['x'], ['a', 'b'], ['y']], [['y'], ['ab', ''], ['x']]);
    assertLeads([['x'], [1, 23], ['y']], [['y'], [12, 3], ['x']]);
    assertLeads([['x'], ['s1:a'], ['y']], [['y'], ['a'], ['x']]);
  });

  it('tells rows of other widths apart', () => {
    assertLeads([[1], [2]], [[1, null], [2]]);
    assertLeads([[], []], [[]]);
    assertLeads([[1]], [[]]);
  });

  const values: readonly SqlValue[] = [0, 1, 2, -0, 1n, '1', 'a', null, new Uint8Array([1]), new Uint8Array()];
  const forms = {
    'of few different rows, many twice': 2,
    'of different rows': 10,
  };
  for (const [name, kinds] of Object.entries(forms)) {
    it(`leads from any result to any other: 5,000 pairs ${name}`, () => {
      const random = randomsOf(kinds);
      const anyRow = (): Values => Array.from({ length: 1 + random(2) }, () => values[random(kinds)]!);
      for (let round = 0; round < 5_000; round++) {
        const before = Array.from({ length: random(8) }, anyRow);
        const after = Array.from({ length: random(8) }, anyRow);
        try {
          assertLeads(before, after);
        } catch (cause) {
          throw new Error(`seed ${kinds}, round ${round}`, { cause });
        }
      }
    });
  }

  it('leads from any result to what a few edits make of it: 5,000 pairs', () => {
    const random = randomsOf(3);
    let next = 0;
    for (let round = 0; round < 5_000; round++) {
      const before = Array.from({ length: random(12) }, (): Values => [random(3) > 0 ? next++ : random(3), 'row']);
      const after = copyOf(before);
      for (let edits = random(4); edits >= 0; edits--) {
        const at = random(after.length + 1);
        if (random(4) === 0) after.splice(at, 0, [next++, 'new']);
        else if (random(3) === 0) after.splice(random(after.length + 1), 0, ...after.splice(at, 1 + random(3)));
        else if (random(2) === 0) after.splice(at, random(3));
        else if (at < after.length) after[at] = [after[at]![0]!, 'changed'];
      }
      try {
        assertLeads(before, after);
      } catch (cause) {
        throw new Error(`round ${round}`, { cause });
      }
    }
  });

  it('is found and applied for 100,000 rows, whatever happened to them', () => {
    const before = Array.from({ length: 100_000 }, (_, i): Values => [i, `row ${i}`, i % 7 === 0 ? null : i / 7]);
    const alike = Array.from({ length: 100_000 }, (): Values => [1, 'the same', null]);
    assert.equal(difference(before, copyOf(before)), undefined);
    assertLeads(before, before.toReversed());
    assertLeads(before, [...before.slice(50_000), ...before.slice(0, 50_000)]);
    assertLeads(before, before.with(0, ['first']).with(-1, ['last']));
    assertLeads(before, alike);
    assertLeads(alike, alike.with(0, ['first']).with(-1, ['last']));
    assertLeads(alike, [['new'], ...alike.slice(1)]);
    assertLeads([...before, ...alike], [...alike, ...before]);
  });
});
