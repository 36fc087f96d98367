/** The engine over SQLite's own WebAssembly build, https://sqlite.org/wasm: in browsers, and in memory everywhere. */
import { SluiceError } from '../lib/model/errors.ts';
import { SQLITE } from '../lib/model/result-codes.ts';
import { type Engine, EngineError, type EngineOptions, type EngineSpec, refuseSettings, specWith } from './engine.ts';
import { connectionPragmas } from './pragmas.ts';
import { SqliteWasmEngine } from './sqlite-wasm/connection.ts';
import { loadDriver } from './sqlite-wasm/driver.ts';
import { fill } from './sqlite-wasm/image.ts';
import { type Place, placeFor } from './sqlite-wasm/place.ts';
import { attempt } from './sqlite-wasm/refusal.ts';
import type { WasmSource } from './sqlite-wasm/wasm-source.ts';

export interface SqliteWasmOptions extends Omit<EngineOptions, 'file' | 'readers'> {
  /**
   * Keeps the database among the private files of the web site, by this name. One worker has it open; others wait for
   * `busyTimeoutMs`, and then fail with a `BusyError`. Left out: the database lives in memory.
   */
  readonly name?: string | undefined;
  /**
   * What to do where a site has no files: fail with a `StorageUnavailableError`, the default; or do with memory, and
   * `server.state` is `'temporary'`. A database that is busy, or has no room, fails either way.
   */
  readonly persistence?: 'required' | 'preferred' | undefined;
  /** The bytes of a database file, which a new database begins with. One that is there already stays as it is. */
  readonly image?: Uint8Array | undefined;
  /**
   * `'rollback'`, the default, or `'wal'`, a write-ahead log: commits take a third of the time, but where the quota is used
   * up, nothing can be deleted either. https://sqlite.org/wal.html
   */
  readonly journal?: 'rollback' | 'wal' | undefined;
  /** Where `sqlite3.wasm` is served, if not beside the script. The first database of a thread decides. */
  readonly wasmUrl?: string | undefined;
}

type Options = SqliteWasmOptions & Pick<EngineOptions, 'file'>;

/** SQLite as WebAssembly. Files need a worker of a browser. */
export function sqliteWasm(options: SqliteWasmOptions = {}): EngineSpec {
  refuse(options);
  return specWith(open, import.meta.url, options);
}

/** The same, with the WebAssembly of that source. */
export function sqliteWasmFrom(source: WasmSource, options: SqliteWasmOptions): EngineSpec {
  refuse(options);
  return specWith((given) => openFrom(source, given), import.meta.url, options);
}

export function open(options: Options): Promise<Engine> {
  return openFrom(options, options);
}

async function openFrom(source: WasmSource, options: Options): Promise<Engine> {
  if (options.file !== undefined) {
    throw new EngineError(SQLITE.CANTOPEN, 'this engine keeps no file of a path: give it a `name` in place of `file`');
  }
  const driver = await loadDriver(source);
  const place = await placeFor(driver, options);
  try {
    if (options.image && isNew(place)) fill(driver, place.db, options.image);
    attempt(() => {
      for (const pragma of pragmas(options, place)) place.db.exec(pragma);
    });
    return new SqliteWasmEngine(driver, place);
  } catch (error) {
    place.close();
    throw error;
  }
}

function isNew({ db }: Place): boolean {
  return attempt(() => db.selectValue('PRAGMA page_count')) === 0;
}

function pragmas({ journal = 'rollback', durability, ...options }: Options, { hasFiles }: Place): readonly string[] {
  if (!hasFiles) return connectionPragmas({ ...options, ...(durability && { durability }) });
  // With a rollback journal, less than FULL may corrupt the file when power is lost. https://sqlite.org/pragma.html#pragma_synchronous
  if (journal === 'rollback')
    return ['PRAGMA journal_mode = DELETE', ...connectionPragmas({ ...options, durability: 'full' })];
  return ['PRAGMA journal_mode = WAL', ...connectionPragmas({ ...options, ...(durability && { durability }) })];
}

const choices = { persistence: ['required', 'preferred'], journal: ['rollback', 'wal'] } as const;

function refuse(options: SqliteWasmOptions): void {
  refuseSettings(options);
  const { name, image } = options;
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    throw new SluiceError(`The name of a database is a text that is not empty: ${typeof name} given`);
  }
  if (image !== undefined && !(image instanceof Uint8Array)) {
    throw new SluiceError(`The image of a database is a Uint8Array: ${typeof image} given`);
  }
  for (const [option, allowed] of Object.entries(choices)) {
    const given = options[option as keyof typeof choices];
    if (given !== undefined && !(allowed as readonly string[]).includes(given)) {
      throw new SluiceError(`${option} is one of ${allowed.join(', ')}: ${given} given`);
    }
  }
}
