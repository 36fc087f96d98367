/** A prepared statement of SQLite's WebAssembly build. */
import type { Database, PreparedStatement as DriverStatement } from '@sqlite.org/sqlite-wasm';
import { SQLITE } from '../../lib/model/result-codes.ts';
import type { SqlValue } from '../../lib/model/values.ts';
import { type BlockLimits, EngineError, type PreparedStatement, type RunOutcome } from '../engine.ts';
import { narrowInteger } from '../integers.ts';
import { blocksOf } from '../row-blocks.ts';
import { copied, type Driver, scratchBytes } from './driver.ts';
import { attempt, check } from './refusal.ts';
import { RowReader } from './row-reader.ts';

/** What a step gives that did not fail. https://sqlite.org/rescode.html#row */
const stepped = { row: 100, done: 101 } as const;

const encoder = new TextEncoder();

/** Counts how often statements of one connection were run. */
export interface Usage {
  runs: number;
}

export class SqliteWasmStatement implements PreparedStatement {
  readonly columns: readonly string[];
  readonly #driver: Driver;
  readonly #db: Database;
  readonly #statement: DriverStatement;
  readonly #usage: Usage;
  readonly #reader: RowReader;

  constructor(driver: Driver, db: Database, statement: DriverStatement, usage: Usage) {
    this.#driver = driver;
    this.#db = db;
    this.#statement = statement;
    this.#usage = usage;
    this.#reader = new RowReader(driver);
    this.columns = statement.columnCount > 0 ? statement.getColumnNames() : [];
  }

  all(params: readonly SqlValue[]): SqlValue[][] {
    return attempt(() => {
      const pointer = this.#pointer();
      const width = this.columns.length;
      const rows: SqlValue[][] = [];
      try {
        this.#begin(pointer, params);
        while (this.#step(pointer)) rows.push(this.#reader.read(pointer, width));
      } finally {
        this.#reset(pointer);
      }
      return rows;
    });
  }

  blocks(params: readonly SqlValue[], limits: BlockLimits): Generator<SqlValue[]> {
    return blocksOf(this.#rowByRow(params), limits);
  }

  *#rowByRow(params: readonly SqlValue[]): Generator<SqlValue[]> {
    const pointer = attempt(() => this.#pointer());
    try {
      attempt(() => this.#begin(pointer, params));
      while (attempt(() => this.#step(pointer))) yield attempt(() => this.#reader.read(pointer, this.columns.length));
    } finally {
      // Closing the database freed it, rows left or not.
      if (this.#statement.pointer !== undefined) this.#reset(pointer);
    }
  }

  run(params: readonly SqlValue[]): RunOutcome {
    return attempt(() => {
      const pointer = this.#pointer();
      try {
        this.#begin(pointer, params);
        while (this.#step(pointer));
      } finally {
        this.#reset(pointer);
      }
      const db = this.#db.pointer as number;
      const { c } = this.#driver;
      return {
        changes: c.sqlite3_changes(db),
        lastInsertRowid: narrowInteger(c.sqlite3_last_insert_rowid(db)),
      };
    });
  }

  finalize(): void {
    this.#statement.finalize();
  }

  #pointer(): number {
    const { pointer } = this.#statement;
    if (pointer === undefined) throw new EngineError(SQLITE.MISUSE, 'the statement was finalized');
    return pointer as number;
  }

  /** Tells whether there is a row. */
  #step(pointer: number): boolean {
    const code = this.#driver.c.sqlite3_step(pointer);
    if (code === stepped.row) return true;
    if (code !== stepped.done) check(this.#driver, this.#db, code);
    return false;
  }

  #reset(pointer: number): void {
    const { c } = this.#driver;
    c.sqlite3_reset(pointer);
    c.sqlite3_clear_bindings(pointer);
  }

  #begin(pointer: number, params: readonly SqlValue[]): void {
    this.#usage.runs++;
    for (let i = 0; i < params.length; i++) {
      const code = this.#bind(pointer, i + 1, params[i]!);
      if (code !== SQLITE.OK) check(this.#driver, this.#db, code);
    }
  }

  #bind(pointer: number, index: number, value: SqlValue): number {
    const { c } = this.#driver;
    // NULL is what a parameter holds that nothing was bound to, and none keeps a value from the run before.
    if (value === null) return SQLITE.OK;
    if (typeof value === 'string') return this.#bindText(pointer, index, value);
    if (typeof value === 'bigint') return c.sqlite3_bind_int64(pointer, index, value);
    if (typeof value !== 'number') return this.#bindBytes(pointer, index, value, 'blob');
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return c.sqlite3_bind_double(pointer, index, value);
    if ((value | 0) === value) return c.sqlite3_bind_int(pointer, index, value);
    return c.sqlite3_bind_int64(pointer, index, BigInt(value));
  }

  /** Through the scratch space, twice as fast as through memory of its own; a character is at most three bytes per unit. */
  #bindText(pointer: number, index: number, text: string): number {
    if (text.length * 3 > scratchBytes) return this.#bindBytes(pointer, index, encoder.encode(text), 'text');
    const { c, scratch, sqlite } = this.#driver;
    const { written } = encoder.encodeInto(text, sqlite.wasm.heap8u().subarray(scratch, scratch + scratchBytes));
    return c.sqlite3_bind_text(pointer, index, scratch, written, copied);
  }

  /** Allocated here, and freed by SQLite. */
  #bindBytes(pointer: number, index: number, bytes: Uint8Array, as: 'blob' | 'text'): number {
    const { c, sqlite } = this.#driver;
    const at = sqlite.wasm.alloc(Math.max(1, bytes.length)) as number;
    sqlite.wasm.heap8u().set(bytes, at);
    const free = sqlite.capi.SQLITE_WASM_DEALLOC as unknown as number;
    return as === 'blob'
      ? c.sqlite3_bind_blob(pointer, index, at, bytes.length, free)
      : c.sqlite3_bind_text(pointer, index, at, bytes.length, free);
  }
}
