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

/** More causes than this are a circle, and so is a field of more levels. */
const deepestCause = 20;
const deepestField = 4;

/** Turns anything that was thrown into data. What cannot be sent of it, or read, is left out. */
export function recordOf(thrown: unknown): ErrorRecord {
  try {
    return recordAt(thrown, 0);
  } catch {
    return recordAt(new SluiceError('Something was thrown that cannot be read'), 0);
  }
}

function recordAt(thrown: unknown, depth: number): ErrorRecord {
  if (!(thrown instanceof Error)) return recordAt(new SluiceError(`Thrown: ${textOf(thrown)}`), depth);
  const { name, stack, cause } = thrown;
  const fields = Object.entries(thrown).filter(([name, value]) => !ownToErrors.has(name) && isPlain(value));
  return {
    type: thrown instanceof SluiceError && errorClasses.has(name) ? name : 'Error',
    message: textOf(thrown.message),
    stack: typeof stack === 'string' ? stack : '',
    fields: Object.fromEntries([['name', textOf(name)], ...fields]),
    ...(cause === undefined || depth === deepestCause ? {} : { cause: recordAt(cause, depth + 1) }),
  };
}

/** Some things cannot be made text, such as an object without a prototype. */
function textOf(thing: unknown): string {
  try {
    return String(thing);
  } catch {
    return typeof thing;
  }
}

/** Whether a value is data through and through, and no deeper than evidence is. */
function isPlain(value: unknown, depth = 0): boolean {
  if (value === null || ['string', 'number', 'bigint', 'boolean', 'undefined'].includes(typeof value)) return true;
  if (typeof value !== 'object' || depth === deepestField) return false;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every((part) => isPlain(part, depth + 1));
}
