/** The SQL functions that a connection knows, and what may be relied on of them. */
import type { SqlValue } from '../model/values.ts';

/** SQLite counts these as deterministic, and they know `now`. https://sqlite.org/lang_datefunc.html */
const readsTheClock = new Set(['date', 'time', 'datetime', 'julianday', 'unixepoch', 'strftime', 'timediff']);

/** Read as they are asked for. Names are in lower case. */
export class SqlFunctions {
  readonly #all: (sql: string) => SqlValue[][];
  #deterministic: ReadonlySet<string> | undefined;
  #aggregates: ReadonlySet<string> | undefined;
  #builtIn: ReadonlySet<string> | undefined;

  /** `all` gives the rows of a query. */
  constructor(all: (sql: string) => SqlValue[][]) {
    this.#all = all;
  }

  /** The scalar functions that give the same for the same arguments, and are SQLite's own. */
  get deterministic(): ReadonlySet<string> {
    this.#deterministic ??= new Set(
      this.#names(`SELECT lower(name) FROM pragma_function_list WHERE type = 's'
        GROUP BY lower(name) HAVING min(flags & 0x800) > 0 AND min(builtin) = 1`).filter(
        (name) => !readsTheClock.has(name),
      ),
    );
    return this.#deterministic;
  }

  /** The functions of a group or a window. */
  get aggregates(): ReadonlySet<string> {
    this.#aggregates ??= new Set(
      this.#names(`SELECT DISTINCT lower(name) FROM pragma_function_list WHERE type IN ('a', 'w')`),
    );
    return this.#aggregates;
  }

  /** Those that are SQLite's own, whatever the number of arguments. */
  get builtIn(): ReadonlySet<string> {
    this.#builtIn ??= new Set(
      this.#names('SELECT lower(name) FROM pragma_function_list GROUP BY lower(name) HAVING min(builtin) = 1'),
    );
    return this.#builtIn;
  }

  #names(sql: string): string[] {
    return this.#all(sql).map(([name]) => String(name));
  }
}
