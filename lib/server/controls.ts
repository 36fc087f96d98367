/** Begins and ends transactions and savepoints. https://sqlite.org/lang_transaction.html */
import type { Engine, PreparedStatement } from '../../engines/engine.ts';
import type { BoundStatement } from '../model/query.ts';
import { explained } from './statement-failure.ts';

const steps = {
  begin: 'BEGIN IMMEDIATE',
  // Deferred: it takes no lock until it reads, and then holds one snapshot. https://sqlite.org/lang_transaction.html
  beginReadOnly: 'BEGIN',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  savepoint: 'SAVEPOINT sluice',
  release: 'RELEASE sluice',
  rollbackTo: 'ROLLBACK TO sluice',
} as const;

export type ControlStep = keyof typeof steps;

export class Controls {
  readonly #engine: Engine;
  readonly #statements = new Map<ControlStep, PreparedStatement>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Where it fails, `cause` is the statement that failed with it. */
  run(step: ControlStep, cause?: BoundStatement): void {
    const sql = steps[step];
    explained(cause?.sql ?? sql, cause?.params ?? [], () => {
      const statement = this.#statements.get(step) ?? this.#engine.prepare(sql, []);
      this.#statements.set(step, statement);
      statement.run([]);
    });
  }

  close(): void {
    for (const statement of this.#statements.values()) statement.finalize();
  }
}
