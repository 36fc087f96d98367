/** The SQL functions of one connection. https://sqlite.org/appfunc.html */
import type { Database } from '@sqlite.org/sqlite-wasm';
import type { SqlValue } from '../../lib/model/values.ts';
import type { AggregateOptions, FunctionOptions } from '../engine.ts';
import type { Driver } from './driver.ts';
import { FunctionValues } from './function-values.ts';

/** A function that takes a context and the arguments, and one that takes the context alone, as C declares them. */
const withArguments = 'v(iii)';
const withNone = 'v(i)';

const utf8 = 1;
const deterministically = 0x800;

export class Functions {
  readonly #driver: Driver;
  readonly #db: Database;
  readonly #values: FunctionValues;
  /** What SQLite may call, by its place in the table of the WebAssembly. */
  readonly #callable: number[] = [];

  constructor(driver: Driver, db: Database) {
    this.#driver = driver;
    this.#db = db;
    this.#values = new FunctionValues(driver);
  }

  /** Gives SQLite's result code. */
  define(name: string, body: (...args: SqlValue[]) => SqlValue, options: FunctionOptions): number {
    const { c } = this.#driver;
    const call = this.#install(withArguments, (context, count, values) => {
      this.#values.answer(context, () => body(...this.#values.arguments(count, values)));
    });
    const arity = options.varargs ? -1 : body.length;
    return this.#named(name, (at) =>
      c.sqlite3_create_function_v2(
        this.#db.affirmOpen().pointer as number,
        at,
        arity,
        flags(options),
        0,
        call,
        0,
        0,
        0,
      ),
    );
  }

  /** Gives SQLite's result code. */
  defineAggregate<T>(name: string, options: AggregateOptions<T>): number {
    const { start, step, inverse, result, varargs } = options;
    const { c } = this.#driver;
    // SQLite gives each group a piece of memory, whose address names it.
    const totals = new Map<number, T>();
    const groupOf = (context: number): number => c.sqlite3_aggregate_context(context, 8);
    const totalOf = (group: number): T => (totals.has(group) ? totals.get(group)! : start());
    const change = (by: (total: T, ...args: SqlValue[]) => T): number =>
      this.#install(withArguments, (context, count, values) => {
        this.#values.answer(context, () => {
          const group = groupOf(context);
          totals.set(group, by(totalOf(group), ...this.#values.arguments(count, values)));
        });
      });
    const value = this.#install(withNone, (context) => {
      this.#values.answer(context, () => result(totalOf(groupOf(context))));
    });
    const final = this.#install(withNone, (context) => {
      this.#values.answer(context, () => {
        const group = groupOf(context);
        const total = totalOf(group);
        totals.delete(group);
        return result(total);
      });
    });
    const arity = varargs ? -1 : step.length - 1;
    const db = this.#db.affirmOpen().pointer as number;
    const [stepped, inverted] = [change(step), inverse && change(inverse)];
    return this.#named(name, (at) =>
      inverted === undefined
        ? c.sqlite3_create_function_v2(db, at, arity, flags(options), 0, 0, stepped, final, 0)
        : c.sqlite3_create_window_function(db, at, arity, flags(options), 0, stepped, final, value, inverted, 0),
    );
  }

  /** Once the database is closed. */
  free(): void {
    for (const at of this.#callable.splice(0)) this.#driver.sqlite.wasm.uninstallFunction(at);
  }

  #install(signature: string, body: (context: number, count: number, values: number) => void): number {
    const at = this.#driver.sqlite.wasm.installFunction(signature, body) as number;
    this.#callable.push(at);
    return at;
  }

  #named(name: string, define: (at: number) => number): number {
    const { wasm } = this.#driver.sqlite;
    const at = wasm.allocCString(name, false) as unknown as number;
    try {
      return define(at);
    } finally {
      wasm.dealloc(at);
    }
  }
}

function flags({ deterministic = false }: FunctionOptions): number {
  return deterministic ? utf8 | deterministically : utf8;
}
