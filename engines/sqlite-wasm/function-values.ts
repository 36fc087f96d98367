/** Takes the arguments of an SQL function, and gives its result. https://sqlite.org/c3ref/value_blob.html */
import type { SqlValue } from '../../lib/model/values.ts';
import { copied, type Driver, scratchBytes, storageClass } from './driver.ts';
import { Heap } from './heap.ts';

const encoder = new TextEncoder();

/** The driver's own takes an empty blob for NULL, and four times as long. */
export class FunctionValues {
  readonly #driver: Driver;
  readonly #heap: Heap;

  constructor(driver: Driver) {
    this.#driver = driver;
    this.#heap = new Heap(driver);
  }

  /** `values` is the address of `count` pointers. */
  arguments(count: number, values: number): SqlValue[] {
    const args: SqlValue[] = new Array(count);
    for (let i = 0; i < count; i++) args[i] = this.#value(this.#heap.pointer(values + 4 * i));
    return args;
  }

  /** Calls the function; what it throws is the error of the statement. */
  answer(context: number, work: () => unknown): void {
    try {
      this.#give(context, work());
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#driver.sqlite.capi.sqlite3_result_error(context, message, -1);
    }
  }

  #value(value: number): SqlValue {
    const { c } = this.#driver;
    switch (c.sqlite3_value_type(value)) {
      case storageClass.integer: {
        const number = c.sqlite3_value_double(value);
        return Number.isSafeInteger(number) ? number : c.sqlite3_value_int64(value);
      }
      case storageClass.real:
        return c.sqlite3_value_double(value);
      case storageClass.text: {
        const at = c.sqlite3_value_blob(value);
        return this.#heap.text(at, c.sqlite3_value_bytes(value));
      }
      case storageClass.blob: {
        const at = c.sqlite3_value_blob(value);
        return this.#heap.view(at, c.sqlite3_value_bytes(value)).slice();
      }
      default:
        return null;
    }
  }

  #give(context: number, result: unknown): void {
    const { c } = this.#driver;
    if (result === null || result === undefined) c.sqlite3_result_null(context);
    else if (typeof result === 'string') this.#giveBytes(context, encoder.encode(result), 'text');
    else if (typeof result === 'bigint') c.sqlite3_result_int64(context, inRange(result));
    else if (typeof result === 'boolean') c.sqlite3_result_int(context, Number(result));
    else if (result instanceof Uint8Array) this.#giveBytes(context, result, 'blob');
    else if (typeof result !== 'number')
      throw new TypeError(`a function gave a ${typeof result}, which is no value of SQL`);
    else if (!Number.isSafeInteger(result) || Object.is(result, -0)) c.sqlite3_result_double(context, result);
    else if ((result | 0) === result) c.sqlite3_result_int(context, result);
    else c.sqlite3_result_int64(context, BigInt(result));
  }

  #giveBytes(context: number, bytes: Uint8Array, as: 'text' | 'blob'): void {
    const { c, scratch, sqlite } = this.#driver;
    const fits = bytes.length <= scratchBytes;
    const at = fits ? scratch : (sqlite.wasm.alloc(bytes.length) as number);
    sqlite.wasm.heap8u().set(bytes, at);
    const free = fits ? copied : (sqlite.capi.SQLITE_WASM_DEALLOC as unknown as number);
    if (as === 'text') c.sqlite3_result_text(context, at, bytes.length, free);
    else c.sqlite3_result_blob(context, at, bytes.length, free);
  }
}

function inRange(integer: bigint): bigint {
  if (BigInt.asIntN(64, integer) === integer) return integer;
  throw new RangeError(`a function gave an integer of more than 64 bits: ${integer}`);
}
