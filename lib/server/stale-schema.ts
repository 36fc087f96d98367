/** Runs a statement once more where it failed since another process changed the schema after it was looked for. */
import { EngineError } from '../../engines/engine.ts';
import { SQLITE } from '../model/result-codes.ts';

/** What is known of the schema, and of what the connection did. */
export interface SchemaKeeper {
  readonly inTransaction: boolean;
  /** All rows that were changed so far. */
  readonly totalChanges: number;
  /** Whether the schema in the file is another than the one that is known. */
  hasOtherSchema(): boolean;
  forgetSchema(): void;
}

/** Any statement: while it waited for the lock, the triggers that capture its rows may have been made for what is gone. */
export function runAgain<T>(keeper: SchemaKeeper, run: () => T): T {
  const { totalChanges, inTransaction } = keeper;
  try {
    return run();
  } catch (error) {
    // Where it ended a transaction, and took back what this did to the schema, it must not run without it.
    const isStale = !inTransaction && !keeper.inTransaction && keeper.totalChanges === totalChanges;
    if (!isStale || !keeper.hasOtherSchema()) throw error;
    keeper.forgetSchema();
    return run();
  }
}

/** One that only reads, and was prepared before: it may have other columns. To ask for its transaction would take too long. */
export function readAgain<T>(keeper: SchemaKeeper, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const code = error instanceof EngineError ? error.code & 0xff : SQLITE.OK;
    // No other failure is one of the schema, and some end a transaction, without which it must not run.
    if ((code !== SQLITE.ERROR && code !== SQLITE.SCHEMA) || !keeper.hasOtherSchema()) throw error;
    keeper.forgetSchema();
    return read();
  }
}
