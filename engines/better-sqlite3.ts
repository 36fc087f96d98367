/** The engine over better-sqlite3, https://github.com/WiseLibs/better-sqlite3: the fastest in Node. */
import Driver from 'better-sqlite3';
import { resultCode } from '../lib/model/result-code-names.ts';
import { SQLITE } from '../lib/model/result-codes.ts';
import type { SqlValue } from '../lib/model/values.ts';
import { BlockReader, type ReadingDriver, type ReadingStatement } from './better-sqlite3-blocks.ts';
import {
  type AggregateOptions,
  type BlockLimits,
  type Engine,
  EngineError,
  type EngineOptions,
  type EngineSpec,
  type FunctionOptions,
  type Instruction,
  type PreparedStatement,
  type RunOutcome,
  specOf,
} from './engine.ts';
import { driverAggregate, driverFunction } from './functions.ts';
import { integersAsBigint, mayBeRounded, narrowInteger, narrowIntegers } from './integers.ts';
import { namingFile } from './naming-file.ts';
import { connectionPragmas, defaultBusyTimeoutMs } from './pragmas.ts';
import { blocksOf, checkWidth } from './row-blocks.ts';

/** SQLite through better-sqlite3, on a file, or in memory where no file is named. */
export function betterSqlite3(options: EngineOptions): EngineSpec {
  return specOf(import.meta.url, options);
}

export function open(options: EngineOptions): Engine {
  const connect = (): Engine => {
    const driver = new Driver(options.file ?? ':memory:', { timeout: options.busyTimeoutMs ?? defaultBusyTimeoutMs });
    try {
      for (const pragma of connectionPragmas(options)) driver.exec(pragma);
    } catch (error) {
      driver.close();
      throw error;
    }
    return new BetterSqlite3Engine(driver as Connection);
  };
  return namingFile(options.file, () => attempt(connect));
}

/** The driver's published types do not know `explain` yet. */
type Connection = Driver.Database & { explain(sql: string): Instruction[] };

class BetterSqlite3Engine implements Engine {
  readonly #driver: Connection;
  readonly #blocks: BlockReader;

  constructor(driver: Connection) {
    this.#driver = driver;
    this.#blocks = new BlockReader(driver as unknown as ReadingDriver);
  }

