/** Whether live queries ran that no changed row concerns, and whether updates tell what changed. */
import { lastValueFrom, type Subscription } from 'rxjs';
import type { Database, Server, ServerReport, TableUpdates } from '../../lib/index.ts';
import { Conditions, concerns } from './concern.ts';
import type { LiveQuery } from './live-query.ts';
import { changesSchema, type WriteOutcome } from './perform-write.ts';
import type { Step, Write } from './scenario.ts';
import {
  changesBetween,
  type RowChange,
  type Snapshot,
  snapshotOf,
  type TableShape,
  type TableSnapshot,
  tableShapes,
} from './table-snapshots.ts';
import { nextTurn } from './turns.ts';
import type { Verdict } from './verdict.ts';

/** Larger tables, and writes of more rows, are followed by table. */
const mostRows = 200;

/** How long the live queries that a write concerns may take to run. */
const catchUpMs = 10_000;

/** One write that commits by itself. */
export type SingleWrite = Extract<Step, { kind: 'write' }>;

interface Changed {
  readonly shape: TableShape;
  readonly rows: readonly RowChange[];
  /** How many rows more there are. */
  readonly growth: number;
}

export class Exactness {
  readonly #db: Database;
  readonly #server: Server;
  readonly #queries: readonly LiveQuery[];
  readonly #verdict: Verdict;
  readonly #conditions = new Conditions();
  readonly #updates: TableUpdates[] = [];
  readonly #subscription: Subscription;
  #shapes: readonly TableShape[] | undefined;
  #before: Snapshot = new Map();
  #runs: ReadonlyMap<string, number> = new Map();
  /** Nothing in the schema writes a row twice in one statement, or deletes one unseen. */
  #isPlain = false;
  /** More than the statement itself may write. */
  #hasTriggers = false;
  #version = 0;
  /** Texts of which nothing has run since the schema changed, or seemed to: how they are followed is settled when they run. */
  readonly #unsettled = new Set<string>();

  constructor(db: Database, server: Server, queries: readonly LiveQuery[], verdict: Verdict) {
    this.#db = db;
    this.#server = server;
    this.#queries = queries;
    this.#verdict = verdict;
    this.#subscription = db.updates().subscribe({ next: (updates) => this.#updates.push(updates), error: () => {} });
  }

  close(): void {
    this.#subscription.unsubscribe();
    this.#conditions.close();
  }

  /** Notes how things stand before the next write. */
  async note(): Promise<void> {
    this.#shapes ??= await this.#readSchema();
    this.#before = await snapshotOf(this.#db, this.#shapes, mostRows);
    this.#runs = await this.#runsNow();
    this.#updates.length = 0;
  }

