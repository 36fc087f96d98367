/** Reading and writing, in the database itself or in a transaction: what the two have in common. */
import { defer, ignoreElements, type Observable } from 'rxjs';
import type { WorkResult } from '../../streams/transaction.ts';
import { TransactionEndedError } from '../model/errors.ts';
import {
  type AnyQuery,
  type ArrayRows,
  type BoundStatement,
  bindQuery,
  type RowOptions,
  type TypedQuery,
} from '../model/query.ts';
import type { TableUpdates, UpdateFilter } from '../model/table-updates.ts';
import type { Params, Row } from '../model/values.ts';
import { databaseScope, type ScopeId } from '../wire/messages.ts';
import { arraysOf, objectsOf } from '../wire/row-block.ts';
import { type Batch, stepsOf } from './batch.ts';
import { callSite } from './call-site.ts';
import type { Connection, ReplyTo, RequestBody, Stakes } from './connection.ts';
import { LiveResults } from './live-results.ts';
import { requestMany, requestOnce } from './requests.ts';
import { runTransaction } from './transaction-life.ts';

/** What a write did. `version` is that of the database after it; a transaction's writes have that from before it. */
export interface Executed {
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
  readonly version: number;
}

export interface TransactionOptions {
  /** Reads one snapshot, takes no write lock, and refuses writes. */
  readonly readOnly?: boolean;
}

type ArrayOptions = RowOptions & { readonly rows: 'arrays' };

/**
 * Everything here is cold: nothing happens before someone subscribes, and each subscription is a run of its own.
 * Unsubscribing takes a request back that has not run yet; it is never half done.
 *
 * Errors  `StatementError` and its kinds where SQLite refuses; `ConnectionClosedError` and its kinds where the server is
 *         gone or the Database was closed; `OpenError` where the file cannot be opened.
 */
export class Scope {
  protected readonly connection: Connection;
  protected readonly scopeId: ScopeId;
  readonly #live: LiveResults;

  constructor(connection: Connection, scopeId: ScopeId) {
    this.connection = connection;
    this.scopeId = scopeId;
    this.#live = new LiveResults(connection, scopeId);
  }

  /** Runs a query once: emits its rows, then completes. A statement that writes gives its rows once it is committed. */
  select(query: AnyQuery, options: ArrayOptions): Observable<ArrayRows>;
  select(query: string, params: Params | undefined, options: ArrayOptions): Observable<ArrayRows>;
  select<R = Row>(query: TypedQuery<R>, options?: RowOptions): Observable<readonly R[]>;
  select<R = Row>(query: string, params?: Params, options?: RowOptions): Observable<readonly R[]>;
  select(query: string | AnyQuery, ...rest: readonly unknown[]): Observable<unknown> {
    const { params, options } = argumentsOf(query, rest);
    const statement = bindLazily(query, params);
    const stakes = typeof query === 'string' && !readsOnly.test(query) ? 'write' : 'read';
    return this.#once(
      stakes,
      () => ({ kind: 'select', scope: this.scopeId, ...statement() }),
      (reply) => {
        const { columns, rows } = reply as ReplyTo & { kind: 'rows' };
        return options?.rows === 'arrays' ? { columns, rows: arraysOf(rows) } : objectsOf(rows, columns);
      },
    );
  }

  /**
   * Follows a query: emits its rows now, and again after each commit that changes them, until unsubscribed.
   *
   *     commits      ---a-----b--c-----
   *     db.watch(q)  r-----r1-----r2---    b does not concern q
   *
   * A row that did not change is the same object in the next emission; an equal result is not emitted. Equal queries share
   * one run. A statement that writes is refused.
   */
  watch(query: AnyQuery, options: ArrayOptions): Observable<ArrayRows>;
  watch(query: string, params: Params | undefined, options: ArrayOptions): Observable<ArrayRows>;
  watch<R = Row>(query: TypedQuery<R>, options?: RowOptions): Observable<readonly R[]>;
  watch<R = Row>(query: string, params?: Params, options?: RowOptions): Observable<readonly R[]>;
  watch(query: string | AnyQuery, ...rest: readonly unknown[]): Observable<unknown> {
    const { params, options } = argumentsOf(query, rest);
    const statement = bindLazily(query, params);
    const asked = callSite();
    return defer(() => {
      this.ensureOpen();
      return this.#live.watch(statement(), options?.rows ?? 'objects', asked);
    });
  }

  /** Runs one statement for what it changes. */
  execute(query: AnyQuery): Observable<Executed>;
  execute(query: string, params?: Params): Observable<Executed>;
  execute(query: string | AnyQuery, params?: Params): Observable<Executed> {
    const statement = bindLazily(query, params);
    return this.#once('write', () => ({ kind: 'execute', scope: this.scopeId, ...statement() }), executed);
  }

  /** Runs many statements, separated by semicolons and without parameters, as one transaction. */
  executeScript(sql: string): Observable<Executed> {
    return this.#once('write', () => ({ kind: 'script', scope: this.scopeId, sql }), executed);
  }

  /** Runs the writes that `build` adds, as one message and one transaction. `changes` is their sum. */
  batch(build: (batch: Batch) => void): Observable<Executed> {
    return this.#once('write', () => ({ kind: 'batch', scope: this.scopeId, steps: stepsOf(build) }), executed);
  }

  /**
   * Runs `work` in a transaction, or, inside one, in a savepoint of it. Emits what `work` emitted once it is committed.
   *
   *     work        -a--b--|
   *     COMMIT              -x
   *     result      ----------(ab|)
   *
   * An error of `work`, and unsubscribing, roll back. `work` may give a Promise or nothing. Statements that were sent
   * before it completed run before the commit.
   */
  transaction<T>(work: (tx: Transaction) => WorkResult<T>, options: TransactionOptions = {}): Observable<T> {
    const asked = callSite();
    return runTransaction(
      this.connection,
      () => {
        this.ensureOpen();
        return { kind: 'begin', scope: this.scopeId, readOnly: options.readOnly ?? false };
      },
      (id) => new Transaction(this.connection, id, this.scopeId, asked),
      work,
      asked,
    );
  }

  /**
   * Emits the tables that each commit changed; in a transaction, the tables that each of its statements changed.
   *
   *     commits       --a---x---b--    x was rolled back, or changed nothing
   *     updates()     --a-------b--
   */
  updates(filter: UpdateFilter = {}): Observable<TableUpdates> {
    const wanted = filter.tables && new Set(filter.tables.map((table) => table.toLowerCase()));
    const asking = { stakes: 'stream', asked: callSite() } as const;
    const body = (): RequestBody => {
      this.ensureOpen();
      return { kind: 'updates', scope: this.scopeId };
    };
    return requestMany<TableUpdates>(this.connection, asking, body, (subscriber, reply) => {
      if (reply.kind !== 'updates') {
        subscriber.complete();
        return;
      }
      const { version, own, tables: all } = reply;
      const tables = wanted ? new Map([...all].filter(([name]) => wanted.has(name.toLowerCase()))) : all;
      if (tables.size > 0) subscriber.next({ version, tables, origin: own ? 'self' : 'other' });
    });
  }

  /** Throws where nothing more may be asked of this scope. */
  protected ensureOpen(): void {}

  /** Inside a transaction, nothing is written before the commit. */
  protected stakesOf(stakes: Stakes): Stakes {
    return stakes;
  }

  #once<T>(stakes: Stakes, body: () => RequestBody, value: (reply: ReplyTo) => T): Observable<T> {
    const asking = { stakes: this.stakesOf(stakes), asked: callSite() };
    const openBody = (): RequestBody => {
      this.ensureOpen();
      return body();
    };
    return requestOnce(this.connection, asking, openBody, value);
  }
}

