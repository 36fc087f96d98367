/** Results that tell how they follow: the changes are those that comparing the whole of them finds, for less. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Subject } from 'rxjs';
import { DuplicateKeyError } from '../../streams/duplicate-key-error.ts';
import { noteSpans, type Spans } from '../../streams/known-spans.ts';
import { type RowChanges, rowChanges } from '../../streams/row-changes.ts';

interface Numbered {
  readonly id: unknown;
  readonly content: number;
}

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

/** One subscription to the changes of results that are given one by one. */
class Comparison {
  keysRead = 0;
  #outcome: unknown;
  readonly #results = new Subject<readonly Numbered[]>();

  constructor() {
    const key = ({ id }: Numbered): unknown => {
      this.keysRead++;
      return id;
    };
    this.#results.pipe(rowChanges({ key })).subscribe({
      next: (changes) => {
        this.#outcome = changes;
      },
      error: ({ name, message, key, first, second }) => {
        this.#outcome = { name, message, key, first, second };
      },
    });
  }

  /** The changes to these rows, or what is in the error that they are. */
  after(rows: readonly Numbered[]): RowChanges<Numbered> {
    this.keysRead = 0;
    this.#results.next(rows);
    return this.#outcome as RowChanges<Numbered>;
  }
}

/** Rows of this many, the first list of those that are followed. */
function rowsOf(count: number): Numbered[] {
  const rows = Array.from({ length: count }, (_, id) => ({ id, content: 0 }));
  noteSpans([], rows, [-1, count]);
  return rows;
}

/** A list that is noted to follow by `spans`. */
function noted(before: readonly Numbered[], rows: readonly Numbered[], spans: Spans): readonly Numbered[] {
  const after = [...rows];
  noteSpans(before, after, spans);
  return after;
}

describe('rowChanges of results that tell how they follow', () => {
  const rows = rowsOf(1_000);
  const changed = { id: 500, content: 1 };
  const update: Spans = [0, 500, -1, 1, 501, 499];
  /** True, and of no use: who believes it reads the keys of all rows, and who compares the rows reads none. */
  const nothingKnown: Spans = [-1, 1_000];

  it('reads the keys of what is not known to be the same, and no others', () => {
    const comparison = new Comparison();
    comparison.after(rows);
    const { updated } = comparison.after(noted(rows, rows.with(500, changed), update));
    assert.deepEqual(updated, [{ old: rows[500], new: changed }]);
    assert.equal(comparison.keysRead, 2);
    comparison.after(rows);
    const { moved } = comparison.after(noted(rows, [...rows.slice(400), ...rows.slice(0, 400)], [400, 600, 0, 400]));
    assert.equal(moved.length, 400);
    assert.equal(comparison.keysRead, 0);
    comparison.after(rows);
    comparison.after(noted(rows, rows, nothingKnown));
    assert.equal(comparison.keysRead, 2_000);
  });

  it('compares where it is known of another list than the one before', () => {
    const second = noted(rows, rows, nothingKnown);
    const third = noted(second, second, nothingKnown);
    for (const [name, before, after] of [
      ['a list between was left out', rows, third],
      ['the same comes again', second, second],
      ['an earlier one comes again', third, second],
      ['the one before is a copy', [...rows], second],
      ['it is a copy itself', rows, [...second]],
    ] as const) {
      const comparison = new Comparison();
      comparison.after(before);
      const { updated, inserted, removed, moved } = comparison.after(after);
      assert.deepEqual([updated, inserted, removed, moved], [[], [], [], []], name);
      assert.equal(comparison.keysRead, 0, name);
    }
  });

  it('compares where it cannot be so', () => {
    for (const [name, spans] of [
      ['more rows than are there', [0, 1_000, -1, 1]],
      ['fewer rows than are there', [0, 999]],
      ['rows from behind the end', [1, 1_000]],
      ['rows twice', [0, 500, 499, 1, 501, 499]],
    ] as const) {
      const comparison = new Comparison();
      comparison.after(rows);
      const { updated } = comparison.after(noted(rows, rows.with(500, changed), spans));
      assert.deepEqual(updated, [{ old: rows[500], new: changed }], name);
    }
  });

  it('refuses a row that is there twice', () => {
    const comparison = new Comparison();
    comparison.after(rows);
    const { name, key, first, second } = new DuplicateKeyError(3, 3, 4);
    const outcome = comparison.after(noted(rows, [...rows.slice(0, 4), ...rows.slice(3)], [0, 4, 3, 997]));
    assert.partialDeepStrictEqual(outcome, { name, key, first, second });
  });

  it('reads all keys for the first row that is inserted, and but its own for each one after', () => {
    const comparison = new Comparison();
    comparison.after(rows);
    let last: readonly Numbered[] = rows;
    for (const expected of [1_001, 1, 1]) {
      const row = { id: last.length, content: 0 };
      last = noted(last, [row, ...last], [-1, 1, 0, last.length]);
      assert.deepEqual(comparison.after(last).inserted, [row]);
      assert.equal(comparison.keysRead, expected);
    }
    last = noted(last, last.slice(1), [1, last.length - 1]);
    assert.deepEqual(comparison.after(last).removed, [{ id: 1_002, content: 0 }]);
    last = noted(last, [{ id: 1_002, content: 1 }, ...last], [-1, 1, 0, last.length]);
    assert.equal(comparison.after(last).inserted.length, 1, 'a key that was removed is free');
    last = noted(last, [{ id: 1_002, content: 2 }, ...last], [-1, 1, 0, last.length]);
    assert.partialDeepStrictEqual(comparison.after(last), { name: 'DuplicateKeyError', first: 0, second: 1 });
  });

  it('takes a list that is frozen', () => {
    const [comparison, first] = [new Comparison(), Object.freeze(rowsOf(3))];
    comparison.after(first);
    const second = Object.freeze(noted(first, first.with(1, { id: 1, content: 1 }), [0, 1, -1, 1, 2, 1]));
    assert.equal(comparison.after(second).updated.length, 1);
  });

  it('tells of a list nothing that is to be seen', () => {
    assert.deepEqual(Object.keys(rowsOf(1)), ['0']);
    assert.deepEqual(rowsOf(2), [
      { id: 0, content: 0 },
      { id: 1, content: 0 },
    ]);
  });
});

