/** What is told of a write that a lost server may have committed, where this one can neither look it up nor run it. */
import { OutcomeUnknownError } from '../model/errors.ts';
import type { QueuedRequest } from '../wire/messages.ts';
import type { Job } from './scope.ts';

/** As far as its words tell. */
const readsOnly = /^\s*(?:(?:select|values|explain|pragma)\b|with\b(?![\s\S]*\b(?:insert|update|delete|replace)\b))/i;

/** None where it was not sent to another server, or does not write. */
export function unknownOutcome({ caller: { memory }, request }: Job, cause: Error): OutcomeUnknownError | undefined {
  if (memory === undefined || request.id > memory.resends || !mayWrite(request)) return undefined;
  return new OutcomeUnknownError(`${cause.message}: whether the write happened is not known`, { cause });
}

function mayWrite(request: QueuedRequest): boolean {
  switch (request.kind) {
    case 'execute':
    case 'batch':
    case 'script':
    case 'call':
    case 'outcome':
      return true;
    case 'select':
      return !readsOnly.test(request.sql);
    default:
      return false;
  }
}
