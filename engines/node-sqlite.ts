/** The engine over Node's own `node:sqlite`, https://nodejs.org/api/sqlite.html: nothing to install. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { SQLITE } from '../lib/model/result-codes.ts';
import type { SqlValue } from '../lib/model/values.ts';
import {
  type Engine,
  EngineError,
  type EngineOptions,
  type EngineSpec,
  type Instruction,
  type PreparedStatement,
  type RunOutcome,
} from './engine.ts';
import { integersAsBigint, narrowInteger, narrowIntegers } from './integers.ts';
import { connectionPragmas } from './pragmas.ts';

/** SQLite as Node carries it, on a file, or in memory where no file is named. */
export function nodeSqlite(options: EngineOptions): EngineSpec {
  return { module: import.meta.url, options };
}

export function open(options: EngineOptions): Engine {
  return attempt(() => {
    const driver = new DatabaseSync(options.file ?? ':memory:');
    try {
      for (const pragma of connectionPragmas(options)) driver.exec(pragma);
    } catch (error) {
      driver.close();
      throw error;
    }
    return new NodeSqliteEngine(driver);
  });
}

class NodeSqliteEngine implements Engine {
  readonly #driver: DatabaseSync;

  constructor(driver: DatabaseSync) {
    this.#driver = driver;
  }

  prepare(sql: string, parameterNames: readonly (string | null)[]): PreparedStatement {
    return attempt(() => {
      const writes = this.explain(sql).some(({ opcode, p2 }) => opcode === 'Transaction' && p2 !== 0);
      return new NodeSqliteStatement(this.#driver.prepare(sql), parameterNames, writes);
    });
  }

  explain(sql: string): readonly Instruction[] {
    return attempt(() => this.#driver.prepare(`EXPLAIN ${sql}`).all() as unknown as Instruction[]);
  }

  exec(sql: string): void {
    attempt(() => this.#driver.exec(sql));
  }

  get inTransaction(): boolean {
    return this.#driver.isTransaction;
  }

  close(): void {
    this.#driver.close();
  }
}

/** Named parameters in one object, then the plain ones; or the plain ones alone. */
type DriverParameters = Parameters<StatementSync['all']>;

class NodeSqliteStatement implements PreparedStatement {
  readonly columns: readonly string[];
  readonly #statement: StatementSync;
  readonly #names: readonly (string | null)[] | undefined;
  /** The driver refuses an integer that a number cannot hold; a statement that writes cannot be run a second time. */
  #exact: boolean;

  constructor(statement: StatementSync, names: readonly (string | null)[], writes: boolean) {
    this.#statement = statement;
    this.columns = statement.columns().map((column) => column.name);
    this.#names = names.some((name) => name !== null) ? names : undefined;
    this.#exact = writes;
    statement.setReturnArrays(true);
    statement.setReadBigInts(this.#exact);
  }

  all(params: readonly SqlValue[]): SqlValue[][] {
    return attempt(() => {
      const bound = this.#bound(params);
      if (!this.#exact) {
        try {
          return this.#rows(bound);
        } catch (error) {
          if (!isOutOfRange(error)) throw error;
          this.#exact = true;
          this.#statement.setReadBigInts(true);
        }
      }
      return narrowIntegers(this.#rows(bound));
    });
  }

  run(params: readonly SqlValue[]): RunOutcome {
    return attempt(() => {
      const { changes, lastInsertRowid } = this.#statement.run(...this.#bound(params));
      return { changes: Number(changes), lastInsertRowid: narrowInteger(BigInt(lastInsertRowid)) };
    });
  }

  finalize(): void {
    // The driver frees a statement when it is collected, or when the connection closes.
  }

  #rows(bound: DriverParameters): SqlValue[][] {
    return this.#statement.all(...bound) as unknown as SqlValue[][];
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
