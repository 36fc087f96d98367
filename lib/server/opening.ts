/** Opens the database: its connection, set up before anything else uses it, on a file that is brought up to date. */
import type { Engine } from '../../engines/engine.ts';
import { OpenError } from '../model/errors.ts';
import { RowProbe } from './live/row-probe.ts';
import { migrate } from './migrations.ts';
import { openFailure } from './open-failure.ts';
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

export interface OpeningHost {
  /** Statements are ended meanwhile, where the driver can. */
  isDue(): boolean;
  /** Whether anybody still wants the database. */
  isWanted(): boolean;
}

export class Opening {
  readonly #options: OpeningOptions;
  readonly #host: OpeningHost;
  #probe: Promise<Engine> | undefined;

  constructor(options: OpeningOptions, host: OpeningHost) {
    this.#options = options;
    this.#host = host;
  }

  /** Opens what belongs to nobody: with it, the engine is loaded. */
  warmUp(): Promise<Engine> {
    if (this.#probe !== undefined) return this.#probe;
    const probe = this.#options.openProbe();
    this.#probe = probe;
    // The next attempt makes another, and tells of its failure.
    probe.catch(() => {
      if (this.#probe === probe) this.#probe = undefined;
    });
    return probe;
  }

  /** Errors as those of {@link openFailure}; {@link OpenError} where nobody wants it any more. */
  async open(): Promise<Opened> {
    const [opened, warm] = await Promise.allSettled([this.#options.open(), this.warmUp()]);
    if (opened.status === 'rejected') throw openFailure(opened.reason);
    const engine = opened.value;
    try {
      if (!this.#host.isWanted()) throw new OpenError('The server was shut down before the database was open');
      if (warm.status === 'rejected') throw warm.reason;
      const ownCollations = setUp(engine, this.#options.setup);
      engine.interruptWhen?.(() => this.#host.isDue());
      const { statementCacheSize, migrations } = this.#options;
      const storage = new Storage(engine, { statementCacheSize, probe: new RowProbe(warm.value), ownCollations });
      if (migrations) migrate(storage, migrations);
      // It is the storage's now.
      this.#probe = undefined;
      return { storage, journalMode: journalModeOf(engine) };
    } catch (cause) {
      engine.close();
      throw openFailure(cause);
    }
  }

  /** Closes what was opened for a database that nobody wants any more. */
  close(): void {
    this.#probe?.then(
      (probe) => probe.close(),
      () => {},
    );
    this.#probe = undefined;
  }
}

/** Sets a connection up. Gives the names of the collations that it has from that. */
export function setUp(engine: Engine, setup: OpeningOptions['setup']): ReadonlySet<string> {
  const collations = new Set<string>();
  setup?.(new SetupDatabase(engine, (name) => collations.add(name)));
  return collations;
}

function journalModeOf(engine: Engine): string {
  const statement = engine.prepare('PRAGMA journal_mode', []);
  const [[mode] = []] = statement.all([]);
  statement.finalize();
  return String(mode);
}
