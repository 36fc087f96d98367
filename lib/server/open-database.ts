/** The open database, with what is known of it and what reads from it. */
import type { Engine } from '../../engines/engine.ts';
import { openFailure } from './open-failure.ts';
import { type Opened, setUp } from './opening.ts';
import { Fitness } from './reading/fitness.ts';
import { Readers, type ReadersOptions, type ReadingHost } from './reading/readers.ts';
import type { Storage } from './storage.ts';
import type { SetupDatabase } from './sync-database.ts';
import { WriteRecords } from './write-records.ts';

export interface OpenDatabaseOptions {
  /** Opens one more connection to read from; none where the database lives in memory. */
  openReader?: (() => Engine | Promise<Engine>) | undefined;
  readonly setup?: ((db: SetupDatabase) => void) | undefined;
  readonly readers?: Omit<ReadersOptions, 'journalMode'> | undefined;
}

export class OpenDatabase {
  readonly storage: Storage;
  readonly fitness: Fitness;
  readonly records: WriteRecords;
  readonly readers: Readers | undefined;
  readonly #journalMode: string;
  readonly #options: OpenDatabaseOptions;

  constructor({ storage, journalMode }: Opened, host: ReadingHost, options: OpenDatabaseOptions) {
    this.storage = storage;
    this.fitness = new Fitness(storage);
    this.records = new WriteRecords(storage);
    this.readers = options.readers && new Readers(host, { ...options.readers, journalMode });
    this.#journalMode = journalMode;
    this.#options = options;
  }

  /**
   * Opens one more connection to read from, and sets it up. None where it would keep others from writing.
   *
   * Errors  those of {@link openFailure}.
   */
  openReader(): Engine | Promise<Engine> | undefined {
    const failed = (cause: unknown): never => {
      throw openFailure(cause);
    };
    const ready = (reader: Engine): Engine => {
      try {
        setUp(reader, this.#options.setup);
        return reader;
      } catch (error) {
        reader.close();
        throw error;
      }
    };
    // Without a write-ahead log, no other connection writes while one reads. https://sqlite.org/lockingv3.html
    if (this.#journalMode !== 'wal') return undefined;
    try {
      const reader = this.#options.openReader?.();
      return reader instanceof Promise ? reader.then(ready).catch(failed) : reader && ready(reader);
    } catch (error) {
      return failed(error);
    }
  }

  /** The connection that closes last tidies up the file. */
  async close(): Promise<void> {
    await this.readers?.end();
    this.storage.close();
  }
}
