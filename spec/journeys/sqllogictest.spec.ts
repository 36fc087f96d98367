/**
 * SQLite's own test scripts, through a worker and over a file: every statement and query has the recorded result, and
 * after every statement every live query shows what a fresh select gives, and has emitted once for each change of it.
 *
 * Source  https://sqlite.org/sqllogictest/doc/trunk/about.wiki
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { firstValueFrom } from 'rxjs';
import { parseTest, shouldSkipForDbname, type TestQuery, type TestRecord } from 'sqlite3-parser/sqllogictest';
import { type ArrayRows, type Database, type SqlValue, StatementError } from '../../lib/index.ts';
import { done, fileEngines, withServer } from '../support/databases.ts';
import { type Recorder, record } from '../support/recorder.ts';

const folder = join(import.meta.dirname, '..', 'data', 'sqllogictest');

/** Of the queries asked so far, the latest ones stay open; all would be above a thousand for one of the scripts. */
const openQueries = 200;

/** At one place the scripts keep a place for their results, marked as yet to be done. */
const unrecorded = new Set(['SELECT total(x) FROM t1', 'SELECT total(DISTINCT x) FROM t1']);

for (const engine of fileEngines) {
  describe(`SQLite's test scripts, on ${engine.name},`, () => {
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.test'))) {
      it(`give the recorded results, and live results equal to fresh ones: ${file}`, () =>
        withServer(({ db }) => new Script(db, file).run(), { engine }));
    }
  });
}

class Script {
  readonly #db: Database;
  readonly #records: readonly TestRecord[];
  readonly #results = new Map<string, string>();
  readonly #tables = new Map<string, LiveQuery>();
  #queries: LiveQuery[] = [];

  constructor(db: Database, file: string) {
    const { records, errors } = parseTest({ source: readFileSync(join(folder, file), 'utf8'), filename: file });
    assert.deepEqual(errors, []);
    this.#db = db;
    this.#records = records;
  }

