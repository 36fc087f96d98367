/** Reading and writing, in the database itself or in a transaction: what the two have in common. */
import { ignoreElements, type Observable } from 'rxjs';
import type { RowChanges } from '../../streams/row-changes.ts';
import { keyReader, type RowKey } from '../../streams/row-key.ts';
import type { WorkResult } from '../../streams/transaction.ts';
import { asciiLower } from '../model/ascii-case.ts';
import { TransactionEndedError } from '../model/errors.ts';
import type { AnyQuery, ArrayRows, BoundStatement, RowOptions, TypedQuery } from '../model/query.ts';
import type { TableUpdates, UpdateFilter } from '../model/table-updates.ts';
import type { Bindable, Params, Row } from '../model/values.ts';
import type { HoldMode, ScopeId } from '../wire/messages.ts';
import { bindLazily, choiceOf, namesOf, optionsOf, paramsOf, refuseUnless, timeOf } from './arguments.ts';
import type { ReplyTo, RequestBody, Stakes } from './asking.ts';
import { type Batch, type BindableProperties, stepsOf } from './batch.ts';
import { callSite } from './call-site.ts';
import { changesOfRows } from './changes-of-rows.ts';
import type { Connection } from './connection.ts';
import type { LazyRows } from './lazy-rows.ts';
import { LiveResults } from './live-results.ts';
import { OwnTransaction } from './own-transaction.ts';
import { type Asking, requestEach, requestMany, requestOnce } from './requests.ts';
import { selectedRows } from './selected-rows.ts';
import { runTransaction } from './transaction-life.ts';

/** What a write did. `version` is that of the database after it; a transaction's writes have that from before it. */
export interface Executed {
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
  readonly version: number;
}

export interface TransactionOptions {
  /** Reads one snapshot, takes no write lock, and refuses writes. */
  readonly readOnly?: boolean | undefined;
  /** Rolls the transaction back, with a `TransactionTimeoutError`, when it is open for longer. No limit by default. */
  readonly timeoutMs?: number | undefined;
}

export interface SelectOptions extends Omit<RowOptions, 'rows'> {
  /** As with {@link RowOptions}; `'lazy'`: {@link LazyRows}, for many rows of which few are shown. */
  readonly rows?: RowOptions['rows'] | 'lazy' | undefined;
  /** Waits until the database has come to this version, such as that of a write of another thread. */
  readonly atLeast?: number;
}

export interface ChangeOptions<R> {
  /** The column, or columns, or function of a row, by which a row is known from one result to the next. */
  readonly key: RowKey<R>;
}

type Arrays = { readonly rows: 'arrays' };
type Lazily = { readonly rows: 'lazy' };
type Objects = { readonly rows?: 'objects' | undefined };

/**
 * Everything here is cold: nothing happens before someone subscribes, and each subscription is a run of its own.
 * Unsubscribing takes a request back that has not run yet; it is never half done.
 *
 * Errors  `StatementError` and its kinds where SQLite refuses; `ConnectionClosedError` and its kinds where the server is
 *         gone or the Database was closed; `OpenError` where the file cannot be opened; `QueueTimeoutError` where it waited
 *         for too long.
 */
export class Scope {
  protected readonly connection: Connection;
  protected readonly scopeId: ScopeId;
  protected readonly live: LiveResults;

  constructor(connection: Connection, scopeId: ScopeId) {
    this.connection = connection;
    this.scopeId = scopeId;
    this.live = new LiveResults(connection, scopeId);
  }

