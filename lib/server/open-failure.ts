/** Tells why a database could not be opened, by an error of the kind that a caller can do something about. */
import { BusyError, MigrationError, OpenError, StorageFullError } from '../model/errors.ts';

export function openFailure(cause: unknown): Error {
  const tellsByItself = [MigrationError, OpenError, BusyError, StorageFullError].some((type) => cause instanceof type);
  if (tellsByItself) return cause as Error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OpenError(`The database could not be opened: ${reason}`, { cause });
}
