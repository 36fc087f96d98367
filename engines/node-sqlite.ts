/** The engine over Node's own `node:sqlite`, https://nodejs.org/api/sqlite.html: nothing to install. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { SQLITE } from '../lib/model/result-codes.ts';
import type { SqlValue } from '../lib/model/values.ts';
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
import { integersAsBigint, narrowInteger, narrowIntegers } from './integers.ts';
import { namingFile } from './naming-file.ts';
import { connectionPragmas } from './pragmas.ts';
import { blocksOf, checkWidth } from './row-blocks.ts';

/** SQLite as Node carries it, on a file, or in memory where no file is named. */
export function nodeSqlite(options: EngineOptions): EngineSpec {
  return specOf(import.meta.url, options);
}

export function open(options: EngineOptions): Engine {
  const connect = (): Engine => {
    const driver = new DatabaseSync(options.file ?? ':memory:');
    try {
      for (const pragma of connectionPragmas(options)) driver.exec(pragma);
    } catch (error) {
      driver.close();
      throw error;
    }
    return new NodeSqliteEngine(driver);
  };
  return namingFile(options.file, () => attempt(connect));
}

class NodeSqliteEngine implements Engine {
  readonly #driver: DatabaseSync;

  constructor(driver: DatabaseSync) {
    this.#driver = driver;
  }

