/** Does one write of a scenario through the public surface. */
import { lastValueFrom, type Observable } from 'rxjs';
import { type Scope, SluiceError } from '../../lib/index.ts';
import type { Write } from './scenario.ts';

/** What became of a write: the errors that SQLite's refusals come as are part of every scenario. */
export interface WriteOutcome {
  readonly isDone: boolean;
  /** An error that no statement should cause. */
  readonly strange?: unknown;
}

/** What a run does differently from what its scenario says. */
export interface Habits {
  /** Statements of a transaction are taken back as a whole where they fail, which SQLite does not always do by itself. */
  readonly sparesKnownFaults: boolean;
}

/** Thrown by a transaction's work so that it is taken back. */
class TakenBack extends Error {}

/** Starts the write at once. Never rejects. */
export async function performWrite(
  scope: Scope,
  write: Write,
  habits: Habits,
  inSavepoint = false,
): Promise<WriteOutcome> {
  try {
    const written$ = inSavepoint
      ? scope.transaction((inner) => observableOf(inner, write, habits))
      : observableOf(scope, write, habits);
    await lastValueFrom(written$, { defaultValue: undefined });
    return { isDone: true };
  } catch (error) {
    const isExpected = error instanceof TakenBack || error instanceof SluiceError;
    return isExpected ? { isDone: false } : { isDone: false, strange: error };
  }
}

function observableOf(scope: Scope, write: Write, habits: Habits): Observable<unknown> {
  switch (write.kind) {
    case 'execute':
      return scope.execute(write.sql, write.params);
    case 'select':
      return scope.select(write.sql, write.params);
    case 'script':
      return scope.executeScript(write.sql.join(';\n'));
    case 'batch':
      return scope.batch((batch) => {
        for (const part of write.parts) {
          if ('rows' in part) batch.executeMany(part.sql, part.rows);
          else batch.execute(part.sql, part.params);
        }
      });
    case 'transaction':
      return scope.transaction(async (tx) => {
        // A part that SQLite refuses is taken back by itself, and the others go on.
        for (const part of write.parts) {
          const { strange } = await performWrite(tx, part, habits, habits.sparesKnownFaults);
          if (strange !== undefined) throw strange;
        }
        if (write.ends === 'rollback') throw new TakenBack();
      });
  }
}

/** Whether it may change the schema. */
export function changesSchema(write: Write): boolean {
  switch (write.kind) {
    case 'transaction':
      return write.parts.some(changesSchema);
    case 'script':
      return write.sql.some(isSchemaStatement);
    case 'batch':
      return write.parts.some(({ sql }) => isSchemaStatement(sql));
    default:
      return isSchemaStatement(write.sql);
  }
}

function isSchemaStatement(sql: string): boolean {
  return /^\s*(CREATE|DROP|ALTER|ANALYZE|REINDEX|ATTACH|DETACH|PRAGMA)\b/i.test(sql);
}
