/** Errors as they cross a port, so that `instanceof`, the evidence and both stacks survive. */
import { errorClasses, SluiceError } from '../model/errors.ts';

/** An error as plain data. `fields` are its own properties, `name` included. */
export interface ErrorRecord {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly cause?: ErrorRecord;
}

const ownToErrors = new Set(['message', 'stack', 'cause', 'serverStack']);

/** Turns anything that was thrown into data. What cannot be sent of it is left out. */
export function recordOf(thrown: unknown): ErrorRecord {
  if (!(thrown instanceof Error)) return recordOf(new SluiceError(`Thrown: ${String(thrown)}`));
  const fields = Object.entries(thrown).filter(([name, value]) => !ownToErrors.has(name) && isPlain(value));
  return {
    type: errorClasses.has(thrown.name) ? thrown.name : 'Error',
    message: thrown.message,
    stack: thrown.stack ?? '',
    fields: Object.fromEntries([['name', thrown.name], ...fields]),
    ...(thrown.cause === undefined ? {} : { cause: recordOf(thrown.cause) }),
  };
}

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
  if (asked === undefined) error.stack = record.stack;
  else {
    hidden(error, 'serverStack', record.stack);
    error.stack = `${error.name}: ${record.message}\n${framesOf(asked)}\n    on the server:\n${framesOf(record)}`;
  }
  return error;
}

function framesOf({ stack = '', message }: { stack?: string | undefined; message: string }): string {
  const start = stack.indexOf(message);
  const frames = stack.slice(stack.indexOf('\n', start < 0 ? 0 : start + message.length) + 1);
  return frames.replace(/\n$/, '');
}

function hidden(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, writable: true, configurable: true, enumerable: false });
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  return value === null || ['string', 'number', 'bigint', 'boolean', 'undefined'].includes(typeof value);
}
