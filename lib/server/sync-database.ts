/** The database as code on the server sees it: procedures, migrations, set-up. */
import type { AggregateOptions, Engine, FunctionOptions } from '../../engines/engine.ts';
import { TransactionEndedError } from '../model/errors.ts';
import { type AnyQuery, bindQuery, type TypedQuery } from '../model/query.ts';
import type { Params, Row, SqlValue } from '../model/values.ts';
import { blockOf } from '../wire/row-block.ts';
import { objectsOf } from '../wire/rows-of-block.ts';
import type { Written } from './execute-many.ts';
import type { Access, Storage } from './storage.ts';

/** Synchronous: each call is done when it returns, and costs no message. Errors are those of the asynchronous ones. */
export class SyncDatabase {
  readonly #storage: Storage;
  readonly #access: Access;
  #isOver = false;

  constructor(storage: Storage, access: Access) {
    this.#storage = storage;
    this.#access = access;
  }

  /** Its transaction is over: whoever kept it is refused. */
  end(): void {
    this.#isOver = true;
  }

  #ensureOpen(): void {
    if (!this.#isOver && this.#storage.inTransaction) return;
    const how = this.#isOver ? 'its function has returned' : 'SQLite rolled it back after a failed statement';
    throw new TransactionEndedError(`The transaction has ended: ${how}`);
  }

  /** Runs a query, and gives its rows. */
  select<R = Row>(query: TypedQuery<R>): R[];
  select<R = Row>(query: string, params?: Params): R[];
  select(query: string | AnyQuery, params?: Params): Row[] {
    this.#ensureOpen();
    const { columns, rows } = this.#storage.select(bindQuery(query, params), this.#access);
    return objectsOf(blockOf(rows, columns.length), columns);
  }

  /** Runs one statement for what it changes. */
  execute(query: AnyQuery): Written;
  execute(query: string, params?: Params): Written;
  execute(query: string | AnyQuery, params?: Params): Written {
    this.#ensureOpen();
    return this.#storage.execute(bindQuery(query, params), this.#access);
  }

  /** Runs many statements, separated by semicolons and without parameters. */
  executeScript(sql: string): Written {
    this.#ensureOpen();
    return this.#storage.executeScript(sql, this.#access);
  }
}

/** A function that runs on the server, in one transaction. What it returns must be cloneable; it cannot wait. */
export type Procedure = (db: SyncDatabase, ...args: never[]) => unknown;

/** Procedures by name. */
export type Procedures = Readonly<Record<string, Procedure>>;

/** One step of the migrations: a script, or a function. */
export type Migration = string | ((db: SyncDatabase) => void);

/** What `setup` may do with each connection, before anything else uses it. */
export class SetupDatabase {
  readonly #engine: Engine;
  readonly #collates: (name: string) => void;

  /** `collates` is told the name of each collation. */
  constructor(engine: Engine, collates: (name: string) => void = () => {}) {
    this.#engine = engine;
    this.#collates = collates;
  }

  /** Runs SQL such as PRAGMAs. */
  exec(sql: string): void {
    this.#engine.exec(sql);
  }

  /** Defines a scalar SQL function. */
  function(name: string, body: (...args: SqlValue[]) => SqlValue, options: FunctionOptions = {}): void {
    this.#engine.defineFunction(name, body, options);
  }

  /** Defines an aggregate SQL function; with `inverse` it is a window function too. */
  aggregate<T>(name: string, options: AggregateOptions<T>): void {
    this.#engine.defineAggregate(name, options);
  }

  /** Defines a collating sequence. Errors where the engine's driver has none. */
  collation(name: string, compare: (a: string, b: string) => number): void {
    this.#engine.defineCollation(name, compare);
    this.#collates(name);
  }
}
