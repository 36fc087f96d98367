/** Tells why a database could not be opened, by an error of the kind that a caller can do something about. */
import { EngineError } from '../../engines/engine.ts';
import { BusyError, MigrationError, OpenError, StorageFullError } from '../model/errors.ts';
import { resultCodeName } from '../model/result-code-names.ts';
import { SQLITE } from '../model/result-codes.ts';

export function openFailure(cause: unknown): Error {
  if (tellsByItself(cause)) return cause;
  const reason = `The database could not be opened: ${cause instanceof Error ? cause.message : String(cause)}`;
  if (!(cause instanceof EngineError)) return new OpenError(reason, { cause });
  // No statement of the caller's failed.
  const evidence = { code: cause.code, codeName: resultCodeName(cause.code), sql: '' };
  switch (cause.code & 0xff) {
    case SQLITE.BUSY:
      return new BusyError(`${reason}: another connection outside this server holds the file`, evidence, { cause });
    case SQLITE.FULL:
      return new StorageFullError(reason, evidence, { cause });
    default:
      return new OpenError(reason, { cause });
  }
}

function tellsByItself(cause: unknown): cause is Error {
  return [MigrationError, OpenError, BusyError, StorageFullError].some((type) => cause instanceof type);
}
