/** A connection to the server, as the application holds it. */
import { concat, concatAll, defer, Observable, of, throwError } from 'rxjs';
import type { WorkResult } from '../../streams/transaction.ts';
import { ConnectionClosedError, SluiceError } from '../model/errors.ts';
import type { AnyQuery, BoundStatement, RowOptions, TypedQuery } from '../model/query.ts';
import type { Params, Row } from '../model/values.ts';
import type { WatchExplanation } from '../model/watch-explanation.ts';
import { databaseScope, type PartialRows } from '../wire/messages.ts';
import { objectsOf } from '../wire/rows-of-block.ts';
import { bindLazily, choiceOf, namesOf, optionsOf, paramsOf, refuseUnless } from './arguments.ts';
import type { ConnectionState, Dialling, Stakes } from './asking.ts';
import { Connection } from './connection.ts';
import { refuseInsideOwn } from './own-transaction.ts';
import { requestMany } from './requests.ts';
import { Scope } from './scope.ts';

export type { ConnectionState } from './asking.ts';

/** Functions registered on the server: each takes its database first. `connect<typeof procedures>()` tells their types. */
export type ProcedureTypes = Readonly<Record<string, (db: never, ...args: never[]) => unknown>>;

/** Those of a procedure whose type is not known can be any. */
type ArgumentsOf<F> = F extends (db: never, ...args: infer A) => unknown
  ? [A, never[]] extends [never[], A]
    ? unknown[]
    : A
  : never;

/** A Promise is refused where the procedure runs, and never emitted. */
type ResultOf<F> = F extends (...args: never[]) => infer R ? (R extends PromiseLike<unknown> ? never : R) : never;

/** A query that does not tell its rows gives plain ones. */
type RowOf<Q> = Q extends TypedQuery<infer R> ? ([keyof R] extends [never] ? Row : R) : Row;

/** Queries by name, and the rows of each. */
export type Results<Q> = { readonly [K in keyof Q]: readonly RowOf<Q[K]>[] };

export interface StreamOptions {
  /** Gives the rows in Observables, each of which is read on from once it is subscribed to. */
  readonly chunks?: boolean | undefined;
}

type Chunks = { readonly chunks: true };
type Rows = { readonly chunks?: false | undefined };

/** What whoever runs the server adds to a Database. */
export interface Services {
  /** What closing this connection entails, such as the end of the server. */
  readonly afterClose?: Observable<void>;
  compute?(module: URL, arg: unknown): Observable<unknown>;
}

/** One client of the server. It opens on first use, and costs nothing before. */
export class Database<P extends ProcedureTypes = ProcedureTypes> extends Scope {
  readonly #services: Services;
  #isClosed = false;

  constructor(dialling: Dialling, services: Services = {}) {
    super(new Connection(dialling), databaseScope);
    this.#services = services;
  }

  /** Replays the present state, then each change of it. */
  get state(): Observable<ConnectionState> {
    return this.connection.state;
  }

  /**
   * Follows several queries whose results belong together: each emission has the rows of all of them, of one version.
   *
   *     commits                ---a---b-----    a changes x, b changes x and y
   *     watchAll({ x, y })     r----s---t---    { x, y }, { x', y }, { x'', y' }
   */
  watchAll<const Q extends Readonly<Record<string, string | AnyQuery>>>(queries: Q): Observable<Results<Q>> {
    const names = Object.keys(queries);
    const statements = names.map((name) => bindLazily(queries[name]!));
    const asking = this.asking('stream');
    const bind = (): BoundStatement[] => {
      this.ensureOpen('stream');
      return statements.map((statement) => statement.get());
    };
    const named = (results: readonly unknown[]): Results<Q> =>
      Object.fromEntries(names.map((name, index) => [name, results[index]])) as Results<Q>;
    if (names.length === 0) return defer(() => of(named(bind())));
    return this.live.watch(bind, 'objects', asking, named);
  }

  /** Tells how `watch` would keep a query current: which changes concern it, what is read again then, and why. */
  explainWatch(query: AnyQuery): Observable<WatchExplanation>;
  explainWatch(query: string, params?: Params): Observable<WatchExplanation>;
  explainWatch(query: string | AnyQuery, params?: Params): Observable<WatchExplanation> {
    const statement = bindLazily(query, params);
    return this.once(
      'read',
      () => ({ kind: 'explain', scope: databaseScope, ...statement.get() }),
      (reply) => (reply as { value: unknown }).value as WatchExplanation,
    );
  }

