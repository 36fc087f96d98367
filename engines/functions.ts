/** SQL functions written in JavaScript: the step between a driver's values and ours. */
import type { SqlValue } from '../lib/model/values.ts';
import type { AggregateOptions } from './engine.ts';
import { integersAsBigint, narrowIntegers } from './integers.ts';

type Body = (...args: SqlValue[]) => SqlValue;

/** A function that a driver calls with every integer as bigint. It declares as many parameters as `body` does. */
export function driverFunction(body: Body): Body {
  return withLengthOf(body, (...args) => fromBody(body(...toBody(args))));
}

/** The parts of an aggregate, likewise. */
export function driverAggregate<T>({ start, step, inverse, result }: AggregateOptions<T>): {
  start: () => T;
  step: (total: T, ...args: SqlValue[]) => T;
  inverse?: (total: T, ...args: SqlValue[]) => T;
  result: (total: T) => SqlValue;
} {
  return {
    start,
    step: withLengthOf(step, (total: T, ...args: SqlValue[]) => step(total, ...toBody(args))),
    result: (total) => fromBody(result(total)),
    ...(inverse && {
      inverse: withLengthOf(inverse, (total: T, ...args: SqlValue[]) => inverse(total, ...toBody(args))),
    }),
  };
}

function toBody(args: SqlValue[]): SqlValue[] {
  return narrowIntegers([args])[0]!;
}

function fromBody(value: SqlValue): SqlValue {
  return integersAsBigint([value])[0]!;
}

/** Drivers take the number of arguments from the function's `length`. */
function withLengthOf<F extends object>(body: { readonly length: number }, made: F): F {
  return Object.defineProperty(made, 'length', { value: body.length });
}