  prepare(sql: string, parameterNames: readonly (string | null)[]): PreparedStatement {
    return attempt(() => new BetterSqlite3Statement(this.#driver.prepare(sql), parameterNames, this.#blocks));
  }

  explain(sql: string): readonly Instruction[] {
    return attempt(() => this.#driver.explain(sql));
  }

  exec(sql: string): void {
    attempt(() => this.#driver.exec(sql));
  }

  defineFunction(name: string, body: (...args: SqlValue[]) => SqlValue, options: FunctionOptions): void {
    attempt(() => this.#driver.function(name, { ...options, safeIntegers: true }, driverFunction(body)));
  }

  defineAggregate<T>(name: string, options: AggregateOptions<T>): void {
    const { deterministic = false, varargs = false } = options;
    const declared = { deterministic, varargs, safeIntegers: true, ...driverAggregate(options) };
    attempt(() => this.#driver.aggregate(name, declared as Parameters<Connection['aggregate']>[1]));
  }

  defineCollation(name: string): void {
    throw new EngineError(SQLITE.MISUSE, `better-sqlite3 cannot define collations, such as ${name}`);
  }

  get inTransaction(): boolean {
    return this.#driver.inTransaction;
  }

  close(): void {
    this.#driver.close();
  }
}

class BetterSqlite3Statement implements PreparedStatement {
  readonly columns: readonly string[];
  readonly #statement: Driver.Statement<unknown[], SqlValue[]>;
  readonly #blocks: BlockReader;
  #reading: ReadingStatement | undefined;
  readonly #names: readonly (string | null)[] | undefined;
  /** Reading every integer as bigint costs a fifth of the time, so it waits until one is too large for a number. */
  #exact: boolean;

  constructor(
    statement: Driver.Statement<unknown[], SqlValue[]>,
    names: readonly (string | null)[],
    blocks: BlockReader,
  ) {
    this.#statement = statement;
    this.#blocks = blocks;
    this.columns = statement.reader ? statement.columns().map((column) => column.name) : [];
    this.#names = names.some((name) => name !== null) ? withoutPrefixes(names) : undefined;
    // A statement that writes cannot be run a second time to read its rows exactly.
    this.#exact = !statement.readonly;
    if (statement.reader) statement.raw(true);
    statement.safeIntegers(this.#exact);
  }

  all(params: readonly SqlValue[]): SqlValue[][] {
    try {
      const bound = this.#bound(params);
      if (!this.#statement.reader) {
        this.#statement.run(...bound);
        return [];
      }
      const rows = this.#statement.all(...bound);
      if (this.#statement.readonly) checkWidth(rows[0], this.columns);
      if (this.#exact) return narrowIntegers(rows);
      if (!mayBeRounded(rows)) return rows;
      this.#readExactly();
      return narrowIntegers(this.#statement.all(...bound));
    } catch (error) {
      throw engineErrorOf(error);
    }
  }

  *blocks(params: readonly SqlValue[], limits: BlockLimits): Generator<SqlValue[]> {
    this.#reading ??= this.#blocks.prepare(this.#statement.source, this.columns.length);
    const reading = this.#reading;
    const blocks = reading
      ? this.#blocks.read(
          attempt(() => reading.iterate(...this.#bound(params))),
          limits,
        )
      : blocksOf(this.#rowByRow(params), limits);
    try {
      for (let next = attempt(() => blocks.next()); !next.done; next = attempt(() => blocks.next())) yield next.value;
    } finally {
      blocks.return(undefined);
    }
  }

  run(params: readonly SqlValue[]): RunOutcome {
    try {
      if (!this.#exact) this.#readExactly();
      const { changes, lastInsertRowid } = this.#statement.run(...this.#bound(params));
      return { changes, lastInsertRowid: narrowInteger(lastInsertRowid as bigint) };
    } catch (error) {
      throw engineErrorOf(error);
    }
  }

  finalize(): void {
    // The driver frees a statement when it is collected, or when the connection closes.
  }

  #readExactly(): void {
    this.#exact = true;
    this.#statement.safeIntegers(true);
  }

  *#rowByRow(params: readonly SqlValue[]): Generator<SqlValue[]> {
    if (!this.#exact) this.#readExactly();
    for (const row of this.#statement.iterate(...this.#bound(params))) {
      checkWidth(row, this.columns);
      yield narrowIntegers([row])[0]!;
    }
  }

  /** Plain parameters by position, then one object with those that have a name: the driver knows no other way. */
  #bound(params: readonly SqlValue[]): unknown[] {
    const values = integersAsBigint(params);
    const names = this.#names;
    if (names === undefined) return values;
    const named: Record<string, SqlValue> = Object.create(null);
    const plain = values.filter((value, index) => {
      const name = names[index];
      if (name !== null) named[name!] = value;
      return name === null;
    });
    return [...plain, named];
  }
}

function withoutPrefixes(names: readonly (string | null)[]): (string | null)[] {
  const bare = names.map((name) => name?.slice(1) ?? null);
  const named = bare.filter((name) => name !== null);
  if (new Set(named).size < named.length) {
    throw new EngineError(SQLITE.MISUSE, 'parameters of one name with different prefixes cannot be told apart');
  }
  return bare;
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw engineErrorOf(error);
  }
}

function engineErrorOf(error: unknown): unknown {
  if (error instanceof EngineError || !(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return new EngineError(resultCode(code), error.message, { cause: error });
  if (/directory does not exist/.test(error.message)) return new EngineError(SQLITE.CANTOPEN, error.message);
  return new EngineError(SQLITE.MISUSE, error.message, { cause: error });
}
