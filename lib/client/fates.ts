/** What it means for a request that its connection is lost or closed. */
import { NotExecutedError, OutcomeUnknownError, tellsByItself } from '../model/errors.ts';
import type { Stakes } from './asking.ts';

export type FateOfWrites = typeof NotExecutedError | typeof OutcomeUnknownError;

/** The server is gone. `ofWrites` is what became of writes that were sent. */
export function fateWhenLost(stakes: Stakes, isUnsent: boolean, cause: Error, ofWrites: FateOfWrites): Error {
  if (isRead(stakes)) return cause;
  if (stakes === 'section' && !isUnsent) return fate(OutcomeUnknownError, cause);
  return fate(stakes === 'write' && !isUnsent ? ofWrites : NotExecutedError, cause);
}

/** This side ended the connection, and waits for nothing more. */
export function fateWhenEnded(stakes: Stakes, isUnsent: boolean, cause: Error): Error {
  return isRead(stakes) ? cause : fate(isUnsent ? NotExecutedError : OutcomeUnknownError, cause);
}

/** It was asked too late. */
export function fateWhenRefused(stakes: Stakes, cause: Error, isOwn: boolean): Error {
  return isOwn || isRead(stakes) ? cause : fate(NotExecutedError, cause);
}

function isRead(stakes: Stakes): boolean {
  return stakes === 'read' || stakes === 'stream';
}

function fate(type: FateOfWrites, cause: Error): Error {
  if (tellsByItself(cause)) return cause;
  const what = type === NotExecutedError ? 'the write did not happen' : 'whether the write happened is not known';
  return new type(`${cause.message}: ${what}`, { cause });
}
