/** Live queries beside fresh runs of the same: what they show after a write, and how often they ran for it. */
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Database, Params, Row, Scope, Server } from '../../lib/index.ts';
import { done } from './databases.ts';
import { type Recorder, record } from './recorder.ts';

/** A query with its parameters, if it has any. */
export type Watchable = string | readonly [sql: string, params: Params];

/** A statement, its parameters, or whatever else writes. */
export type Write = Watchable | ((db: Database) => Promise<unknown>);

export interface Watched {
  readonly sql: string;
  readonly params: Params;
  readonly recorder: Recorder<readonly Row[]>;
}

export interface RunCounts {
  readonly runs: number;
  readonly partialRuns: number;
  readonly wastedRuns: number;
}

/** How long a result may take that is on its way: none is waited for by a spec that passes. */
const patienceMs = 5_000;

export class LiveCheck {
  readonly watched: readonly Watched[];
  readonly #db: Database;
  readonly #server: Server;
  readonly #beat: Recorder<readonly Row[]>;
  #beats = 0;

  /** Watches queries, each of which has its first result. */
  static async of({ db, server }: { db: Database; server: Server }, queries: readonly Watchable[]): Promise<LiveCheck> {
    await done(db.executeScript('CREATE TABLE IF NOT EXISTS beat (n INTEGER); INSERT INTO beat VALUES (0)'));
    const beat = await record(db.watch('SELECT n FROM beat')).count(1);
    const watched = queries.map((query): Watched => {
      const [sql, params] = partsOf(query);
      return { sql, params, recorder: record(db.watch(sql, params)) };
    });
    for (const { recorder } of watched) await recorder.count(1);
    return new LiveCheck(db, server, watched, beat);
  }

  private constructor(db: Database, server: Server, watched: readonly Watched[], beat: Recorder<readonly Row[]>) {
    this.#db = db;
    this.#server = server;
    this.watched = watched;
    this.#beat = beat;
  }

  /** Writes, and gives how often each query ran for it. Queries of one text count together. */
  async ranBy(write: Write): Promise<number[]> {
    const before = await this.counts();
    await perform(this.#db, write);
    await this.settle();
    const after = await this.counts();
    return after.map(({ runs }, index) => runs - before[index]!.runs);
  }

  /** Writes, and asserts that every live query shows what a fresh one gives. */
  async write(write: Write): Promise<void> {
    await perform(this.#db, write);
    await this.assertFresh(typeof write === 'function' ? 'a write' : partsOf(write)[0]);
  }

  async assertFresh(after: string): Promise<void> {
    const fresh = await Promise.all(this.watched.map(({ sql, params }) => done(this.#db.select(sql, params))));
    for (const [index, { sql, recorder }] of this.watched.entries()) {
      const isCurrent = (): boolean => recorder.isOver || isDeepStrictEqual(recorder.last, fresh[index]);
      await recorder.until(isCurrent, patienceMs).catch(() => undefined);
      assert.equal(recorder.error, undefined, `${sql} fails after ${after}`);
      assert.deepEqual(recorder.last, fresh[index], `${sql} after ${after}`);
    }
  }

  /** Waits until the runs of earlier writes are done: those of a later one come behind them. */
  async settle(): Promise<void> {
    this.#beats++;
    await done(this.#db.execute('UPDATE beat SET n = ?', [this.#beats]));
    await this.#beat.until(({ last }) => last?.[0]?.n === this.#beats);
  }

  /** What was spent on each query, those of one text together. */
  async counts(): Promise<RunCounts[]> {
    const { liveQueries } = (await done(this.#server.inspect()))!;
    return this.watched.map(({ sql }) => {
      const own = liveQueries.filter((query) => query.sql === sql);
      const sum = (count: (query: RunCounts) => number): number => own.reduce((all, query) => all + count(query), 0);
      return {
        runs: sum(({ runs }) => runs),
        partialRuns: sum(({ partialRuns }) => partialRuns),
        wastedRuns: sum(({ wastedRuns }) => wastedRuns),
      };
    });
  }

  stop(): void {
    for (const { recorder } of this.watched) recorder.unsubscribe();
    this.#beat.unsubscribe();
  }
}

/** Runs the statements of one transaction, one after the other. */
export function together(...statements: readonly Watchable[]): (db: Scope) => Promise<unknown> {
  return (db) =>
    done(
      db.transaction(async (tx) => {
        for (const statement of statements) await done(tx.execute(...partsOf(statement)));
      }),
    );
}

function perform(db: Database, write: Write): Promise<unknown> {
  return typeof write === 'function' ? write(db) : done(db.execute(...partsOf(write)));
}

function partsOf(query: Watchable): [sql: string, params: Params] {
  return typeof query === 'string' ? [query, []] : [query[0], query[1]];
}

/** Statements, and how often each of the queries runs for one. */
export async function assertRuns(
  bench: { db: Database; server: Server },
  queries: readonly Watchable[],
  writes: readonly (readonly [sql: string, ...runs: number[]])[],
): Promise<void> {
  const check = await LiveCheck.of(bench, queries);
  for (const [sql, ...runs] of writes) {
    assert.deepEqual(await check.ranBy(sql), runs, sql);
    await check.assertFresh(sql);
  }
  check.stop();
}