  /** The schema may have changed, or may have been changed and taken back. */
  forgetSchema(): void {
    this.#shapes = undefined;
    for (const { text } of this.#queries) this.#unsettled.add(text.sql);
  }

  /** Compares with what was noted. All live queries have settled. */
  async check({ write, by }: SingleWrite, outcome: WriteOutcome): Promise<void> {
    if (this.#shapes === undefined || changesSchema(write) || /\bROLLBACK\b/i.test(textOf(write)))
      return this.forgetSchema();
    const after = await snapshotOf(this.#db, this.#shapes, mostRows);
    const changed = this.#shapes.flatMap((shape) => this.#changed(this.#before.get(shape.name), after.get(shape.name)));
    this.#checkUpdates(changed, by);
    if (outcome.changes !== undefined) this.#checkCounts(write, outcome.changes);
    const names = this.#shapes.map(({ name }) => name.replace(/^temp\./, '').toLowerCase());
    // A TEMP table takes the name of another: what queries mean by it is another table.
    if (new Set(names).size < names.length) return;
    if (this.#isPlain && isSingle(write)) await this.#checkRuns(changed);
  }

  #changed(before: TableSnapshot | undefined, after: TableSnapshot | undefined): Changed[] {
    if (before === undefined || after === undefined) return [];
    const growth = after.rows.size - before.rows.size;
    return [{ shape: after.shape, rows: changesBetween(before, after), growth }];
  }

  /** Every table of which a row differs is named, with numbers that add up. */
  #checkUpdates(changed: readonly Changed[], by: SingleWrite['by']): void {
    const fail = (detail: string): never => this.#verdict.fail({ kind: 'updates', detail });
    if (this.#updates.length > 1) fail(`${this.#updates.length} updates for one commit`);
    const [updates] = this.#updates;
    const named = new Map([...(updates?.tables ?? [])]);
    if (updates && updates.origin !== (by === 'self' ? 'self' : 'other')) fail(`the origin is ${updates.origin}`);
    if (updates && updates.version <= this.#version) fail(`version ${updates.version} came after ${this.#version}`);
    this.#version = updates?.version ?? this.#version;
    for (const { shape, rows, growth } of changed) {
      const counts = named.get(shape.name);
      if (rows.length > 0 && counts === undefined) fail(`rows of ${shape.name} changed, and it is not named`);
      if (counts === undefined || counts.all) continue;
      const { inserted, updated, deleted } = counts;
      if (inserted - deleted !== growth) fail(`${shape.name} grew by ${growth}: ${JSON.stringify(counts)}`);
      // A row that moves to another key is seen as one that went and one that came.
      if (inserted + deleted + 2 * updated < rows.length)
        fail(`${rows.length} rows of ${shape.name} differ: ${JSON.stringify(counts)}`);
    }
  }

  /** Where nothing but the statement itself writes, its own count is that of the updates. */
  #checkCounts(write: Write, changes: number): void {
    const [updates] = this.#updates;
    const counts = [...(updates?.tables.values() ?? [])];
    const [only] = counts;
    if (counts.length !== 1 || only!.all || this.#hasTriggers || /\bREPLACE\b/i.test(textOf(write))) return;
    const total = only!.inserted + only!.updated + only!.deleted;
    if (total === changes) return;
    this.#verdict.fail({ kind: 'updates', detail: `${changes} rows changed: ${JSON.stringify(only)}` });
  }

  /** Each query ran only if some row concerned it. Queries of one text are counted together, as the server reports them. */
  async #checkRuns(changed: readonly Changed[]): Promise<void> {
    const runs = await this.#runsNow();
    for (const [sql, before] of this.#runs) {
      const more = (runs.get(sql) ?? before) - before;
      if (more === 0 || this.#unsettled.delete(sql)) continue;
      const alike = this.#queries.filter(({ isOpen, text }) => isOpen && text.sql === sql);
      if (alike.some(({ isNew, error, mayFail }) => isNew || error !== undefined || mayFail)) continue;
      const concerned = alike.filter((query) => this.#isConcerned(query, changed));
      if (more <= concerned.length) continue;
      const detail = `${more} runs where ${concerned.length} of ${alike.length} queries of this text are concerned`;
      const seen = changed.flatMap(({ shape, rows }) =>
        rows.map((row) => `${shape.name}: ${shown(row.before)} to ${shown(row.after)}`),
      );
      this.#verdict.complain(
        'needless run',
        alike[0]!,
        `${detail}; changed were ${seen.slice(0, 5).join('; ') || 'no rows'}`,
      );
      this.#verdict.throwIfFailed();
    }
  }

  #isConcerned({ made: { template } }: LiveQuery, changed: readonly Changed[]): boolean {
    const seen = new Set(changed.map(({ shape }) => shape.name));
    if (template.tables === undefined || template.tables.some((table) => !seen.has(table))) return true;
    return changed.some(({ shape, rows }) => concerns(template, shape, rows, this.#conditions));
  }

  /** Once all have run that are concerned: an equal result is not waited for. */
  async #runsNow(): Promise<Map<string, number>> {
    const end = Date.now() + catchUpMs;
    let { liveQueries } = await this.#report();
    while (liveQueries.some(({ isBehind }) => isBehind)) {
      if (Date.now() > end) this.#verdict.fail({ kind: 'behind', detail: 'a live query does not run' });
      await nextTurn(true);
      ({ liveQueries } = await this.#report());
    }
    const runs = new Map<string, number>();
    for (const { sql, runs: more } of liveQueries) runs.set(sql, (runs.get(sql) ?? 0) + more);
    return runs;
  }

  #report(): Promise<ServerReport> {
    return this.#verdict.within('a report', lastValueFrom(this.#server.inspect()));
  }

  async #readSchema(): Promise<readonly TableShape[]> {
    const schema$ = this.#db.select<{ type: string; sql: string }>(
      `SELECT type, sql FROM main.sqlite_schema WHERE sql IS NOT NULL UNION ALL
       SELECT type, sql FROM temp.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sluice%'`,
    );
    const schema = await lastValueFrom(schema$);
    this.#hasTriggers = schema.some(({ type, sql }) => type === 'trigger' || /\bREFERENCES\b/i.test(sql));
    this.#isPlain = schema.every(({ type, sql }) =>
      type === 'trigger'
        ? !/\bBEGIN\b.*\b(UPDATE|DELETE|REPLACE|RAISE)\b/is.test(sql)
        : !/\b(REPLACE|FAIL)\b/i.test(sql),
    );
    return tableShapes(this.#db);
  }
}

/** One statement that changes each row once, and tells all of it. */
function isSingle(write: Write): boolean {
  if (/\b(REPLACE|FAIL)\b/i.test(textOf(write))) return false;
  if (write.kind === 'batch') {
    const [part, ...others] = write.parts;
    return others.length === 0 && part !== undefined && (!('rows' in part) || part.rows.length <= mostRows);
  }
  return write.kind === 'execute' || write.kind === 'select';
}

function textOf(write: Write): string {
  switch (write.kind) {
    case 'transaction':
      return write.parts.map(textOf).join(';');
    case 'batch':
      return write.parts.map(({ sql }) => sql).join(';');
    case 'script':
      return write.sql.join(';');
    default:
      return write.sql;
  }
}

function shown(row: { literals: readonly string[] } | undefined): string {
  return row ? `(${row.literals.join(', ')})` : 'nothing';
}
