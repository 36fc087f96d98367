/** Counts what each statement changed: how many rows, of which tables, and which rows, as far as triggers tell. */
import { type Engine, EngineError, type PreparedStatement } from '../../engines/engine.ts';
import { SQLITE } from '../model/result-codes.ts';
import type { Capture } from './capture/capture.ts';
import type { RowsOfTable } from './capture/changed-rows.ts';
import type { Changes } from './changes.ts';
import type { Written } from './execute-many.ts';
import type { Footprint } from './footprint.ts';
import type { Schema } from './schema.ts';

export class Census {
  readonly #engine: Engine;
  readonly #capture: Capture;
  readonly #schema: () => Schema;
  readonly #counters: PreparedStatement;
  #total = 0;
  /** A virtual table may write its own tables as late as at a COMMIT, where no statement is counted. */
  #writesLate = false;

  constructor(engine: Engine, capture: Capture, schema: () => Schema) {
    this.#engine = engine;
    this.#capture = capture;
    this.#schema = schema;
    this.#counters = engine.prepare('SELECT total_changes(), changes(), last_insert_rowid()', []);
  }

  /** All rows that were changed so far. */
  get total(): number {
    return this.#total;
  }

  /** What the latest statement did. */
  get latest(): Written {
    const [counters] = this.#counters.all([]);
    return { changes: Number(counters![1]), lastInsertRowid: counters![2] as number | bigint };
  }

  /** Passes over what no statement is to be counted for. */
  catchUp(): void {
    if (this.#writesLate) this.#total = Number(this.#counters.all([])[0]![0]);
  }

  /** Adds what `work`, a statement of this footprint, changed to `changes`. `directly` gives how many rows of its own that were. */
  counted<T>(footprint: Footprint, changes: Changes, work: () => T, directly?: () => number): T {
    const { traits, writes } = footprint;
    this.#capture.start();
    this.catchUp();
    this.#writesLate ||= traits.writesVirtual;
    let done = false;
    let isUncounted = false;
    try {
      const result = work();
      done = true;
      return result;
    } catch (error) {
      isUncounted = (this.#engine.inTransaction || traits.mayKeepPart) && !isUndone(footprint, error);
      throw error;
    } finally {
      const [counters] = this.#counters.all([]);
      const total = Number(counters![0]);
      const count = total - this.#total;
      this.#total = total;
      const direct = done ? (directly?.() ?? Number(counters![1])) : undefined;
      if (done) for (const [table, { internal }] of writes) if (internal) changes.touch(table);
      // What it left may not be counted, nor what its triggers did: whom it concerns looks again.
      const isUnsure = traits.mayKeepPart || (footprint.hasTriggers && this.#engine.inTransaction);
      if (isUncounted) noteAll(footprint, changes);
      else if (!done && isUnsure) for (const table of writes.keys()) changes.touch(table);
      if (count > 0 && (done || traits.mayKeepPart)) {
        noteCounts(footprint, count, direct, changes);
        for (const table of changes.tables.keys())
          if (writes.has(table)) changes.rows(table, this.#rowsOf(table, footprint, done));
      }
    }
  }

  /** So many changes are nobody's. */
  skip(changes: number): void {
    this.#total += changes;
  }

  close(): void {
    this.#counters.finalize();
  }

  /** Which rows of a table a statement changed, as far as its triggers could tell. */
  #rowsOf(table: string, { mayReplace, hasTriggers }: Footprint, done: boolean): RowsOfTable {
    const { temporaryRaise, writeBefore } = this.#schema().triggers;
    const isSeen = done && !mayReplace && !(hasTriggers && (temporaryRaise || writeBefore));
    return isSeen ? this.#capture.rowsOf(table) : 'unknown';
  }
}

/**
 * Whether SQLite took back what a statement wrote before it failed, or counted it. It prepares for that only where a
 * constraint may end the statement, and a value of the wrong type is none, though its code says so.
 * https://sqlite.org/c3ref/c_abort.html
 */
function isUndone({ traits, hasTriggers }: Footprint, error: unknown): boolean {
  if (traits.isAtomic || !(error instanceof EngineError)) return traits.isAtomic;
  // ON CONFLICT FAIL keeps what was written before, and does not count what triggers did of it.
  if (traits.mayKeepPart && hasTriggers) return false;
  return (error.code & 0xff) === SQLITE.CONSTRAINT && error.code !== SQLITE.CONSTRAINT_DATATYPE;
}

/**
 * `count` is of all rows, those of triggers and cascades included; `direct` of the statement's own, where it is known.
 * Where the two agree, only the statement's own table changed. https://sqlite.org/c3ref/total_changes.html
 */
function noteCounts(footprint: Footprint, count: number, direct: number | undefined, changes: Changes): void {
  const { target, writes, writesAnything } = footprint;
  if (writesAnything) changes.touchEverything();
  if (target && count === direct) {
    changes.count(target.table, target.kind, count);
    return;
  }
  for (const [table, { internal }] of writes) if (!internal) changes.uncounted(table);
}

/** Any row of its tables may be another. */
function noteAll({ writes, writesAnything }: Footprint, changes: Changes): void {
  if (writesAnything) changes.touchEverything();
  for (const [table, { internal }] of writes)
    if (internal) changes.touch(table);
    else changes.all(table);
}
