/** One changed row under a large result: how soon the new one is there, beside running the query whole. */
import type { Observable } from 'rxjs';
import type { Database } from '../../lib/index.ts';
import { done, withServer } from '../support/databases.ts';
import type { Benchmark } from './benchmark.ts';
import { type Emissions, whileFollowing } from './emissions.ts';
import { makeItems } from './items.ts';
import { type Bound, elapsedMs, median, repeat } from './measure.ts';
import { report, rounded } from './report.ts';

const turns: Bound = { times: 7, withinMs: 8_000 };
const turn: Bound = { times: 10, withinMs: 600 };

const ordered = 'SELECT id, list_id, rank, title, price FROM item ORDER BY rank';
const joined = 'SELECT item.id, item.title, list.name FROM item JOIN list ON list.id = item.list_id ORDER BY item.id';
const counted = 'SELECT list_id, count(*) AS items FROM item GROUP BY list_id';
const window = 'SELECT id, rank, title FROM item ORDER BY rank LIMIT 50';

/** The same with and without an index on the column that it is about. */
const withAndWithout = [
  { suffix: '', words: 'without an index', has: false },
  { suffix: '-indexed', words: 'with an index', has: true },
] as const;

export const largeResults: readonly Benchmark[] = [
  ...withAndWithout.map(
    ({ suffix, words, has }): Benchmark => ({
      name: `ordered${suffix}`,
      title: `a result of 100,000 rows, ORDER BY a column ${words}, and one row changes its place and its text`,
      run: (title) =>
        withServer(async ({ db }) => {
          await makeItems(db, { rows: 100_000, lists: 1_000, indexes: has ? ['rank'] : [] });
          const move = (n: number): Observable<unknown> =>
            db.execute('UPDATE item SET rank = ?, title = ? WHERE id = ?', [
              ((n * 60_013) % 100_000) * 1_000_000 + n + 1,
              `moved ${n}`,
              (n * 7_919) % 100_000,
            ]);
          await compareWithFullRun(title, db, ordered, move, 50);
        }),
    }),
  ),
  {
    name: 'joined',
    title: 'a join of 100,000 rows with 1,000, and one of these changes, which 100 rows of the result use',
    run: (title) =>
      withServer(async ({ db }) => {
        await makeItems(db, { rows: 100_000, lists: 1_000, indexes: ['list_id'] });
        await done(
          db.executeScript(`
            CREATE TABLE list (id INTEGER PRIMARY KEY, name TEXT);
            INSERT INTO list SELECT id, 'list ' || id FROM item WHERE id < 1000;
          `),
        );
        const rename = (n: number): Observable<unknown> =>
          db.execute('UPDATE list SET name = ? WHERE id = ?', [`renamed ${n}`, (n * 37) % 1_000]);
        await compareWithFullRun(title, db, joined, rename, 20);
      }),
  },
  ...withAndWithout.map(
    ({ suffix, words, has }): Benchmark => ({
      name: `grouped${suffix}`,
      title: `a count by group of 1,000,000 rows in 1,000 groups, ${words} on their column, and one row changes its group`,
      run: (title) =>
        withServer(async ({ db }) => {
          await makeItems(db, { rows: 1_000_000, lists: 1_000, indexes: has ? ['list_id'] : [] });
          const regroup = (n: number): Observable<unknown> =>
            db.execute('UPDATE item SET list_id = (list_id + 1) % 1000 WHERE id = ?', [(n * 7_919) % 1_000_000]);
          await compareWithFullRun(title, db, counted, regroup, 50);
        }),
    }),
  ),
  ...withAndWithout.map(
    ({ suffix, words, has }): Benchmark => ({
      name: `window${suffix}`,
      title: `the first 50 of 1,000,000 rows, ORDER BY a column ${words}, and one row enters`,
      run: (title) =>
        withServer(async ({ db }) => {
          await makeItems(db, { rows: 1_000_000, lists: 1_000, indexes: has ? ['rank'] : [] });
          const enter = (n: number): Observable<unknown> =>
            db.execute('UPDATE item SET rank = ? WHERE id = ?', [-n - 1, 500_000 + n]);
          await compareWithPoint(title, db, window, enter);
        }),
    }),
  ),
];

/** Changes one row, again and again; the number tells them apart. */
type Change = (n: number) => Observable<unknown>;

async function compareWithFullRun(
  title: string,
  db: Database,
  query: string,
  change: Change,
  atLeast: number,
): Promise<void> {
  const [changedMs, fullMs] = await measure(db, query, change, () => db.select(query));
  report(
    title,
    [
      ['one row changes, from the write to the emission', `${rounded(changedMs)} ms`],
      ['the full run, from the select to its rows', `${rounded(fullMs)} ms`],
    ],
    [{ what: 'ratio', value: fullMs / changedMs, atLeast }],
  );
}

async function compareWithPoint(title: string, db: Database, query: string, change: Change): Promise<void> {
  const point = 'SELECT id, rank, title FROM item WHERE id = ?';
  const [changedMs, pointMs] = await measure(db, query, change, () => db.select(point, [4_711]));
  report(
    title,
    [
      ['one row enters, from the write to the emission', `${rounded(changedMs)} ms`],
      ['a point query, there and back', `${rounded(pointMs)} ms`],
    ],
    [{ what: 'ratio', value: changedMs / pointMs, atMost: 5 }],
  );
}

/** Takes turns between changes under a live query and another request. Gives the medians of both, in ms. */
async function measure(
  db: Database,
  query: string,
  change: Change,
  other: () => Observable<unknown>,
): Promise<[changedMs: number, otherMs: number]> {
  return whileFollowing([db.watch(query)], async ([live]) => {
    let count = 0;
    const changed = (): Promise<number> => untilEmission(change(count++), live!);
    const asked = (): Promise<number> => elapsedMs(() => done(other()));
    // To warm up.
    await repeat(turn, changed);
    await repeat(turn, asked);
    const changedMs: number[] = [];
    const otherMs: number[] = [];
    await repeat(turns, async () => {
      changedMs.push(...(await repeat(turn, changed)));
      otherMs.push(...(await repeat(turn, asked)));
    });
    return [median(changedMs), median(otherMs)];
  });
}

/** From the subscription to a write until the live query emits, in ms. */
async function untilEmission(write: Observable<unknown>, live: Emissions): Promise<number> {
  const start = performance.now();
  const emitted = live.next();
  await done(write);
  return (await emitted) - start;
}