  /**
   * Emits the rows of a query one by one, as they are read from one snapshot, with bounded memory on both sides. Writes go
   * on beside it. Unsubscribing ends it at once.
   *
   * With `chunks`, emits them in Observables of some hundred rows each, and reads on as these are subscribed to: whoever
   * takes one after the other by `concatMap` lets the database wait while work is done. One that is passed over holds the
   * others back.
   *
   *     db.stream(query, [], { chunks: true })   -a-b-c-------d-----e--|    a few wait here, the others are not read yet
   *     concatMap((chunk) => save(chunk))        --a------b------c------…
   */
  stream<R = Row>(query: TypedQuery<R>, options: Chunks): Observable<Observable<R>>;
  stream<R = Row>(query: string, params: Params | undefined, options: Chunks): Observable<Observable<R>>;
  stream<R = Row>(query: TypedQuery<R>, options?: StreamOptions & Rows): Observable<R>;
  stream<R = Row>(query: string, params?: Params, options?: StreamOptions & Rows): Observable<R>;
  stream<R = Row>(query: TypedQuery<R>, options: StreamOptions): Observable<R | Observable<R>>;
  stream<R = Row>(query: string, params: Params | undefined, options: StreamOptions): Observable<R | Observable<R>>;
  stream<R>(query: string | AnyQuery, ...rest: readonly unknown[]): Observable<unknown> {
    const statement = bindLazily(query, paramsOf(query, rest));
    const { chunks = false, rows = 'objects' }: StreamOptions & RowOptions = optionsOf(query, rest);
    choiceOf('rows', rows, ['objects']);
    const body = () => {
      this.ensureOpen('read');
      return { kind: 'stream', scope: databaseScope, ...statement.get() } as const;
    };
    const chunks$ = requestMany<Observable<R>>(this.connection, this.asking('read'), body, (subscriber, reply, id) => {
      if (reply.kind === 'part') subscriber.next(chunkOf(reply, () => this.connection.credit(id())));
      else subscriber.complete();
    });
    return chunks ? chunks$ : chunks$.pipe(concatAll());
  }

  /** Holds the queue without a transaction: until `work` is done, no other operation of any client runs. */
  exclusive<T>(work: (db: Scope) => WorkResult<T>): Observable<T> {
    refuseUnless(typeof work === 'function', 'exclusive', 'a function', typeof work);
    return this.hold('exclusive', work);
  }

  /**
   * Calls a procedure that was registered with the server. It runs there in one transaction, without a message for each of
   * its statements; what it returns is emitted once that is committed.
   */
  call<K extends keyof P & string>(procedure: K, ...args: ArgumentsOf<P[K]>): Observable<ResultOf<P[K]>> {
    refuseUnless(typeof procedure === 'string', 'call', 'the name of a procedure', typeof procedure);
    let sent: readonly unknown[];
    try {
      sent = structuredClone(args);
    } catch (cause) {
      return throwError(() => new SluiceError(`The arguments of procedure ${procedure} cannot be sent`, { cause }));
    }
    return this.once(
      'write',
      () => ({ kind: 'call', scope: this.scopeId, procedure, args: sent }),
      (reply) => (reply as { value: unknown }).value as ResultOf<P[K]>,
    );
  }

  /** Says that something else wrote to these tables: live queries on them run again. */
  invalidate(tables: readonly string[]): Observable<void> {
    const names = namesOf('invalidate', tables);
    return this.once(
      'read',
      () => ({ kind: 'invalidate', scope: this.scopeId, tables: names }),
      () => undefined,
    );
  }

  /**
   * Runs a module's default function `(db, arg) => …` in a short-lived worker, with a Database of its own on this server.
   * Emits what it returns: a value, or what a Promise or an Observable gives. Everything ends with it, and by unsubscribing.
   */
  compute<A, T>(module: URL, arg: A): Observable<T> {
    const { compute } = this.#services;
    if (compute === undefined) return throwError(() => new SluiceError('There are no workers here to compute in'));
    const computed$ = compute(module, arg) as Observable<T>;
    return defer(() => {
      this.ensureOpen('read');
      if (this.#isClosed) throw new ConnectionClosedError('The database is closed');
      return computed$;
    });
  }

  /**
   * Closes this connection; other clients go on. Its live queries complete, its open transactions are rolled back, a `stream`
   * that is under way fails with `ConnectionClosedError`, and other requests that were made before still get their replies.
   * Completes when the server has let go. A use after it fails with `ConnectionClosedError`; closing twice does no harm.
   */
  close(): Observable<void> {
    const closed = new Observable<never>((subscriber) => {
      this.#isClosed = true;
      this.connection.close(() => subscriber.complete());
    });
    return concat(closed, this.#services.afterClose ?? of(undefined));
  }

  /** A live query may be subscribed inside a transaction's work: it begins when that is over. All else would wait for it. */
  protected override ensureOpen(stakes: Stakes): void {
    if (stakes !== 'stream') refuseInsideOwn(this.connection);
  }
}

/** The rows of one part of a stream. `taken` is called when the first to subscribe has them, or wants no more of them. */
function chunkOf<R>({ rows, columns }: PartialRows, taken: () => void): Observable<R> {
  let tell: (() => void) | undefined = taken;
  return new Observable((subscriber) => {
    subscriber.add(() => {
      tell?.();
      tell = undefined;
    });
    for (const row of objectsOf(rows, columns)) {
      if (subscriber.closed) return;
      subscriber.next(row as R);
    }
    subscriber.complete();
  });
}
