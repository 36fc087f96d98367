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
export async function openEngine(spec: EngineSpec, others: EngineOptions = {}): Promise<Engine> {
  const open = spec.open ?? ((await import(spec.module)) as EngineModule).open;
  return open({ ...spec.options, ...others });
}

/** Opens one for each spec that asks, and closes it. */
export function engineOn(spec: () => EngineSpec): WithEngine {
  return async (body, options) => {
    const engine = await openEngine(spec(), options);
    try {
      body(engine);
    } finally {
      engine.close();
    }
  };
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
