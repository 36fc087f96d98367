/** SQLite's WebAssembly build, loaded once for each thread, and its C functions as they are. */
import type { Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import type { WasmSource } from './wasm-source.ts';

/**
 * Called without the driver's conversions of arguments and results, which cost nine tenths of the time of reading rows.
 * A pointer is a number; a 64-bit integer is a bigint. https://sqlite.org/c3ref/funclist.html
 */
export interface CFunctions {
  sqlite3_bind_blob(statement: number, index: number, at: number, length: number, free: number): number;
  sqlite3_bind_double(statement: number, index: number, value: number): number;
  sqlite3_bind_int(statement: number, index: number, value: number): number;
  sqlite3_bind_int64(statement: number, index: number, value: bigint): number;
  sqlite3_bind_text(statement: number, index: number, at: number, length: number, free: number): number;
  sqlite3_changes(db: number): number;
  sqlite3_clear_bindings(statement: number): number;
  sqlite3_column_blob(statement: number, column: number): number;
  sqlite3_column_bytes(statement: number, column: number): number;
  sqlite3_column_double(statement: number, column: number): number;
  sqlite3_column_int64(statement: number, column: number): bigint;
  sqlite3_column_type(statement: number, column: number): number;
  sqlite3_last_insert_rowid(db: number): bigint;
  sqlite3_aggregate_context(context: number, bytes: number): number;
  sqlite3_create_function_v2(
    db: number,
    name: number,
    arity: number,
    flags: number,
    data: number,
    call: number,
    step: number,
    final: number,
    destroy: number,
  ): number;
  sqlite3_create_window_function(
    db: number,
    name: number,
    arity: number,
    flags: number,
    data: number,
    step: number,
    final: number,
    value: number,
    inverse: number,
    destroy: number,
  ): number;
  sqlite3_result_blob(context: number, at: number, length: number, free: number): void;
  sqlite3_result_double(context: number, value: number): void;
  sqlite3_result_int(context: number, value: number): void;
  sqlite3_result_int64(context: number, value: bigint): void;
  sqlite3_result_null(context: number): void;
  sqlite3_result_text(context: number, at: number, length: number, free: number): void;
  sqlite3_value_blob(value: number): number;
  sqlite3_value_bytes(value: number): number;
  sqlite3_value_double(value: number): number;
  sqlite3_value_int64(value: number): bigint;
  sqlite3_value_type(value: number): number;
  sqlite3_reset(statement: number): number;
  sqlite3_step(statement: number): number;
  sqlite3_total_changes(db: number): number;
}

export interface Driver {
  readonly sqlite: Sqlite3Static;
  readonly c: CFunctions;
  /** Room of {@link scratchBytes} in the memory of the WebAssembly, for one call at a time. */
  readonly scratch: number;
  /** What a file system of the driver last threw; SQLite itself tells no more than that there was an I/O error. */
  lastFailure(): Error | undefined;
}

/** https://sqlite.org/c3ref/c_blob.html */
export const storageClass = { integer: 1, real: 2, text: 3, blob: 4 } as const;

/** In place of what frees: SQLite makes a copy. https://sqlite.org/c3ref/c_static.html */
export const copied = -1;

export const scratchBytes = 65_536;

let loading: Promise<Driver> | undefined;

/** Loads it, from the source that was named first. A failure is not kept: the next call tries again. */
export function loadDriver(source: WasmSource): Promise<Driver> {
  loading ??= load(source).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load({ wasmUrl, wasm }: WasmSource): Promise<Driver> {
  let failure: Error | undefined;
  Object.assign(globalThis, {
    sqlite3ApiConfig: {
      // It must not look for the other file systems of browsers: each try costs a worker.
      disable: { vfs: { opfs: true, 'opfs-vfs': true, 'opfs-wl': true, kvvfs: true } },
      error: (...told: readonly unknown[]) => {
        const thrown = told.find((part) => part instanceof Error);
        if (thrown) failure = thrown;
        else console.error(...told);
      },
    },
  });
  const { default: start } = await import('@sqlite.org/sqlite-wasm');
  const sqlite = await (start as (given: object) => Promise<Sqlite3Static>)({
    ...(wasm && { wasmBinary: await wasm() }),
    ...(wasmUrl !== undefined && { locateFile: () => wasmUrl }),
  }).catch((cause: unknown) => {
    const from = wasmUrl === undefined ? '' : ` from ${wasmUrl}`;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`SQLite's WebAssembly could not be loaded${from}: ${reason}`, { cause });
  });
  return {
    sqlite,
    c: sqlite.wasm.exports as unknown as CFunctions,
    scratch: sqlite.wasm.alloc(scratchBytes),
    lastFailure: () => failure,
  };
}