  async run(): Promise<void> {
    for (const entry of this.#records) {
      if (shouldSkipForDbname(entry, 'sqlite')) continue;
      if (entry.type === 'halt') break;
      if (entry.type === 'statement') await this.#change(entry.sql, entry.expect);
      else if (entry.type === 'query') await this.#ask(entry);
    }
    await this.#emptyTables();
    for (const query of this.#open) query.close();
  }

  async #change(sql: string, expected: 'ok' | 'error'): Promise<void> {
    const outcome = await settled(() => done(this.#db.execute(sql)));
    if (expected === 'ok') assert.ok(!(outcome instanceof Error), `${outcome}`);
    else assert.ok(outcome instanceof StatementError, `is refused: ${sql}`);
    await this.#compare();
  }

  async #ask(query: TestQuery): Promise<void> {
    const live = new LiveQuery(this.#db, query.sql);
    const result = await live.compare();
    // Their runner takes a query that fails on its way, such as for an integer overflow, for one without rows.
    const rows = result instanceof Error ? [] : result.rows;
    const values = valuesOf(query, rows);
    const hash = createHash('md5')
      .update(values.map((value) => `${value}\n`).join(''))
      .digest('hex');
    const { expected, label } = query;
    if (expected?.kind === 'values' && !(expected.values.length === 0 && unrecorded.has(query.sql))) {
      assert.deepEqual(values, expected.values, query.sql);
    }
    if (expected?.kind === 'hash') assert.deepEqual([values.length, hash], [expected.count, expected.hash], query.sql);
    // Queries of one label say the same in several ways.
    if (label !== undefined) assert.equal(this.#results.get(label) ?? hash, hash, `${label}: ${query.sql}`);
    if (label !== undefined) this.#results.set(label, hash);
    this.#queries.push(live);
    for (const old of this.#queries.splice(0, this.#queries.length - openQueries)) old.close();
  }

  /** The scripts write first and ask afterwards. So, at the end, the rows go while the queries are open. */
  async #emptyTables(): Promise<void> {
    const names = await this.#names("'table'");
    await this.#change('CREATE TABLE witness (name, row)', 'ok');
    for (const name of names) {
      const note = `INSERT INTO witness VALUES ('${name}', old.rowid)`;
      await this.#change(`CREATE TRIGGER "${name} witness" AFTER DELETE ON "${name}" BEGIN ${note}; END`, 'ok');
      await this.#change(`DELETE FROM "${name}" WHERE rowid % 2 = 0`, 'ok');
      const rollback = this.#db.transaction(async (tx) => {
        await done(tx.execute(`DELETE FROM "${name}"`));
        throw new RangeError('taken back');
      });
      await assert.rejects(done(rollback), RangeError);
      await this.#compare();
      await this.#change(`DELETE FROM "${name}"`, 'ok');
    }
  }

  /** Compares all live queries that are open, and opens one on every table and view that is new. */
  async #compare(): Promise<void> {
    const [names] = await Promise.all([this.#names(), ...this.#open.map((query) => query.compare())]);
    for (const [name, query] of this.#tables) if (query.isOver) this.#tables.delete(name);
    this.#queries = this.#queries.filter((query) => !query.isOver);
    const fresh = names.filter((name) => !this.#tables.has(name));
    for (const name of fresh) this.#tables.set(name, new LiveQuery(this.#db, `SELECT * FROM "${name}"`));
    await Promise.all(fresh.map((name) => this.#tables.get(name)!.compare()));
  }

  get #open(): LiveQuery[] {
    return [...this.#tables.values(), ...this.#queries];
  }

  async #names(types = "'table', 'view'"): Promise<string[]> {
    const query = `SELECT name FROM sqlite_schema WHERE type IN (${types}) AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`;
    const rows = await firstValueFrom(this.#db.select<{ name: string }>(query));
    return rows.map(({ name }) => name);
  }
}

/** A live query, beside fresh selects of the same text. */
class LiveQuery {
  readonly #db: Database;
  readonly #sql: string;
  readonly #live: Recorder<ArrayRows>;
  #fresh: ArrayRows | undefined;
  #results = 0;

  constructor(db: Database, sql: string) {
    this.#db = db;
    this.#sql = sql;
    this.#live = record(db.watch(sql, undefined, { rows: 'arrays' }));
  }

  /** SQLite refuses the query by now, such as that of a table which was dropped. */
  get isOver(): boolean {
    return this.#live.isOver;
  }

  /** Waits until the live result is a fresh one, or has failed as a fresh select fails; gives that. */
  async compare(): Promise<ArrayRows | StatementError> {
    const fresh = await settled(() => firstValueFrom(this.#db.select(this.#sql, undefined, { rows: 'arrays' })));
    if (fresh instanceof Error) {
      await this.#wait(() => this.#live.isOver);
      assert.deepEqual(this.#live.error, fresh);
      return fresh;
    }
    if (!isDeepStrictEqual(fresh, this.#fresh)) this.#results++;
    this.#fresh = fresh;
    await this.#wait(() => this.#live.isOver || isDeepStrictEqual(this.#live.last, fresh));
    assert.equal(this.#live.error, undefined, this.#sql);
    this.#assertNoMore();
    return fresh;
  }

  close(): void {
    this.#live.unsubscribe();
    if (!this.isOver) this.#assertNoMore();
  }

  #assertNoMore(): void {
    assert.equal(this.#live.values.length, this.#results, `emits once for each new result: ${this.#sql}`);
  }

  async #wait(met: () => boolean): Promise<void> {
    try {
      await this.#live.until(met, 5000);
    } catch (cause) {
      throw new Error(`The live result is not the fresh one ${JSON.stringify(this.#fresh)} of ${this.#sql}`, { cause });
    }
  }
}

/** The rendered values in the order of comparison. Source: runQuery and rowCompare in sqllogictest's own runner. */
function valuesOf({ types, sort }: TestQuery, rows: ArrayRows['rows']): string[] {
  const rendered = rows.map((row) => row.map((value, column) => rendering(value, types[column]!)));
  if (sort === 'rowsort') rendered.sort(compareRows);
  return sort === 'valuesort' ? rendered.flat().sort(compareText) : rendered.flat();
}

function rendering(value: SqlValue, type: string): string {
  if (value === null) return 'NULL';
  if (type === 'I') return String(typeof value === 'bigint' ? value : Math.trunc(Number(value)) || 0);
  if (type === 'R') return Number(value).toFixed(3);
  const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
  return text === '' ? '(empty)' : text.replaceAll(/[^ -~]/g, '@');
}

function compareRows(a: readonly string[], b: readonly string[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return compareText(a[i]!, b[i]!);
  return 0;
}

/** By the code of each character, as strcmp does. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** What `work` gives, or the error that it fails with. */
async function settled<T>(work: () => Promise<T>): Promise<T | StatementError> {
  try {
    return await work();
  } catch (error) {
    assert.ok(error instanceof StatementError, String(error));
    return error;
  }
}
