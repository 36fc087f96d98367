/** Random results: the changes lead exactly from each to the next, in the fewest moves, whatever the key is. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { from, lastValueFrom, toArray } from 'rxjs';
import { type RowChanges, type RowKey, rowChanges } from '../../streams/row-changes.ts';

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

/** The whole numbers from 0 below `end`, each once. */
function numbersInAnyOrder(end: number, random: (below: number) => number): number[] {
  const numbers: number[] = [];
  for (let n = 0; n < end; n++) numbers.splice(random(n + 1), 0, n);
  return numbers;
}

/** A row whose key is the `n`th of its kind; `n` itself is what the oracle below tells rows apart by. */
interface Numbered {
  readonly n: number;
  readonly key: unknown;
  readonly content: number;
}

/** Follows the documentation of RowChanges to the letter. */
function applied<R>(before: readonly R[], { rows, inserted, updated, removed, moved }: RowChanges<R>): R[] {
  const leaving = new Set<number>([...removed.map((row) => before.indexOf(row)), ...moved.map(({ from }) => from)]);
  assert.equal(leaving.size, removed.length + moved.length, 'what is removed or moved was there, each once');
  const now = new Map(updated.map((update) => [update.old, update.new]));
  const after = before.map((row) => now.get(row) ?? row).filter((_, place) => !leaving.has(place));
  const arriving = [...moved, ...inserted.map((row) => ({ row, to: rows.indexOf(row) }))];
  for (const { row, to } of arriving.sort((one, other) => one.to - other.to)) after.splice(to, 0, row);
  return after;
}

/** The most of `places` that rise, found by trying all subsets of them. */
function mostRising([place, ...others]: readonly number[], above = -1): number {
  if (place === undefined) return 0;
  const without = mostRising(others, above);
  return place > above ? Math.max(without, 1 + mostRising(others, place)) : without;
}

/** Everything that RowChanges promises, against an oracle that knows no shortcut. */
function assertChanges(before: readonly Numbered[], change: RowChanges<Numbered>): void {
  const { rows, inserted, updated, removed, moved } = change;
  const oldOf = (row: Numbered) => before.find(({ n }) => n === row.n);
  assert.deepEqual(applied(before, change), rows, 'they lead from the rows before to the rows now');
  assert.deepEqual(
    inserted,
    rows.filter((row) => !oldOf(row)),
  );
  assert.deepEqual(
    removed,
    before.filter(({ n }) => !rows.some((row) => row.n === n)),
  );
  const changed = rows.filter((row) => oldOf(row) && oldOf(row)!.content !== row.content);
  assert.deepEqual(
    updated,
    changed.map((row) => ({ old: oldOf(row), new: row })),
  );
  const stayed = rows.filter(oldOf).map((row) => before.indexOf(oldOf(row)!));
  assert.equal(moved.length, stayed.length - mostRising(stayed), 'no smaller set of moves would do');
  assert.deepEqual(
    moved,
    rows.flatMap((row, to) =>
      moved.some((move) => move.to === to) ? { row, from: before.indexOf(oldOf(row)!), to } : [],
    ),
  );
}

describe('rowChanges of random results', () => {
  const keys: Readonly<Record<string, { key: RowKey<Numbered>; of: (n: number) => unknown }>> = {
    numbers: { key: 'key', of: (n) => n },
    'bigints beside numbers': { key: 'key', of: (n) => (n % 2 === 0 ? n / 2 : BigInt(n - 1) / 2n) },
    blobs: { key: 'key', of: (n) => new Uint8Array(n) },
    'two columns': { key: ['n', 'key'], of: () => null },
    'a function': { key: ({ key }) => [key, 'a'], of: (n) => '|'.repeat(n) },
  };

  for (const [seed, [name, { key, of: keyOf }]] of Object.entries(keys).entries())
    it(`leads exactly, and in the fewest moves, from any to the next: 1,000 of up to 9 rows, keyed by ${name}`, async () => {
      const random = randomsOf(seed);
      const anyRow = (n: number): Numbered => ({ n, key: keyOf(n), content: random(3) });
      const results = Array.from({ length: 1_000 }, () =>
        numbersInAnyOrder(12, random).slice(0, random(10)).map(anyRow),
      );
      await check(seed, key, results);
    });

  for (const [seed, [name, { key, of: keyOf }]] of Object.entries(keys).entries())
    it(`leads exactly, and in the fewest moves, through 1,000 times a few edits, keyed by ${name}`, async () => {
      const random = randomsOf(100 + seed);
      let [next, rows] = [0, [] as Numbered[]];
      const insert = (): Numbered => ({ n: next, key: keyOf(next++), content: random(3) });
      const results = Array.from({ length: 1_000 }, () => {
        rows = [...rows];
        for (let edits = random(5); edits > 0; edits--) {
          const place = random(rows.length + 1);
          const kind = random(rows.length < 14 ? 6 : 5);
          const isCopied = () => random(4) === 0;
          if (kind === 0) rows.splice(place, 1 + random(3));
          else if (kind === 1) rows.splice(random(rows.length + 1), 0, ...rows.splice(place, 1 + random(2)));
          else if (kind === 2 && place < rows.length) rows[place] = { ...rows[place]!, content: random(3) };
          else if (kind === 3) rows = rows.map((row) => (isCopied() ? { ...row, key: keyOf(row.n) } : row));
          else if (kind === 5) rows.splice(place, 0, ...Array.from({ length: 1 + random(3) }, insert));
        }
        return rows;
      });
      await check(seed, key, results);
    });

  async function check(seed: number, key: RowKey<Numbered>, results: readonly (readonly Numbered[])[]): Promise<void> {
    const counts = { inserted: 0, updated: 0, removed: 0, moved: 0 };
    const changes = await lastValueFrom(from(results).pipe(rowChanges({ key }), toArray()));
    assert.equal(changes.length, results.length);
    for (const [round, change] of changes.entries()) {
      try {
        assertChanges(results[round - 1] ?? [], change);
      } catch (cause) {
        throw new Error(`seed ${seed}, round ${round}`, { cause });
      }
      for (const kind of Object.keys(counts) as (keyof typeof counts)[]) counts[kind] += change[kind].length;
    }
    for (const [kind, count] of Object.entries(counts)) assert.ok(count > 100, `${count} ${kind}`);
  }
});
