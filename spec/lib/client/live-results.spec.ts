/** Live results tell how each follows from the one before, and what is made of that is what comparing them tells. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { map } from 'rxjs';
import type { ArrayRows, Database, Row } from '../../../lib/index.ts';
import { knownSpans } from '../../../streams/known-spans.ts';
import { rowChanges } from '../../../streams/row-changes.ts';
import { done, withServer } from '../../support/databases.ts';
import { record } from '../../support/recorder.ts';

const query = 'SELECT id, rank, name FROM item WHERE rank < ? ORDER BY rank, id';

/** A table of this many rows, in the order of their keys. */
async function makeItems(db: Database, count: number): Promise<void> {
  await done(db.executeScript('CREATE TABLE item (id INTEGER PRIMARY KEY, rank INTEGER, name TEXT)'));
  const rows = Array.from({ length: count }, (_, id) => [id, id * 10, `item ${id}`]);
  await done(db.batch((b) => b.executeMany('INSERT INTO item VALUES (?, ?, ?)', rows)));
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

/** The rows that spans of the rows before and the new rows among those now come to. */
function followed(before: readonly unknown[], spans: ArrayLike<number>, now: readonly unknown[]): unknown[] {
  const rows: unknown[] = [];
  for (let i = 0; i < spans.length; i += 2) {
    const [from, count] = [spans[i]!, spans[i + 1]!];
    rows.push(...(from < 0 ? now.slice(rows.length, rows.length + count) : before.slice(from, from + count)));
  }
  return rows;
}

describe('live results', () => {
  for (const [form, rowsOf] of [
    ['objects', (result) => result as readonly Row[]],
    ['arrays', (result) => (result as ArrayRows).rows],
  ] as [string, (result: readonly Row[] | ArrayRows) => readonly unknown[]][])
    it(`tell how each follows from the one before, as ${form}`, () =>
      withServer(async ({ db }) => {
        await makeItems(db, 100);
        const options = { rows: form } as { rows: 'arrays' };
        const results = record(db.watch(query, [1_000], options).pipe(map(rowsOf)));
        await results.count(1);
        for (const [n, write] of [
          "UPDATE item SET name = 'changed' WHERE id = 50",
          'INSERT INTO item VALUES (100, 5, NULL)',
          'DELETE FROM item WHERE id IN (3, 4, 97)',
          'UPDATE item SET rank = 333 WHERE id = 77',
          'DELETE FROM item',
          "INSERT INTO item VALUES (1, 1, 'again')",
        ].entries()) {
          await done(db.execute(write));
          await results.count(n + 2);
        }
        for (const [n, now] of results.values.entries()) {
          if (n === 0) continue;
          const before = results.values[n - 1]!;
          const spans = knownSpans(before, now);
          assert.ok(spans, `result ${n}`);
          const rows = followed(before, spans, now);
          assert.equal(rows.length, now.length);
          for (const [place, row] of rows.entries()) assert.ok(row === now[place], `result ${n}, row ${place}`);
          assert.equal(knownSpans(results.values[n - 2] ?? [], now), undefined);
        }
        assert.deepEqual(knownSpans(results.values[0]!, results.values[1]!), [0, 50, -1, 1, 51, 49]);
      }));

  it('are told apart between two queries', () =>
    withServer(async ({ db }) => {
      await makeItems(db, 10);
      const [all, few] = [record(db.watch(query, [1_000])), record(db.watch(query, [50]))];
      await Promise.all([all.count(1), few.count(1)]);
      await done(db.execute('UPDATE item SET name = NULL WHERE id = 1'));
      await Promise.all([all.count(2), few.count(2)]);
      assert.ok(knownSpans(few.values[0]!, few.values[1]!));
      assert.equal(knownSpans(all.values[0]!, few.values[1]!), undefined);
      assert.equal(knownSpans(few.values[0]!, all.values[1]!), undefined);
    }));

  it('give by watchChanges what comparing copies of them gives, through 300 random commits', () =>
    withServer(async ({ db }) => {
      await makeItems(db, 60);
      const random = randomsOf(1);
      const copies = db.watch<Row>(query, [1_000]).pipe(map((rows) => [...rows]));
      const compared = record(copies.pipe(rowChanges({ key: 'id' })));
      const changes = record(db.watchChanges<Row>(query, [1_000], { key: 'id' }));
      await changes.count(1);
      for (let next = 60; next < 360; next++) {
        await done(
          db.batch((b) => {
            for (let writes = random(4); writes >= 0; writes--) {
              const id = random(next);
              const kind = random(5);
              if (kind < 2) b.execute('UPDATE item SET rank = ? WHERE id = ?', [random(1_100), id]);
              else if (kind === 2) b.execute('UPDATE item SET name = ? WHERE id = ?', [`${random(9)}`, id]);
              else if (kind === 3) b.execute('DELETE FROM item WHERE id BETWEEN ? AND ?', [id, id + random(3)]);
              else b.execute('INSERT OR REPLACE INTO item VALUES (?, ?, ?)', [next, random(1_100), null]);
            }
          }),
        );
        // A result for most commits: those that come while one is on its way are merged.
        await done(db.select('SELECT 1'));
      }
      await done(db.execute("INSERT OR REPLACE INTO item VALUES (-1, -1, 'last')"));
      for (const recorder of [compared, changes]) await recorder.until(({ last }) => last?.rows[0]?.name === 'last');
      assert.deepEqual(changes.values, compared.values);
      assert.ok(changes.values.length > 150, `${changes.values.length} results`);
      for (const kind of ['inserted', 'updated', 'removed', 'moved'] as const)
        assert.ok(changes.values.filter((change) => change[kind].length > 0).length > 20, kind);
    }));
});
