/** Rows exchanged in a list in order: the list that comes of it, what is told of it, and which objects stay. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyPatch } from '../../../../lib/model/patch.ts';
import type { SqlValue } from '../../../../lib/model/values.ts';
import { exchangeRows, type HeldRow } from '../../../../lib/server/live/ordered-rows.ts';
import { rowOrder } from '../../../../lib/server/live/row-order.ts';

/** A row shows a text, and hides what it is sorted by and its key. */
const width = 1;
const at = { shown: 0, sort: 1, key: 2 };
const ascending = { isDescending: false, nullsFirst: true, collation: 'BINARY' };
const compare = rowOrder([
  { at: at.sort, ...ascending },
  { at: at.key, ...ascending },
]);

const shownOf = (rows: readonly HeldRow[]): SqlValue[] => rows.map((row) => row[at.shown]!);
const copyOf = (rows: readonly HeldRow[]): HeldRow[] => rows.map((row) => [...row]);

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

/** Exchanges the rows of some keys for others, and asserts all that is promised of it. */
function exchanged(
  rows: readonly HeldRow[],
  keys: ReadonlySet<number>,
  fresh: readonly HeldRow[],
  isFree = false,
): HeldRow[] {
  const before = copyOf(rows);
  const gone = new Map(
    rows.flatMap((row, place) => (keys.has(Number(row[at.key])) ? [[String(row[at.key]), place] as const] : [])),
  );
  const wanted = [...rows.filter((row) => !keys.has(Number(row[at.key]))), ...fresh]
    .map((row) => [...row])
    .sort(compare);
  const coming = new Map(fresh.map((row) => [String(row[at.key]), row]));
  const list = [...rows];
  const { rows: after, patch } = exchangeRows({ rows: list, gone, fresh: coming, width, compare, isFree });
  const isSame = shownOf(before).join() === shownOf(wanted).join();

  assert.deepEqual(after, wanted, 'all that stays and all that comes, in order');
  assert.equal(patch === undefined, isSame, 'it says so where nothing is to be seen of it');
  assert.deepEqual(shownOf(patch ? applyPatch(before, patch) : before), shownOf(wanted), 'the patch leads there');
  if (patch) assert.deepEqual(applyPatch(rows, patch), after, 'by the same objects');
  if (!isFree) assert.deepEqual(list, rows, 'the list before is as it was');
  const untouched = rows.filter((row) => !keys.has(Number(row[at.key])));
  assert.ok(
    untouched.every((row) => after.includes(row)),
    'who is not touched is the same object',
  );
  assert.equal(new Set(after).size, after.length, 'none is there twice');
  return after;
}

describe('rows in order', () => {
  for (const [name, { texts, sizes }] of Object.entries({
    'of few rows, many of which look alike': { texts: 3, sizes: 6 },
    'of rows that differ': { texts: 1_000, sizes: 30 },
    'of which many change at once': { texts: 50, sizes: 120 },
  })) {
    it(`are exchanged, and told of, whatever comes and goes: 3,000 times ${name}`, () => {
      const random = randomsOf(texts);
      let rows: HeldRow[] = [];
      for (let round = 0; round < 3_000; round++) {
        if (rows.length > sizes) rows = copyOf(rows.filter(() => random(3) > 0));
        const before = rows;
        const touched = new Set(Array.from({ length: 1 + random(round % 10 === 0 ? sizes : 4) }, () => random(sizes)));
        const fresh = [...touched]
          .filter(() => random(4) > 0)
          .map((key): HeldRow => {
            const own = before.find((row) => row[at.key] === key);
            const isKept = own !== undefined && random(2) === 0;
            return [
              isKept ? own[at.shown]! : `text ${random(texts)}`,
              isKept && random(2) ? own[at.sort]! : random(9),
              key,
            ];
          });
        try {
          rows = exchanged(before, touched, fresh, round % 2 === 0);
        } catch (cause) {
          throw new Error(`seed ${texts}, round ${round}`, { cause });
        }
      }
    });
  }

  it('keep the object of a row that shows the same, where it stays, where it moves, and where it takes new hidden values', () => {
    const rows: HeldRow[] = [
      ['a', 1, 1],
      ['b', 2, 2],
      ['c', 3, 3],
    ];
    const [a, b, c] = rows;
    const stayed = exchanged(rows, new Set([2]), [['b', 2, 2]]);
    assert.ok(stayed[1] === b);
    const moved = exchanged(stayed, new Set([1]), [['a', 9, 1]]);
    assert.deepEqual([moved[0] === b, moved[1] === c, moved[2] === a], [true, true, true]);
    assert.equal(a![at.sort], 9);
    const changed = exchanged(moved, new Set([3]), [['C', 3, 3]]);
    assert.ok(changed[1] !== c);
  });

  it('have no place for one that sorts behind the last that is known', () => {
    const rows: HeldRow[] = [
      ['a', 1, 1],
      ['b', 5, 2],
    ];
    const exchange = (sort: number): SqlValue[] => {
      const fresh = new Map<string, HeldRow>([['3', ['c', sort, 3]]]);
      return shownOf(exchangeRows({ rows, gone: new Map(), fresh, width, compare, last: ['b', 5, 2] }).rows);
    };
    assert.deepEqual(exchange(3), ['a', 'c', 'b']);
    assert.deepEqual(exchange(5), ['a', 'b']);
    assert.deepEqual(exchange(6), ['a', 'b']);
  });

  it('change one of 100,000 by a few spans, and all of them too', () => {
    const rows = Array.from({ length: 100_000 }, (_, index): HeldRow => [`row ${index}`, index, index]);
    const fresh = new Map<string, HeldRow>([['500', ['new', 70_000.5, 500]]]);
    const { patch } = exchangeRows({ rows, gone: new Map([['500', 500]]), fresh, width, compare });
    assert.deepEqual(
      { ...patch! },
      { spans: [0, 500, 501, 69_500, -1, 1, 70_001, 29_999], rows: [['new', 70_000.5, 500]] },
    );
    const turned = new Map(rows.map((row, index) => [String(index), [row[0]!, -index, index] as HeldRow]));
    const gone = new Map(rows.map((_, index) => [String(index), index]));
    const after = exchangeRows({ rows, gone, fresh: turned, width, compare });
    assert.deepEqual([after.rows.length, after.rows[0]?.[0], after.patch!.rows.length], [100_000, 'row 99999', 0]);
  });
});
