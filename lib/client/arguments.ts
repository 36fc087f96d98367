/** Reads the arguments of a query: a text has its parameters second, a query that carries its own its options. */
import { SluiceError, StatementError } from '../model/errors.ts';
import { type AnyQuery, type BoundStatement, bindQuery } from '../model/query.ts';
import { SQLITE } from '../model/result-codes.ts';
import type { Params } from '../model/values.ts';

/** A statement that was bound where it was asked for. */
export interface LazyStatement {
  /** The statement; throws what binding it threw. */
  get(): BoundStatement;
  /** Whether it may write, as far as its first word tells. */
  readonly mayWrite: boolean;
}

const readsOnly = /^\s*(select|values|explain|pragma)\b/i;

/** Binds at once, so that the values are those of the call; a refusal is kept for the subscriber. */
export function bindLazily(query: string | AnyQuery, params?: Params): LazyStatement {
  try {
    const statement = bindQuery(query, params);
    return { get: () => statement, mayWrite: !readsOnly.test(statement.sql) };
  } catch (error) {
    const get = (): never => {
      throw error;
    };
    return { get, mayWrite: false };
  }
}

export function paramsOf(query: unknown, rest: readonly unknown[]): Params | undefined {
  return typeof query === 'string' ? (rest[0] as Params | undefined) : undefined;
}

/** Errors  `SluiceError` for a form in which rows are not given here. */
export function rowFormOf<Form extends string>(
  rows: Form | 'objects' = 'objects',
  others: readonly Form[],
): Form | 'objects' {
  if (rows === 'objects' || others.includes(rows)) return rows;
  throw new SluiceError(`rows is one of objects, ${others.join(', ')} here, and was given as ${String(rows)}`);
}

/** Errors  {@link StatementError}, code 21 (`SQLITE_MISUSE`), for parameters beside a query that carries its own. */
export function optionsOf<Options extends object>(query: unknown, rest: readonly unknown[]): Options {
  if (typeof query === 'string') return (rest[1] ?? {}) as Options;
  if (Array.isArray(rest[0]) || rest.length > 1) {
    const reason = 'this query carries its own parameters: pass options alone beside it';
    throw new StatementError(reason, { code: SQLITE.MISUSE, sql: '' });
  }
  return (rest[0] ?? {}) as Options;
}
