/** An engine while the conformance suite holds it. */
import assert from 'node:assert/strict';
import {
  type Engine,
  EngineError,
  type EngineModule,
  type EngineOptions,
  type EngineSpec,
} from '../../engines/engine.ts';
import type { SqlValue } from '../../lib/model/values.ts';

/** Runs `body` with an engine of its own, and closes it. */
export type WithEngine = (body: (engine: Engine) => void, options?: EngineOptions) => Promise<void>;

/** Opens an engine the way the server does. */
export async function openEngine({ module, options }: EngineSpec, others: EngineOptions = {}): Promise<Engine> {
  const { open } = (await import(module)) as EngineModule;
  return open({ ...options, ...others });
}

/** Runs a statement for its rows. Parameters are plain where `names` does not tell otherwise. */
export function rowsOf(
  engine: Engine,
  sql: string,
  params: readonly SqlValue[] = [],
  names: readonly (string | null)[] = params.map(() => null),
): SqlValue[][] {
  return engine.prepare(sql, names).all(params);
}

/** The one value of a query that has one. */
export function valueFrom(engine: Engine, sql: string): SqlValue {
  return rowsOf(engine, sql)[0]![0]!;
}

/** What `assert.throws` asks of an error: SQLite's code and words, as an {@link EngineError}. */
export function refusal(code: number, message: RegExp): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof EngineError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  };
}
