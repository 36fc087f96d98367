/** What the server asks of a build of SQLite. Every engine passes the same suite, `spec/engines/conformance.ts`. */
import type { SqlValue } from '../lib/model/values.ts';

/**
 * Which engine to open, and how: plain data, so that it can be sent to a worker.
 *
 * Shapes  `module` is the URL of an {@link EngineModule}; `options` is passed to its `open`.
 */
export interface EngineSpec {
  readonly module: string;
  readonly options: EngineOptions;
}

export interface EngineOptions {
  /** The path of the database file; made if it is not there. Left out: the database lives in memory. */
  readonly file?: string;
  /**
   * What survives the loss of power: `'normal'`, the default, may lose the last commits but never corrupts; `'full'`
   * waits for the disk at each commit. A crash of the process loses nothing either way.
   * https://sqlite.org/pragma.html#pragma_synchronous
   */
  readonly durability?: 'normal' | 'full';
  /** How long to wait for a lock that another process holds. 5,000 by default. */
  readonly busyTimeoutMs?: number;
  /** How many prepared statements are kept. 500 by default; 0 keeps none. */
  readonly statementCacheSize?: number;
}

/** What the module of an engine exports. */
export interface EngineModule {
  open(options: EngineOptions): Engine | Promise<Engine>;
}

/** One connection to a database. Synchronous: the server alone uses it. */
export interface Engine {
  /**
   * Compiles exactly one statement.
   *
   * `parameterNames` has an entry for each parameter, in order: its name with its prefix, or null for a plain `?`.
   * Errors  {@link EngineError}.
   */
  prepare(sql: string, parameterNames: readonly (string | null)[]): PreparedStatement;
  /** The program of a statement, those of its triggers behind it. https://sqlite.org/opcode.html */
  explain(sql: string): readonly Instruction[];
  /** Runs a statement that takes no parameters and whose rows are of no interest. */
  exec(sql: string): void;
  /** Whether a transaction is open. SQLite can end one by itself: https://sqlite.org/lang_transaction.html */
  readonly inTransaction: boolean;
  /** Frees all statements and closes the file. */
  close(): void;
}

export interface PreparedStatement {
  /** The names of the result's columns; empty for a statement that gives no rows. */
  readonly columns: readonly string[];
  /**
   * Runs to the end and gives all rows. Integers that a double cannot hold come as bigint, all others as number.
   * `params` has one value for each parameter; integers are bound as INTEGER, never as REAL.
   */
  all(params: readonly SqlValue[]): SqlValue[][];
  /** Runs to the end, without rows. */
  run(params: readonly SqlValue[]): RunOutcome;
  finalize(): void;
}

/** `changes` and `lastInsertRowid` as of this statement. https://sqlite.org/c3ref/changes.html */
export interface RunOutcome {
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
}

/** One line of EXPLAIN. */
export interface Instruction {
  readonly addr: number;
  readonly opcode: string;
  readonly p1: number;
  readonly p2: number;
  readonly p3: number;
  readonly p4: string | null;
  readonly p5: number;
}

/** SQLite's refusal: its extended result code and its own words. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
