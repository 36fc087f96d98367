/** Statements of the server's own, beside those of its clients. */
import type { Engine, PreparedStatement } from '../../engines/engine.ts';
import type { SqlValue } from '../model/values.ts';
import { explained } from './statement-failure.ts';

export class Asides {
  readonly #engine: Engine;
  readonly #statements = new Map<string, PreparedStatement>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Gives the rows of a statement, or how many it changed. It is kept prepared. */
  run(sql: string, values: readonly SqlValue[]): { readonly rows: SqlValue[][]; readonly changes: number } {
    return explained(sql, values, () => {
      const statement = this.#statements.get(sql) ?? this.#engine.prepare(sql, new Array(values.length).fill(null));
      this.#statements.set(sql, statement);
      if (statement.columns.length > 0) return { rows: statement.all(values), changes: 0 };
      return { rows: [], changes: statement.run(values).changes };
    });
  }

  close(): void {
    for (const statement of this.#statements.values()) statement.finalize();
  }
}