  /** Runs a query once: emits its rows, then completes. A statement that writes gives its rows once it is committed. */
  select(query: AnyQuery, options: SelectOptions & Arrays): Observable<ArrayRows>;
  select(query: string, params: Params | undefined, options: SelectOptions & Arrays): Observable<ArrayRows>;
  select<R = Row>(query: TypedQuery<R>, options: SelectOptions & Lazily): Observable<LazyRows<R>>;
  select<R = Row>(query: string, params: Params | undefined, options: SelectOptions & Lazily): Observable<LazyRows<R>>;
  select<R = Row>(query: TypedQuery<R>, options?: SelectOptions & Objects): Observable<readonly R[]>;
  select<R = Row>(query: string, params?: Params, options?: SelectOptions & Objects): Observable<readonly R[]>;
  select<R = Row>(query: TypedQuery<R>, options: SelectOptions): Observable<readonly R[] | ArrayRows | LazyRows<R>>;
  select<R = Row>(
    query: string,
    params: Params | undefined,
    options: SelectOptions,
  ): Observable<readonly R[] | ArrayRows | LazyRows<R>>;
  select(query: string | AnyQuery, ...rest: readonly unknown[]): Observable<unknown> {
    const statement = bindLazily(query, paramsOf(query, rest));
    const { rows = 'objects', atLeast = 0 }: SelectOptions = optionsOf(query, rest);
    const form = choiceOf('rows', rows, ['objects', 'arrays', 'lazy']);
    const stakes = statement.mayWrite ? 'write' : 'read';
    const body = (): RequestBody => {
      this.ensureOpen(stakes);
      return { kind: 'select', scope: this.scopeId, atLeast: Number(atLeast), ...statement.get() };
    };
    return requestEach(this.connection, this.asking(stakes), body, () => selectedRows(form));
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
  watch(query: AnyQuery, options: RowOptions & Arrays): Observable<ArrayRows>;
  watch(query: string, params: Params | undefined, options: RowOptions & Arrays): Observable<ArrayRows>;
  watch<R = Row>(query: TypedQuery<R>, options?: Objects): Observable<readonly R[]>;
  watch<R = Row>(query: string, params?: Params, options?: Objects): Observable<readonly R[]>;
  watch<R = Row>(query: TypedQuery<R>, options: RowOptions): Observable<readonly R[] | ArrayRows>;
  watch<R = Row>(query: string, params: Params | undefined, options: RowOptions): Observable<readonly R[] | ArrayRows>;
  watch(query: string | AnyQuery, ...rest: readonly unknown[]): Observable<unknown> {
    const statement = bindLazily(query, paramsOf(query, rest));
    const { rows = 'objects' }: RowOptions = optionsOf(query, rest);
    const form = choiceOf('rows', rows, ['objects', 'arrays']);
    const asking = this.asking('stream');
    const bind = (): readonly BoundStatement[] => {
      this.ensureOpen('stream');
      return [statement.get()];
    };
    return this.live.watch(bind, form, asking, firstOf);
  }

  /** Follows a query, and emits what each new result inserts, updates, removes and moves. The first inserts all. */
  watchChanges<R = Row>(query: TypedQuery<R>, options: ChangeOptions<NoInfer<R>>): Observable<RowChanges<R>>;
  watchChanges<R = Row>(
    query: string,
    params: Params | undefined,
    options: ChangeOptions<NoInfer<R>>,
  ): Observable<RowChanges<R>>;
  watchChanges<R>(query: string | TypedQuery<R>, ...rest: readonly unknown[]): Observable<RowChanges<R>> {
    const { key, rows = 'objects' }: ChangeOptions<R> & RowOptions = optionsOf(query, rest);
    choiceOf('rows', rows, ['objects']);
    const keyOf = keyReader(key);
    const rows$ = typeof query === 'string' ? this.watch<R>(query, paramsOf(query, rest)) : this.watch<R>(query);
    return changesOfRows(rows$, keyOf);
  }

  /** Runs one statement for what it changes. */
  execute(query: AnyQuery): Observable<Executed>;
  execute<P extends object & BindableProperties<P>>(
    query: string,
    params?: readonly Bindable[] | P,
  ): Observable<Executed>;
  execute(query: string | AnyQuery, params?: Params): Observable<Executed> {
    const statement = bindLazily(query, params);
    return this.once('write', () => ({ kind: 'execute', scope: this.scopeId, ...statement.get() }), executed);
  }

  /** Runs many statements, separated by semicolons and without parameters, as one transaction. */
  executeScript(sql: string): Observable<Executed> {
    refuseUnless(typeof sql === 'string', 'executeScript', 'a string', typeof sql);
    return this.once('write', () => ({ kind: 'script', scope: this.scopeId, sql }), executed);
  }

  /** Runs the writes that `build` adds, as one message and one transaction. `changes` is their sum. */
  batch(build: (batch: Batch) => void): Observable<Executed> {
    refuseUnless(typeof build === 'function', 'batch', 'a function', typeof build);
    return this.once('write', () => ({ kind: 'batch', scope: this.scopeId, steps: stepsOf(build) }), executed);
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
    refuseUnless(typeof work === 'function', 'transaction', 'a function', typeof work);
    const { readOnly = false, timeoutMs = Number.POSITIVE_INFINITY } = options;
    return this.hold(readOnly ? 'read' : 'write', work, timeOf('timeoutMs', timeoutMs));
  }

  /**
   * Emits the tables that each commit changed; in a transaction, the tables that each of its statements changed.
   *
   *     commits       --a---x---b--    x was rolled back, or changed nothing
   *     updates()     --a-------b--
   */
  updates(filter: UpdateFilter = {}): Observable<TableUpdates> {
    const { tables } = filter;
    const wanted = tables && new Set(namesOf('updates', tables).map(asciiLower));
    const body = (): RequestBody => {
      this.ensureOpen('stream');
      return { kind: 'updates', scope: this.scopeId };
    };
    return requestMany<TableUpdates>(this.connection, this.asking('stream'), body, (subscriber, reply) => {
      if (reply.kind !== 'updates') {
        subscriber.complete();
        return;
      }
      const { version, own, tables: all } = reply;
      const changed = wanted ? new Map([...all].filter(([name]) => wanted.has(asciiLower(name)))) : all;
      if (changed.size > 0) subscriber.next({ version, tables: changed, origin: own ? 'self' : 'other' });
    });
  }

  /** Whether a transaction is open here. */
  protected get isTransaction(): boolean {
    return false;
  }

  /** Throws where nothing more may be asked of this scope, or not from here. */
  protected ensureOpen(_stakes: Stakes): void {}

  protected asking(stakes: Stakes): Asking {
    return { stakes, asked: callSite() };
  }

  /** Holds the queue while `work` runs with a handle of its own. */
  protected hold<T>(
    mode: HoldMode,
    work: (tx: Transaction) => WorkResult<T>,
    timeoutMs = Number.POSITIVE_INFINITY,
  ): Observable<T> {
    const asked = callSite();
    const begin = (): RequestBody => {
      this.ensureOpen('transaction');
      return { kind: 'begin', scope: this.scopeId, mode, timeoutMs, openedAt: asked?.stack ?? '' };
    };
    const handle = (id: ScopeId): Transaction =>
      new Transaction(this.connection, id, { mode, isOutermost: !this.isTransaction, asked });
    return runTransaction(this.connection, begin, handle, work, asked);
  }

  protected once<T>(stakes: Stakes, body: () => RequestBody, value: (reply: ReplyTo) => T): Observable<T> {
    const openBody = (): RequestBody => {
      this.ensureOpen(stakes);
      return body();
    };
    return requestOnce(this.connection, this.asking(stakes), openBody, value);
  }
}

/** Where and how a transaction was opened. */
interface Opening {
  readonly mode: HoldMode;
  /** No other transaction is around it: its commit is final. */
  readonly isOutermost: boolean;
  readonly asked: Error | undefined;
}

/** Reads and writes inside a transaction or an exclusive section. A use after its end fails at once. */
export class Transaction extends Scope {
  readonly #opening: Opening;
  readonly #own: OwnTransaction;
  #ended: string | undefined;
  #isCommitting = false;
  #isSettled = false;