  prepare(sql: string, parameterNames: readonly (string | null)[]): PreparedStatement {
    return attempt(() => {
      const statement = this.#driver.prepare(sql);
      return new NodeSqliteStatement(statement, parameterNames, () => this.#mayWrite(sql));
    });
  }

  explain(sql: string): readonly Instruction[] {
    return attempt(() => this.#driver.prepare(`EXPLAIN ${sql}`).all() as unknown as Instruction[]);
  }

  exec(sql: string): void {
    attempt(() => this.#driver.exec(sql));
  }

  defineFunction(name: string, body: (...args: SqlValue[]) => SqlValue, options: FunctionOptions): void {
    attempt(() => this.#driver.function(name, { ...options, useBigIntArguments: true }, driverFunction(body)));
  }

  defineAggregate<T>(name: string, options: AggregateOptions<T>): void {
    const { varargs = false } = options;
    const declared = { varargs, useBigIntArguments: true, ...driverAggregate(options) };
    attempt(() => this.#driver.aggregate(name, declared as unknown as Parameters<DatabaseSync['aggregate']>[1]));
  }

  defineCollation(name: string): void {
    throw new EngineError(SQLITE.MISUSE, `node:sqlite cannot define collations, such as ${name}`);
  }

  get inTransaction(): boolean {
    return this.#driver.isOpen && this.#driver.isTransaction;
  }

  close(): void {
    if (this.#driver.isOpen) this.#driver.close();
  }

  #mayWrite(sql: string): boolean {
    try {
      return this.explain(sql).some(({ opcode, p2 }) => opcode === 'Transaction' && p2 !== 0);
    } catch {
      return true; // EXPLAIN itself cannot be explained.
    }
  }
}

/**
 * Whether `?NNN` is bound by its position, like a plain `?`. It was bound by name until Node 24.7.
 * https://github.com/nodejs/node/pull/59350
 */
const bindsNumbersByPosition = ((): boolean => {
  const driver = new DatabaseSync(':memory:');
  try {
    return driver.prepare('SELECT ?1').get(1) !== undefined;
  } catch {
    return false;
  } finally {
    driver.close();
  }
})();

/** What the driver gives in place of the least integer: its own check for the range of a number lets this one pass. */
const misreadLeastInteger = -(2 ** 63);

/** Named parameters in one object, then the plain ones; or the plain ones alone. */
type DriverParameters = Parameters<StatementSync['all']>;

class NodeSqliteStatement implements PreparedStatement {
  readonly columns: readonly string[];
  readonly #statement: StatementSync;
  readonly #names: readonly (string | null)[] | undefined;
  readonly #mayWrite: boolean;
  /** The driver refuses an integer that a number cannot hold; a statement that writes cannot be run a second time. */
  #exact: boolean;

  constructor(statement: StatementSync, parameterNames: readonly (string | null)[], mayWrite: () => boolean) {
    this.#statement = statement;
    this.columns = statement.columns().map((column) => column.name);
    const names = parameterNames.map((name) => (bindsNumbersByPosition && name?.startsWith('?') ? null : name));
    this.#names = names.some((name) => name !== null) ? names : undefined;
    this.#mayWrite = this.columns.length === 0 || mayWrite();
    this.#exact = this.#mayWrite;
    statement.setReturnArrays(true);
    statement.setReadBigInts(this.#exact);
    // `:a` and `@a` are two parameters: without their prefixes they could not be told apart.
    statement.setAllowBareNamedParameters(false);
  }

  all(params: readonly SqlValue[]): SqlValue[][] {
    return attempt(() => {
      const bound = this.#bound(params);
      if (!this.#exact) {
        try {
          const rows = this.#rows(bound);
          if (!rows.some((row) => row.includes(misreadLeastInteger))) return rows;
        } catch (error) {
          if (!isOutOfRange(error)) throw error;
        }
        this.#readExactly();
      }
      return narrowIntegers(this.#rows(bound));
    });
  }

  *blocks(params: readonly SqlValue[], limits: BlockLimits): Generator<SqlValue[]> {
    const blocks = blocksOf(this.#rowByRow(params), limits);
    try {
      for (let next = attempt(() => blocks.next()); !next.done; next = attempt(() => blocks.next())) yield next.value;
    } finally {
      blocks.return(undefined);
    }
  }

  run(params: readonly SqlValue[]): RunOutcome {
    return attempt(() => {
      if (!this.#exact) this.#readExactly();
      const { changes, lastInsertRowid } = this.#statement.run(...this.#bound(params));
      return { changes: Number(changes), lastInsertRowid: narrowInteger(BigInt(lastInsertRowid)) };
    });
  }

  finalize(): void {
    // The driver frees a statement when it is collected, or when the connection closes.
  }

  #readExactly(): void {
    this.#exact = true;
    this.#statement.setReadBigInts(true);
  }

  *#rowByRow(params: readonly SqlValue[]): Generator<SqlValue[]> {
    this.#readExactly();
    const bound = this.#bound(params);
    try {
      const rows = this.#statement.iterate(...bound) as unknown as Iterable<SqlValue[]>;
      for (const row of rows) {
        checkWidth(row, this.columns);
        yield narrowIntegers([row])[0]!;
      }
    } catch (error) {
      // What is refused here has failed nothing there.
      if (!(error instanceof EngineError)) this.#reset(bound);
      throw error;
    }
  }

  /** The driver leaves a statement as it is whose iteration failed, and throws that error when it is used for the next time. */
  #reset(bound: DriverParameters): void {
    try {
      this.#statement.iterate(...bound);
    } catch {
      // That was the next time.
    }
  }

  #rows(bound: DriverParameters): SqlValue[][] {
    const rows = this.#statement.all(...bound) as unknown as SqlValue[][];
    if (!this.#mayWrite) checkWidth(rows[0], this.columns);
    return rows;
  }

  /** First an object with the parameters that have a name, then the plain ones: the driver knows no other way. */
  #bound(params: readonly SqlValue[]): DriverParameters {
    const values = integersAsBigint(params);
    const names = this.#names;
    if (names === undefined) return values as unknown as DriverParameters;
    const named: Record<string, SqlValue> = {};
    const plain = values.filter((value, index) => {
      const name = names[index];
      if (name !== null) named[name!] = value;
      return name === null;
    });
    return [named, ...plain];
  }
}

function isOutOfRange(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_OUT_OF_RANGE';
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof EngineError || !(error instanceof Error)) throw error;
    const { errcode } = error as { errcode?: unknown };
    throw new EngineError(typeof errcode === 'number' ? errcode : SQLITE.MISUSE, error.message, { cause: error });
  }
}