describe('rowChanges of random results that tell how they follow', () => {
  /** Spans of the rows before, in any order, and others between: rows that left, their keys again, new ones, any. */
  function nextOf(before: readonly Numbered[], random: (below: number) => number, keysOfAny: boolean) {
    const copied: { from: number; count: number }[] = [];
    const left: Numbered[] = [];
    for (let from = 0, count = 0; from < before.length; from += count) {
      count = Math.min(1 + random(6), before.length - from);
      if (random(8) > 0) copied.push({ from, count });
      else left.push(...before.slice(from, from + count));
    }
    for (let swaps = random(3); swaps > 0; swaps--)
      copied.splice(random(copied.length + 1), 0, ...copied.splice(random(copied.length + 1), 1));

    const otherRow = (): Numbered => {
      const content = random(2);
      if (keysOfAny && random(30) === 0) return { id: random(3) > 0 ? before[random(9)]?.id : 'x', content };
      const [row] = random(2) === 0 ? left.splice(random(left.length + 1), 1) : [];
      if (row === undefined) return { id: random(2 ** 30), content };
      return random(2) === 0 ? row : { ...row, content };
    };
    const rows: Numbered[] = [];
    const spans: number[] = [];
    const add = (count: number): void => {
      for (let i = 0; i < count; i++) rows.push(otherRow());
      spans.push(-1, count);
    };
    for (const { from, count } of copied) {
      if (random(3) === 0) add(random(4));
      rows.push(...before.slice(from, from + count));
      spans.push(from, count);
    }
    add(random(3));
    return { rows, spans };
  }

  for (const [name, keysOfAny] of [
    ['whose keys are told apart', false],
    ['of which some have a key twice, or none', true],
  ] as const)
    it(`tells the same as comparing does: 500 times 12 results ${name}`, () => {
      const counts = { inserted: 0, updated: 0, removed: 0, moved: 0, errors: 0 };
      for (let seed = 0; seed < 500; seed++) {
        const random = randomsOf(seed);
        const [knowing, comparing] = [new Comparison(), new Comparison()];
        let before: readonly Numbered[] = [];
        for (let round = 0; round < 12; round++) {
          const { rows, spans } = nextOf(before, random, keysOfAny);
          const after = noted(before, rows, spans);
          const [outcome, expected] = [knowing.after(after), comparing.after([...after])];
          assert.deepEqual(outcome, expected, `seed ${seed}, round ${round}`);
          if ('name' in outcome) {
            counts.errors++;
            break;
          }
          for (const kind of ['inserted', 'updated', 'removed', 'moved'] as const) counts[kind] += outcome[kind].length;
          before = after;
        }
      }
      const { errors, ...others } = counts;
      for (const [kind, count] of Object.entries(others)) assert.ok(count > 100, `${count} ${kind}`);
      assert.equal(errors > 100, keysOfAny, `${errors} errors`);
    });
});
