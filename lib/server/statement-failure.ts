/** Turns an engine's refusal into the error that tells a caller what to do. */
import { EngineError } from '../../engines/engine.ts';
import {
  BusyError,
  ConstraintError,
  type ConstraintKind,
  type SluiceError,
  StatementError,
  type StatementEvidence,
  StorageFullError,
  TransactionTimeoutError,
} from '../model/errors.ts';
import type { BoundStatement } from '../model/query.ts';
import { resultCodeName } from '../model/result-code-names.ts';
import { SQLITE } from '../model/result-codes.ts';
import { type BoundParams, type SqlValue, typeOfValue } from '../model/values.ts';

/** The kinds of constraint by the upper byte of the extended code. https://sqlite.org/rescode.html#constraint */
const kinds: Record<number, ConstraintKind> = {
  1: 'check',
  3: 'foreign key',
  5: 'not null',
  6: 'primary key',
  7: 'trigger',
  8: 'unique',
  10: 'rowid',
  12: 'datatype',
};

/** Runs `work`; what an engine throws of `sql` is thrown as a {@link StatementError} or one of its kinds. */
export function explained<T>(sql: string, params: BoundParams, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { code } = error;
    const values = Object.values(params as Record<string, SqlValue>);
    throw failureOf(error, { code, codeName: resultCodeName(code), sql, parameterTypes: values.map(typeOfValue) });
  }
}

/** A lock that was not to be had for the transaction of a statement, as the failure of that statement. */
export function busyAs({ sql, params }: BoundStatement, { code, codeName }: BusyError): BusyError {
  const parameterTypes = Object.values(params as Record<string, SqlValue>).map(typeOfValue);
  return new BusyError(`database is locked${heldOutside}`, { code, codeName, sql, parameterTypes });
}

const heldOutside = ': another connection outside this server holds the file';

function failureOf(error: EngineError, evidence: StatementEvidence): SluiceError {
  switch (error.code & 0xff) {
    case SQLITE.BUSY:
      return new BusyError(`${error.message}${heldOutside}`, evidence);
    case SQLITE.INTERRUPT:
      return new TransactionTimeoutError('The statement was ended: its transaction was open for longer than its limit');
    case SQLITE.FULL:
      return new StorageFullError(error.message, evidence);
    case SQLITE.CONSTRAINT:
      return new ConstraintError(error.message, evidence, brokenBy(error));
    default:
      return new StatementError(error.message, evidence);
  }
}

/** SQLite names what was broken in its message only: `UNIQUE constraint failed: todo.list, todo.title`. */
function brokenBy({ code, message }: EngineError): { kind: ConstraintKind; table?: string; columns?: string[] } {
  const kind = kinds[code >> 8] ?? 'other';
  const named = /^(?:UNIQUE|NOT NULL) constraint failed: (.+)$/.exec(message)?.[1];
  if (named === undefined || named.startsWith('index ')) return { kind };
  const columns = named.split(', ');
  const [table] = columns[0]!.split('.');
  return { kind, table: table!, columns: columns.map((column) => column.slice(table!.length + 1)) };
}
