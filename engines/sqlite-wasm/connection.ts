/** One connection to a database in SQLite's WebAssembly build. */
import type { Database } from '@sqlite.org/sqlite-wasm';
import type { SluiceError } from '../../lib/model/errors.ts';
import type { SqlValue } from '../../lib/model/values.ts';
import type { AggregateOptions, Engine, FunctionOptions, Instruction, PreparedStatement } from '../engine.ts';
import type { Driver } from './driver.ts';
import { Functions } from './functions.ts';
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
  readonly #functions: Functions;

  constructor(driver: Driver, place: Place) {
    this.#driver = driver;
    this.#db = place.db;
    this.#place = place;
    this.#functions = new Functions(driver, place.db);
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
    attempt(() => check(this.#driver, this.#db, this.#functions.define(name, body, options)));
  }

  defineAggregate<T>(name: string, options: AggregateOptions<T>): void {
    attempt(() => check(this.#driver, this.#db, this.#functions.defineAggregate(name, options)));
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
    this.#functions.free();
  }
}

function heldOff(statement: PreparedStatement, interruption: Interruption): PreparedStatement {
  return {
    columns: statement.columns,
    all: (params) => interruption.holdOff(() => statement.all(params)),
    blocks: (params, limits) => statement.blocks(params, limits),
    run: (params) => interruption.holdOff(() => statement.run(params)),
    finalize: () => statement.finalize(),
  };
}
