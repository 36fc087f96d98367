/** What the server asks of a build of SQLite. Every engine passes the same suite, `spec/engines/conformance.ts`. */
import type { SluiceError } from '../lib/model/errors.ts';
import type { SqlValue } from '../lib/model/values.ts';

/**
 * Which engine to open, and how: plain data, so that it can be sent to a worker.
 *
 * Shapes  `module` is the URL of an {@link EngineModule}; `options` is passed to its `open`.
 */
export interface EngineSpec {
  readonly module: string;
  readonly options: EngineOptions;
  /** That of the module, where it is loaded already. It stays behind when the spec is sent. */
  readonly open?: EngineModule['open'];
}

export interface EngineOptions {
  /** The path of the database file; made if it is not there. Left out: the database lives in memory. */
  readonly file?: string | undefined;
  /**
   * What survives the loss of power: `'normal'`, the default, may lose the last commits but never corrupts; `'full'`
   * waits for the disk at each commit. A crash of the process loses nothing either way.
   * https://sqlite.org/pragma.html#pragma_synchronous
   */
  readonly durability?: 'normal' | 'full' | undefined;
  /** How long to wait for a lock that another process holds. 5,000 by default. */
  readonly busyTimeoutMs?: number | undefined;
  /**
   * How many threads read beside the one that writes: while a transaction is open, and while a long query runs. None by
   * default. For a file alone, whose journal stays in WAL mode, as it is set.
   */
  readonly readers?: number | undefined;
  /** How many prepared statements are kept. 500 by default; 0 keeps none. */
  readonly statementCacheSize?: number | undefined;
}

/** Errors  `TypeError` for options that name no file or mean nothing, and for readers of a database in memory. */
export function specOf(module: string, options: EngineOptions): EngineSpec {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`options are { file: 'path' }, or {} for a database in memory, and not ${options}`);
  }
  const { file, readers = 0 } = options;
  if (file !== undefined && typeof file !== 'string') {
    const isUrl = (file as unknown) instanceof URL;
    throw new TypeError(`file takes a path${isUrl ? ': pass fileURLToPath(url)' : `, not ${typeof file}`}`);
  }
  refuseSettings(options);
  if (!Number.isInteger(readers) || readers < 0)
    throw new TypeError(`readers takes a number of threads, not ${readers}`);
  if (readers > 0 && file === undefined) {
    throw new TypeError('readers are for a file: a database in memory belongs to one connection');
  }
  return { module, options };
}

/** Errors  `TypeError` for what SQLite would take for another setting, without a word. */
export function refuseSettings({ durability = 'normal', busyTimeoutMs = 0 }: EngineOptions): void {
  if (!['normal', 'full'].includes(durability)) {
    throw new TypeError(`durability takes 'normal' or 'full', not ${durability}`);
  }
  if (!(Number.isFinite(busyTimeoutMs) && busyTimeoutMs >= 0)) {
    throw new TypeError(`busyTimeoutMs takes a number of milliseconds, not ${busyTimeoutMs}`);
  }
}

/** What the module of an engine exports. */
export interface EngineModule {
  open(options: EngineOptions): Engine | Promise<Engine>;
}

/**
 * A spec that can also be opened without importing its module: a bundle has no modules left to import. `open` is not
 * enumerable, so that cloning leaves it out.
 */
export function specWith(open: EngineModule['open'], module: string, options: EngineOptions): EngineSpec {
  return Object.defineProperty({ module, options }, 'open', { value: open });
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
  /** Runs statements that take no parameters and whose rows are of no interest. */
  exec(sql: string): void;
  /** Defines a scalar SQL function. https://sqlite.org/appfunc.html */
  defineFunction(name: string, body: (...args: SqlValue[]) => SqlValue, options: FunctionOptions): void;
  /** Defines an aggregate SQL function, and with `inverse` a window function. */
  defineAggregate<T>(name: string, options: AggregateOptions<T>): void;
  /** Defines a collating sequence. Errors where the driver has none. */
  defineCollation(name: string, compare: (a: string, b: string) => number): void;
  /** Whether a transaction is open. SQLite can end one by itself: https://sqlite.org/lang_transaction.html */
  readonly inTransaction: boolean;
  /** It was to keep a file, and its database lives in memory: the options allow that where there is no place for files. */
  readonly isTemporary?: boolean;
  /**
   * Asks `isDue` now and then while a statement runs, and ends the statement with code 9 once it holds. What ends a
   * transaction is left alone. Not every driver can. https://sqlite.org/c3ref/progress_handler.html
   */
  interruptWhen?(isDue: () => boolean): void;
  /** Calls `tell` once, should the file be taken away while it is open: what is written from then on is kept nowhere. */
  onLoss?(tell: (reason: SluiceError) => void): void;
  /** Frees all statements and closes the file. */
  close(): void;
}

export interface FunctionOptions {
  /** It always gives the same for the same arguments, so that indexes and generated columns may use it. */
  readonly deterministic?: boolean | undefined;
  /** It takes any number of arguments. Left out: as many as the function declares. */
  readonly varargs?: boolean | undefined;
}

/** An aggregate: `start` is the total of no rows, `step` adds a row, `inverse` takes one out, `result` gives the value. */
export interface AggregateOptions<T> extends FunctionOptions {
  readonly start: () => T;
  readonly step: (total: T, ...args: SqlValue[]) => T;
  readonly inverse?: (total: T, ...args: SqlValue[]) => T;
  readonly result: (total: T) => SqlValue;
}

export interface PreparedStatement {
  /** The names of the result's columns; empty for a statement that gives no rows. */
  readonly columns: readonly string[];
  /**
   * Runs to the end and gives all rows. Integers beyond 2^53 come as bigint, all others as number.
   * `params` has one value for each parameter; safe integers are bound as INTEGER, never as REAL.
   * A statement that writes runs once; one that only reads may run again, and gives the rows of its last run.
   */
  all(params: readonly SqlValue[]): SqlValue[][];
  /**
   * Gives the rows in blocks as they are read, values as {@link all} does, one row's after the other's. Until it ends or
   * `return()` is called, the statement is busy, and the connection may refuse to write.
   */
  blocks(params: readonly SqlValue[], limits: BlockLimits): Iterator<SqlValue[]>;
  /** Runs to the end, without rows. */
  run(params: readonly SqlValue[]): RunOutcome;
  finalize(): void;
}

/** A block is full at so many rows, or at so many characters and bytes of text and blobs: it has one row at least. */
export interface BlockLimits {
  readonly rows: number;
  readonly size: number;
}

/**
 * `changes` and `lastInsertRowid` as of this statement. After one that is none of INSERT, UPDATE and DELETE, `changes` means
 * nothing. https://sqlite.org/c3ref/changes.html
 */
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
