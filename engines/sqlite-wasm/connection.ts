/** One connection to a database in SQLite's WebAssembly build. */
import type { Database } from '@sqlite.org/sqlite-wasm';
import type { SluiceError } from '../../lib/model/errors.ts';
import type { SqlValue } from '../../lib/model/values.ts';
import type { AggregateOptions, Engine, FunctionOptions, Instruction, PreparedStatement } from '../engine.ts';
import type { Driver } from './driver.ts';
import { Interruption } from './interruption.ts';
import type { Place } from './place.ts';
import { attempt, check } from './refusal.ts';
import { SqliteWasmStatement, type Usage } from './statement.ts';

const endsTransaction = /^\s*(COMMIT|END|ROLLBACK|RELEASE)\b/i;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export class SqliteWasmEngine implements Engine {
  readonly #driver: Driver;
  readonly #db: Database;
  readonly #place: Place;
  readonly #interruption = new Interruption();
  readonly #usage: Usage = { runs: 0 };

  constructor(driver: Driver, place: Place) {
    this.#driver = driver;
    this.#db = place.db;
    this.#place = place;
  }

  get isTemporary(): boolean {
    return this.#place.isTemporary;
  }

  prepare(sql: string): PreparedStatement {
    return attempt(() => {
      const statement = new SqliteWasmStatement(this.#driver, this.#db, this.#db.prepare(sql), this.#usage);
      return endsTransaction.test(sql) ? heldOff(statement, this.#interruption) : statement;
    });
  }

  explain(sql: string): readonly Instruction[] {
    const statement = this.prepare(`EXPLAIN ${sql}`);
    try {
      return statement.all([]).map(([addr, opcode, p1, p2, p3, p4, p5]) => {
        return { addr, opcode, p1, p2, p3, p4, p5 } as Instruction;
      });
    } finally {
      statement.finalize();
    }
  }

  exec(sql: string): void {
    attempt(() => {
      // The driver's own exec prints a refused statement on the console.
      const code = this.#driver.sqlite.capi.sqlite3_exec(this.#db.affirmOpen(), sql, 0, 0, 0);
      check(this.#driver, this.#db, code);
    });
  }

  defineFunction(name: string, body: (...args: SqlValue[]) => SqlValue, options: FunctionOptions): void {
    const { deterministic = false, varargs = false } = options;
    const arity = varargs ? -1 : body.length;
    attempt(() => {
      this.#db.createFunction({ name, arity, deterministic, xFunc: (_, ...args) => body(...(args as SqlValue[])) });
    });
  }

  defineAggregate<T>(name: string, { start, step, inverse, result, ...options }: AggregateOptions<T>): void {
    const { deterministic = false, varargs = false } = options;
    const { capi } = this.#driver.sqlite;
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
      this.#db.createFunction({ name, arity, deterministic, xStep: change(step), xFinal, ...window } as never),
    );
  }

  defineCollation(name: string, compare: (a: string, b: string) => number): void {
    const { capi, wasm } = this.#driver.sqlite;
    const text = (length: number, at: number): string => utf8.decode(wasm.heap8u().subarray(at, at + length));
    const xCompare = (_: number, la: number, a: number, lb: number, b: number): number =>
      compare(text(la, a), text(lb, b));
    attempt(() => {
      const code = capi.sqlite3_create_collation_v2(
        this.#db,
        name,
        capi.SQLITE_UTF8,
        0 as never,
        xCompare as never,
        0 as never,
      );
      check(this.#driver, this.#db, code);
    });
  }

  get inTransaction(): boolean {
    return this.#db.isOpen() && this.#driver.sqlite.capi.sqlite3_get_autocommit(this.#db) === 0;
  }

  interruptWhen(isDue: () => boolean): void {
    this.#interruption.install(this.#driver, this.#db, isDue);
  }

  onLoss(tell: (reason: SluiceError) => void): void {
    this.#place.onLoss(() => this.#usage.runs, tell);
  }

  close(): void {
    this.#place.close();
  }
}

function heldOff(statement: PreparedStatement, interruption: Interruption): PreparedStatement {
  return {
    columns: statement.columns,
    all: (params) => interruption.holdOff(() => statement.all(params)),
    iterate: (params) => statement.iterate(params),
    run: (params) => interruption.holdOff(() => statement.run(params)),
    finalize: () => statement.finalize(),
  };
}
