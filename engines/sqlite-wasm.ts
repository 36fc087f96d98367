/** The engine over SQLite's own WebAssembly build, https://sqlite.org/wasm: here with its database in memory. */
import type { Database, PreparedStatement as DriverStatement, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { SQLITE } from '../lib/model/result-codes.ts';
import type { SqlValue } from '../lib/model/values.ts';
import {
  type AggregateOptions,
  type Engine,
  EngineError,
  type EngineOptions,
  type EngineSpec,
  type FunctionOptions,
  type Instruction,
  type PreparedStatement,
  type RunOutcome,
} from './engine.ts';
import { narrowInteger } from './integers.ts';
import { connectionPragmas } from './pragmas.ts';

/** SQLite as WebAssembly, in memory. */
export function sqliteWasm(options: Omit<EngineOptions, 'file' | 'durability' | 'readers'> = {}): EngineSpec {
  return { module: import.meta.url, options };
}

export async function open(options: EngineOptions): Promise<Engine> {
  if (options.file !== undefined) {
    throw new EngineError(SQLITE.CANTOPEN, 'this engine keeps its database in memory: leave `file` out');
  }
  const sqlite = await loaded();
  return attempt(() => {
    const driver = new sqlite.oo1.DB(':memory:', 'c');
    for (const pragma of connectionPragmas(options)) driver.exec(pragma);
    return new SqliteWasmEngine(sqlite, driver);
  });
}

let loading: Promise<Sqlite3Static> | undefined;

/** The module is loaded once for each thread. It must not look for the browser's file systems: each try costs a worker. */
async function loaded(): Promise<Sqlite3Static> {
  Object.assign(globalThis, {
    sqlite3ApiConfig: { disable: { vfs: { opfs: true, 'opfs-vfs': true, 'opfs-wl': true } } },
  });
  loading ??= import('@sqlite.org/sqlite-wasm').then((module) => module.default());
  return loading;
}

class SqliteWasmEngine implements Engine {
  readonly #sqlite: Sqlite3Static;
  readonly #driver: Database;

  constructor(sqlite: Sqlite3Static, driver: Database) {
    this.#sqlite = sqlite;
    this.#driver = driver;
  }

  prepare(sql: string): PreparedStatement {
    return attempt(() => new SqliteWasmStatement(this.#sqlite, this.#driver, this.#driver.prepare(sql)));
  }

  explain(sql: string): readonly Instruction[] {
    return attempt(() => this.#driver.selectObjects(`EXPLAIN ${sql}`) as unknown as Instruction[]);
  }

  exec(sql: string): void {
    attempt(() => {
      // The driver's own exec prints a refused statement on the console.
      check(this.#sqlite, this.#driver, this.#sqlite.capi.sqlite3_exec(this.#driver.affirmOpen(), sql, 0, 0, 0));
    });
  }

  defineFunction(name: string, body: (...args: SqlValue[]) => SqlValue, options: FunctionOptions): void {
    const { deterministic = false, varargs = false } = options;
    const arity = varargs ? -1 : body.length;
    attempt(() => {
      this.#driver.createFunction({ name, arity, deterministic, xFunc: (_, ...args) => body(...(args as SqlValue[])) });
    });
  }

  defineAggregate<T>(name: string, { start, step, inverse, result, ...options }: AggregateOptions<T>): void {
    const { deterministic = false, varargs = false } = options;
    const { capi } = this.#sqlite;
    // SQLite gives each group a piece of memory, whose address names it.
    const totals = new Map<number, T>();
    const groupOf = (context: number): number => capi.sqlite3_aggregate_context(context, 8);
    const totalOf = (group: number): T => (totals.has(group) ? totals.get(group)! : start());
    const change = (by: (total: T, ...args: SqlValue[]) => T) => {
      return (context: number, ...args: readonly unknown[]): void => {
        const group = groupOf(context);
        totals.set(group, by(totalOf(group), ...(args as SqlValue[])));
      };
    };
    const xValue = (context: number): SqlValue => result(totalOf(groupOf(context)));
    const xFinal = (context: number): SqlValue => {
      const group = groupOf(context);
      const total = totalOf(group);
      totals.delete(group);
      return result(total);
    };
    const arity = varargs ? -1 : step.length - 1;
    const window = inverse ? { xValue, xInverse: change(inverse) } : {};
    attempt(() =>
      this.#driver.createFunction({ name, arity, deterministic, xStep: change(step), xFinal, ...window } as never),
    );
  }

  defineCollation(name: string, compare: (a: string, b: string) => number): void {
    const { capi, wasm } = this.#sqlite;
    const text = (length: number, at: number): string => utf8.decode(wasm.heap8u().slice(at, at + length));
    const xCompare = (_: number, la: number, a: number, lb: number, b: number): number =>
      compare(text(la, a), text(lb, b));
    attempt(() => {
      const code = capi.sqlite3_create_collation_v2(
        this.#driver,
        name,
        capi.SQLITE_UTF8,
        0 as never,
        xCompare as never,
        0 as never,
      );
      check(this.#sqlite, this.#driver, code);
    });
  }

  get inTransaction(): boolean {
    return this.#driver.isOpen() && this.#sqlite.capi.sqlite3_get_autocommit(this.#driver) === 0;
  }

  close(): void {
    this.#driver.close();
  }
}

class SqliteWasmStatement implements PreparedStatement {
  readonly columns: readonly string[];
  readonly #sqlite: Sqlite3Static;
  readonly #driver: Database;
  readonly #statement: DriverStatement;

  constructor(sqlite: Sqlite3Static, driver: Database, statement: DriverStatement) {
    this.#sqlite = sqlite;
    this.#driver = driver;
    this.#statement = statement;
    this.columns = statement.columnCount > 0 ? statement.getColumnNames() : [];
  }

  all(params: readonly SqlValue[]): SqlValue[][] {
    return [...this.iterate(params)];
  }

  *iterate(params: readonly SqlValue[]): Generator<SqlValue[]> {
    const { capi } = this.#sqlite;
    try {
      attempt(() => this.#bindAll(params));
      for (;;) {
        const code = attempt(() => capi.sqlite3_step(this.#statement));
        if (code === capi.SQLITE_DONE) return;
        if (code !== capi.SQLITE_ROW) check(this.#sqlite, this.#driver, code);
        yield this.columns.map((_, index) => this.#value(index));
      }
    } finally {
      attempt(() => {
        capi.sqlite3_reset(this.#statement);
        this.#statement.clearBindings();
      });
    }
  }

  run(params: readonly SqlValue[]): RunOutcome {
    this.all(params);
    const { capi } = this.#sqlite;
    return {
      changes: capi.sqlite3_changes(this.#driver),
      lastInsertRowid: narrowInteger(capi.sqlite3_last_insert_rowid(this.#driver)),
    };
  }

  finalize(): void {
    this.#statement.finalize();
  }

  #bindAll(params: readonly SqlValue[]): void {
    params.forEach((value, index) => {
      check(this.#sqlite, this.#driver, this.#bind(index + 1, value));
    });
  }

  #bind(index: number, value: SqlValue): number {
    const { capi, wasm } = this.#sqlite;
    const statement = this.#statement;
    // NULL is what a parameter holds that nothing was bound to, and none keeps a value from the run before.
    if (value === null) return capi.SQLITE_OK;
    if (typeof value === 'bigint') return capi.sqlite3_bind_int64(statement, index, value);
    if (typeof value === 'number') {
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? capi.sqlite3_bind_int64(statement, index, BigInt(value))
        : capi.sqlite3_bind_double(statement, index, value);
    }
    // Allocated here and freed by SQLite: the driver's own binding of strings fails in this release.
    if (typeof value === 'string') {
      const [text, length] = wasm.allocCString(value, true);
      return capi.sqlite3_bind_text(statement, index, text, length, capi.SQLITE_WASM_DEALLOC);
    }
    const bytes = wasm.allocFromTypedArray(value);
    return capi.sqlite3_bind_blob(statement, index, bytes, value.length, capi.SQLITE_WASM_DEALLOC);
  }

  #value(column: number): SqlValue {
    const { capi } = this.#sqlite;
    switch (capi.sqlite3_column_type(this.#statement, column)) {
      case capi.SQLITE_INTEGER:
        return narrowInteger(capi.sqlite3_column_int64(this.#statement, column));
      case capi.SQLITE_FLOAT:
        return capi.sqlite3_column_double(this.#statement, column);
      case capi.SQLITE_TEXT:
        // As bytes: the driver's own column_text stops at a NUL character.
        return utf8.decode(this.#bytes(column));
      case capi.SQLITE_BLOB:
        return this.#bytes(column);
      default:
        return null;
    }
  }

  #bytes(column: number): Uint8Array {
    const { capi, wasm } = this.#sqlite;
    const start = capi.sqlite3_column_blob(this.#statement, column);
    return wasm.heap8u().slice(start, start + capi.sqlite3_column_bytes(this.#statement, column));
  }
}

function check({ capi }: Sqlite3Static, driver: Database, code: number): void {
  if (code === capi.SQLITE_OK) return;
  throw new EngineError(capi.sqlite3_extended_errcode(driver), capi.sqlite3_errmsg(driver));
}

/** A byte order mark is part of the text. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof EngineError || !(error instanceof Error)) throw error;
    const { resultCode } = error as { resultCode?: unknown };
    // The driver puts the code's name before SQLite's own words.
    const message = error.message.replace(/^SQLITE_\w+: sqlite3 result code \d+: /, '');
    throw new EngineError(typeof resultCode === 'number' ? resultCode : SQLITE.MISUSE, message, { cause: error });
  }
}