/** Reads and writes inside a transaction. A use after the transaction ended fails at once. */
export class Transaction extends Scope {
  readonly #asked: Error | undefined;
  readonly #isOutermost: boolean;
  #ended: string | undefined;
  #isSettled = false;

  constructor(connection: Connection, id: ScopeId, parent: ScopeId, asked: Error | undefined) {
    super(connection, id);
    this.#isOutermost = parent === databaseScope;
    this.#asked = asked;
  }

  /** Whether the server knows that the transaction is over. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Ends the transaction on the server; from now on its handle is refused. */
  end(how: 'commit' | 'rollback'): Observable<never> {
    this.#ended = how === 'commit' ? 'it was committed' : 'it was rolled back';
    const stakes = how === 'commit' && this.#isOutermost ? 'write' : 'uncommitted';
    const settled = (): void => {
      this.#isSettled = true;
    };
    const asking = { stakes, asked: this.#asked } as const;
    return requestOnce(this.connection, asking, () => ({ kind: how, scope: this.scopeId }), settled).pipe(
      ignoreElements(),
    );
  }

  /** The transaction is over, without a word from here. */
  abandon(): void {
    this.#ended ??= 'it was rolled back';
  }

  protected override ensureOpen(): void {
    if (this.#ended) throw new TransactionEndedError(`The transaction has ended: ${this.#ended}`);
  }

  protected override stakesOf(stakes: Stakes): Stakes {
    return stakes === 'write' ? 'uncommitted' : stakes;
  }
}

/** What a text begins with that can only read. Anything else may write, as far as the client can tell. */
const readsOnly = /^\s*(select|values|explain|pragma)\b/i;

/** Binds at once, so that the values are those of the call; a refusal is kept for the subscriber. */
function bindLazily(query: string | AnyQuery, params?: Params): () => BoundStatement {
  try {
    const statement = bindQuery(query, params);
    return () => statement;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function argumentsOf(query: string | AnyQuery, rest: readonly unknown[]): { params?: Params; options?: RowOptions } {
  if (typeof query !== 'string') return rest[0] === undefined ? {} : { options: rest[0] as RowOptions };
  const [params, options] = rest as [Params | undefined, RowOptions | undefined];
  return { ...(params === undefined ? {} : { params }), ...(options === undefined ? {} : { options }) };
}

function executed(reply: ReplyTo): Executed {
  const { changes, lastInsertRowid, version } = reply as ReplyTo & { kind: 'done' };
  return { changes, lastInsertRowid, version };
}
