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

/** Errors  `SluiceError` for what is none of the choices. */
export function choiceOf<T extends string>(option: string, given: T, choices: readonly T[]): T {
  if (choices.includes(given)) return given;
  throw new SluiceError(`${option} is one of ${choices.join(', ')} here, and was given as ${String(given)}`);
}

/** Errors  `TypeError` for what is no time, such as NaN. */
export function timeOf<T extends number | undefined>(option: string, given: T): T {
  const isTime = given === undefined || (typeof given === 'number' && !Number.isNaN(given));
  refuseUnless(isTime, option, 'a number', String(given));
  return given;
}

/** Errors  `TypeError` for what is no list of names, such as one name, which would be taken letter by letter. */
export function namesOf(taker: string, tables: readonly string[]): string[] {
  const areNames = typeof tables === 'object' && [...tables].every((name) => typeof name === 'string');
  refuseUnless(areNames, taker, 'an array of names of tables', String(tables));
  return [...tables];
}

/** Errors  `TypeError` where something of another kind is given. */
export function refuseUnless(isOfKind: boolean, taker: string, kind: string, given: string): void {
  if (!isOfKind) throw new TypeError(`${taker} takes ${kind}, not ${given}`);
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