  constructor(connection: Connection, id: ScopeId, opening: Opening) {
    super(connection, id);
    this.#opening = opening;
    this.#own = new OwnTransaction(connection, opening.mode, opening.asked);
  }

  /** Whether the server knows that the transaction is over. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  get stakes(): Stakes {
    if (!this.isTransaction) return 'section';
    return this.#isCommitting ? 'write' : 'transaction';
  }

  /** Ends the transaction on the server; from now on its handle is refused. */
  end(how: 'commit' | 'rollback'): Observable<never> {
    this.#close(how === 'commit' && this.isTransaction ? 'it was committed' : 'it was rolled back');
    const isFinal = how === 'commit' && this.isTransaction && this.#opening.isOutermost;
    this.#isCommitting = isFinal;
    const settled = (): void => {
      this.#isSettled = true;
    };
    const asking = { stakes: isFinal ? 'write' : 'uncommitted', asked: this.#opening.asked } as const;
    return requestOnce(this.connection, asking, () => ({ kind: how, scope: this.scopeId }), settled).pipe(
      ignoreElements(),
    );
  }

  /** The transaction is over, without a word from here. */
  abandon(): void {
    if (this.#ended === undefined) this.#close('it was rolled back');
  }

  /** Runs a part of the work, so that it is known whose it is. */
  enter<T>(body: () => T): T {
    return this.#own.enter(body);
  }

  protected override get isTransaction(): boolean {
    return this.#opening.mode !== 'exclusive';
  }

  protected override ensureOpen(_stakes: Stakes): void {
    if (this.#ended) throw new TransactionEndedError(`The transaction has ended: ${this.#ended}`);
  }

  protected override asking(stakes: Stakes): Asking {
    const isUncommitted = this.isTransaction && stakes === 'write';
    return { ...super.asking(isUncommitted ? 'uncommitted' : stakes), enter: (body) => this.enter(body) };
  }

  #close(how: string): void {
    this.#ended = this.isTransaction ? how : 'its exclusive section is over';
    this.#own.leave();
  }
}

function firstOf<T>([first]: readonly T[]): T {
  return first!;
}

function executed(reply: ReplyTo): Executed {
  const { changes, lastInsertRowid, version } = reply as ReplyTo & { kind: 'done' };
  return { changes, lastInsertRowid, version };
}
