/** Does one write of a scenario through the public surface. */
import { lastValueFrom, type Observable } from 'rxjs';
import { type Executed, type Scope, SluiceError } from '../../lib/index.ts';
import type { Write } from './scenario.ts';

/** What became of a write: the errors that SQLite's refusals come as are part of every scenario. */
export interface WriteOutcome {
  readonly isDone: boolean;
  /** Rows that it says it changed. */
  readonly changes?: number;
  /** An error that no statement should cause. */
  readonly strange?: unknown;
}

/** Thrown by a transaction's work so that it is taken back. */
export class TakenBack extends Error {}

/** Starts the write at once. Never rejects. */
export async function performWrite(scope: Scope, write: Write): Promise<WriteOutcome> {
  try {
    const written = await lastValueFrom(observableOf(scope, write), { defaultValue: undefined });
    return { isDone: true, ...(write.kind === 'execute' ? { changes: (written as Executed).changes } : {}) };
  } catch (error) {
    const isExpected = error instanceof TakenBack || error instanceof SluiceError;
    return isExpected ? { isDone: false } : { isDone: false, strange: error };
  }
}

function observableOf(scope: Scope, write: Write): Observable<unknown> {
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
          const { strange } = await performWrite(tx, part);
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
