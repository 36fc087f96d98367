/** Errors that crossed a port: of their class, with their evidence and both stacks. */
import { errorClasses } from '../model/errors.ts';
import type { ErrorRecord } from './error-record.ts';

/**
 * Turns a record back into an error of its class.
 *
 * `asked` was made where the caller asked; its frames become the `stack`, and those of the server `serverStack`.
 */
export function errorOf(record: ErrorRecord, asked?: Error): Error {
  const type = errorClasses.get(record.type) ?? Error;
  const options = record.cause ? { cause: errorOf(record.cause) } : undefined;
  // Error builds it, with the class as its prototype: the class's own constructor would want the evidence in parts.
  const error = Reflect.construct(Error, [record.message, options], type) as Error;
  Object.assign(error, record.fields);
  hidden(error, 'serverStack', record.stack);
  if (asked === undefined) error.stack = record.stack;
  else {
    error.stack = `${error.name}: ${record.message}\n${framesOf(asked)}\n    on the server:\n${framesOf(record)}`;
  }
  return error;
}

/** The frames of a stack; some engines put the message above them, and some do not. */
function framesOf({ stack = '', message }: { stack?: string | undefined; message: string }): string {
  const start = stack.indexOf(message);
  if (start < 0) return stack.trimEnd();
  const end = stack.indexOf('\n', start + message.length);
  return end < 0 ? '' : stack.slice(end + 1).trimEnd();
}

function hidden(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, writable: true, configurable: true, enumerable: false });
}
