/** What may be given where a query is asked for, and the one form in which it travels. */
import { StatementError } from './errors.ts';
import { SQLITE } from './result-codes.ts';
import {
  type BoundParams,
  bindValue,
  keyOfValue,
  type Params,
  type Row,
  type SqlValue,
  typeOfValue,
} from './values.ts';

/** A query that carries its own parameters, such as the `sql` template makes. `R` is the type of its rows. */
export interface Query<R = Row> {
  readonly sql: string;
  readonly params: readonly unknown[];
  /** Never there at run time: it only carries the type of a row. */
  readonly row?: R;
}

/** A query builder in the manner of Kysely: `compile()` gives the text, and `execute`, if there, the type of a row. */
export interface Compilable<R> {
  compile(): { readonly sql: string; readonly parameters: readonly unknown[] };
  execute?(): Promise<R[]>;
}

/** A query builder in the manner of Drizzle: `toSQL()` gives the text, and `_`, if there, the type of a row. */
export interface SqlSource<R> {
  toSQL(): { readonly sql: string; readonly params: readonly unknown[] };
  readonly _?: { readonly result: R[] };
}

/** A query with its parameters in it, whose row type is known. */
export type TypedQuery<R = Row> = Query<R> | Compilable<R> | SqlSource<R>;

/** Any query that carries its parameters, whatever its rows or its outcome are. */
export type AnyQuery =
  | { readonly sql: string; readonly params: readonly unknown[] }
  | { compile(): { readonly sql: string; readonly parameters: readonly unknown[] } }
  | { toSQL(): { readonly sql: string; readonly params: readonly unknown[] } };

/** How rows are given. */
export interface RowOptions {
  /** `'objects'`, the default: plain objects. `'arrays'`: arrays, beside the names of the columns. */
  readonly rows?: 'objects' | 'arrays';
}

/** One of the ways in which rows are given. */
export type RowForm = NonNullable<RowOptions['rows']>;

/** A result as arrays: it has its columns also when it has no rows, and keeps columns of equal names apart. */
export interface ArrayRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
}

/** One statement as it crosses the port. */
export interface BoundStatement {
  readonly sql: string;
  readonly params: BoundParams;
}

/**
 * Brings any form of a query into the form that travels.
 *
 * Errors  {@link StatementError} with code 20 (`SQLITE_MISMATCH`) for a value that SQLite cannot hold, and with code 21
 *         (`SQLITE_MISUSE`) for something that is no query.
 */
export function bindQuery(query: string | AnyQuery, params?: Params): BoundStatement {
  if (typeof query === 'string') return { sql: query, params: bindParams(query, params ?? []) };
  const own = contentsOf(query);
  if (params !== undefined) refuseMisuse('this query carries its own parameters: pass no others beside it');
  return { sql: own.sql, params: bindParams(own.sql, own.params) };
}

/** The text and the parameters that a query carries. */
function contentsOf(query: unknown): { sql: string; params: unknown } {
  if (query === null || query === undefined) return refuseQuery(`${query}`);
  if (typeof query !== 'object') return refuseQuery(`a ${typeof query}`);
  const { compile, toSQL } = query as { compile?: unknown; toSQL?: unknown };
  let made: { readonly sql?: unknown; readonly params?: unknown; readonly parameters?: unknown } | undefined = query;
  if (typeof compile === 'function') made = compile.call(query);
  else if (typeof toSQL === 'function') made = toSQL.call(query);
  if (typeof made?.sql !== 'string') return refuseQuery('an object without text');
  return { sql: made.sql, params: made.parameters ?? made.params };
}

/** Checks and copies the parameters of one statement. See {@link bindQuery} for the errors. */
export function bindParams(sql: string, params: unknown): BoundParams {
  if (typeof sql !== 'string') refuseQuery(`a ${typeof sql}`);
  if (Array.isArray(params)) {
    const bound: SqlValue[] = new Array(params.length);
    for (let i = 0; i < params.length; i++) {
      bound[i] = bindValue(params[i], (reason) => refuseValue(sql, bound.slice(0, i), `parameter ${i + 1} ${reason}`));
    }
    return bound;
  }
  if (typeof params !== 'object' || params === null || Symbol.iterator in params || params instanceof Date) {
    return refuseValue(sql, [], 'parameters are an array, or an object for named ones');
  }
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      bindValue(value, (reason) => refuseValue(sql, [], `parameter '${name}' ${reason}`)),
    ]),
  );
}

function refuseValue(sql: string, before: readonly SqlValue[], reason: string): never {
  throw new StatementError(reason, { code: SQLITE.MISMATCH, sql, parameterTypes: before.map(typeOfValue) });
}

function refuseQuery(given: string): never {
  return refuseMisuse(
    `a query is a string, a sql template, or an object with compile() or toSQL(), and was given as ${given}`,
  );
}

function refuseMisuse(reason: string): never {
  throw new StatementError(reason, { code: SQLITE.MISUSE, sql: '' });
}

/** Text that is equal for two statements exactly when their texts and parameters are, types included. */
export function statementKey({ sql, params }: BoundStatement): string {
  let key = keyOfValue(sql);
  if (Array.isArray(params)) for (const value of params as readonly SqlValue[]) key += keyOfValue(value);
  else {
    const named = params as Readonly<Record<string, SqlValue>>;
    for (const name of Object.keys(named).sort()) key += `:${keyOfValue(name)}${keyOfValue(named[name]!)}`;
  }
  return key;
}
