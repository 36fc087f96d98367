/** One-row writes beside 1,000 live queries of 200 shapes over 20 tables, of which more and more are concerned. */
import type { Database, Server } from '../../lib/index.ts';
import { done, withServer } from '../support/databases.ts';
import type { Benchmark } from './benchmark.ts';
import { type Emissions, whileFollowing } from './emissions.ts';
import { runsDuring } from './live-runs.ts';
import { type Bound, cpuMsEach, median, repeat } from './measure.ts';
import { report, rounded } from './report.ts';

const tables = Array.from({ length: 20 }, (_, n) => `note_${n}`);
const watched = [100, 101, 102, 103, 104];

/** What each table is asked, for each of the watched values. A row meets the first five for one value, the last for all. */
const shapes: readonly ((table: string) => string)[] = [
  (table) => `SELECT id, title FROM ${table} WHERE k0 = ?`,
  (table) => `SELECT id, title FROM ${table} WHERE k1 = ? ORDER BY title`,
  (table) => `SELECT title, k2 FROM ${table} WHERE k2 = ? AND done = 0`,
  (table) => `SELECT * FROM ${table} WHERE k3 IN (?, -1) ORDER BY id DESC`,
  (table) => `SELECT count(*) AS notes, max(title) AS last FROM ${table} WHERE k4 = ?`,
  (table) => `SELECT id, title FROM ${table} WHERE k5 >= ?`,
  (table) => `SELECT id, title FROM ${table} WHERE k6 < ? ORDER BY k6`,
  (table) => `SELECT id, title FROM ${table} WHERE k7 BETWEEN ? AND 200`,
  (table) => `SELECT id, title FROM ${table} WHERE k8 = ? LIMIT 10`,
  (table) => `SELECT ${table}.title, tag.name FROM ${table} JOIN tag ON tag.id = ${table}.tag_id WHERE k9 = ?`,
];

/** The place, among the live queries of a table, of those of one shape, or of one of them. */
const all = (shape: number): number[] => watched.map((_, value) => one(shape, value));
const one = (shape: number, value: number): number => shape * watched.length + value;

/** The first rows of the first table, by what is in `k0` to `k9`, and the live queries that each concerns. */
const rows: readonly { readonly id: number; readonly values: readonly number[]; readonly concerned: number[] }[] = [
  { id: 1, values: [100, 0, 0, 0, 0, 0, 999, 0, 0, 0], concerned: [one(0, 0)] },
  {
    id: 2,
    values: [101, 101, 101, 101, 101, 0, 999, 0, 0, 0],
    concerned: [0, 1, 2, 3, 4].map((shape) => one(shape, 1)),
  },
  {
    id: 3,
    values: [102, 102, 102, 102, 102, 150, 50, 150, 0, 0],
    concerned: [...[0, 1, 2, 3, 4].map((shape) => one(shape, 2)), ...[5, 6, 7].flatMap(all)],
  },
];

const rounds: Bound = { times: 7, withinMs: 8_000 };
const writes: Bound = { times: 100, withinMs: 800 };

export const manyShapes: readonly Benchmark[] = [
  {
    name: 'shapes',
    title: 'CPU of the process per one-row update by key, and 1,000 live queries of 200 shapes over 20 tables',
    run: (title) =>
      withServer(async ({ db, server }) => {
        await makeTables(db);
        const queries = tables.flatMap((table) => shapes.map((shape) => shape(table)));
        const live$ = queries.flatMap((query) => watched.map((value) => db.watch(query, [value])));
        await whileFollowing(live$, (live) => measure(title, db, server, live));
      }),
  },
];

async function measure(title: string, db: Database, server: Server, live: readonly Emissions[]): Promise<void> {
  const sides = rows.map(({ id, concerned }) => ({
    id,
    concerned: concerned.map((index) => live[index]!),
    cpuMs: [] as number[],
    runs: { each: 0, of: 0 },
  }));
  await repeat(rounds, async () => {
    for (const side of sides) {
      side.runs = await runsDuring(server, async () => {
        let count = 0;
        const write = (): Promise<void> => update(db, side.id, `title ${++count}`, side.concerned);
        side.cpuMs.push(await cpuMsEach(writes, write));
        return count;
      });
    }
  });
  report(
    title,
    sides.map(({ concerned, cpuMs, runs }) => [
      `${concerned.length} concerned`,
      `${rounded(median(cpuMs))} ms, ${runs.of} of the live queries ran`,
    ]),
    sides.map(({ concerned, runs }) => ({ what: 'runs per write', value: runs.each, exactly: concerned.length })),
  );
}

/** Writes one row, and waits for the reply and for the new results. */
async function update(db: Database, id: number, title: string, concerned: readonly Emissions[]): Promise<void> {
  const emitted = concerned.map((emissions) => emissions.next());
  await done(db.execute(`UPDATE ${tables[0]} SET title = ? WHERE id = ?`, [title, id]));
  await Promise.all(emitted);
}

async function makeTables(db: Database): Promise<void> {
  const columns = Array.from({ length: 10 }, (_, n) => `k${n}`);
  const script = tables.flatMap((table) => [
    `CREATE TABLE ${table} (id INTEGER PRIMARY KEY, title TEXT, done INTEGER, tag_id INTEGER, ${columns.join(' INTEGER, ')} INTEGER)`,
    ...columns.map((column) => `CREATE INDEX ${table}_${column} ON ${table} (${column})`),
    ...rows.map(({ id, values }) => `INSERT INTO ${table} VALUES (${id}, 'first', 0, 1, ${values})`),
    `WITH RECURSIVE n (n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM n LIMIT 1000)
     INSERT INTO ${table} SELECT n, 'note ' || n, 0, n % 10, ${columns.map((column) => (column === 'k6' ? 999 : 0))} FROM n`,
  ]);
  await done(db.executeScript('CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT)'));
  await done(db.executeScript("INSERT INTO tag VALUES (0, 'none'), (1, 'some')"));
  await done(db.executeScript(script.join(';\n')));
}
