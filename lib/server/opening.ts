/** Opens the database: its connection, set up before anything else uses it, on a file that is brought up to date. */
import type { Engine } from '../../engines/engine.ts';
import { MigrationError, OpenError } from '../model/errors.ts';
import { RowProbe } from './live/row-probe.ts';
import { migrate } from './migrations.ts';
import { Storage } from './storage.ts';
import { type Migration, SetupDatabase } from './sync-database.ts';

export interface OpeningOptions {
  /** Opens the database; called before the first operation, and again after it failed. */
  open(): Promise<Engine>;
  /** Opens an empty database in memory, of the same SQLite. */
  openProbe(): Promise<Engine>;
  readonly statementCacheSize?: number | undefined;
  readonly migrations?: readonly Migration[] | undefined;
  /** Sets each connection up, before anything else uses it. */
  readonly setup?: ((db: SetupDatabase) => void) | undefined;
}

export interface Opened {
  readonly storage: Storage;
  /** How the file is kept safe, such as `wal`. https://sqlite.org/pragma.html#pragma_journal_mode */
  readonly journalMode: string;
}

/** Errors  {@link MigrationError}; {@link OpenError} for whatever else. */
export async function openDatabase(options: OpeningOptions): Promise<Opened> {
  try {
    const [engine, probe] = await Promise.all([options.open(), options.openProbe()]);
    try {
      setUp(engine, options.setup);
    } catch (error) {
      probe.close();
      throw error;
    }
    const { statementCacheSize } = options;
    const storage = new Storage(engine, { statementCacheSize, probe: new RowProbe(probe) });
    try {
      if (options.migrations) migrate(storage, options.migrations);
      return { storage, journalMode: journalModeOf(engine) };
    } catch (error) {
      storage.close();
      throw error;
    }
  } catch (cause) {
    if (cause instanceof MigrationError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OpenError(`The database could not be opened: ${reason}`, { cause });
  }
}

/** Sets a connection up, or closes it. */
export function setUp(engine: Engine, setup: OpeningOptions['setup']): Engine {
  try {
    setup?.(new SetupDatabase(engine));
    return engine;
  } catch (error) {
    engine.close();
    throw error;
  }
}

function journalModeOf(engine: Engine): string {
  const statement = engine.prepare('PRAGMA journal_mode', []);
  const [[mode] = []] = statement.all([]);
  statement.finalize();
  return String(mode);
}
