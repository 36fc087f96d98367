/** What has been written and not yet told: the sum of the statements of one transaction. */
import type { TableChange } from '../model/table-updates.ts';
import { GatheredRows, type RowsOfTable } from './capture/changed-rows.ts';
import type { ChangeKind } from './footprint.ts';

type Counts = { inserted: number; updated: number; deleted: number; all?: true };

const noTables: ReadonlyMap<string, TableChange> = new Map();
const noNames: ReadonlySet<string> = new Set();

/** Grows with each statement; a savepoint has its own, added to the outer one's only when it is released. */
export class Changes {
  // Made when they are needed: most operations change nothing.
  #tables: Map<string, Counts> | undefined;
  #internal: Set<string> | undefined;
  #rows: Map<string, GatheredRows> | undefined;
  #everything = false;

  /** By table, without SQLite's own. */
  get tables(): ReadonlyMap<string, TableChange> {
    return this.#tables ?? noTables;
  }

  /** SQLite's own tables that were written, such as sqlite_sequence. */
  get internal(): ReadonlySet<string> {
    return this.#internal ?? noNames;
  }

  /** Any query may be concerned: the schema changed, or what was written cannot be named. */
  get everything(): boolean {
    return this.#everything;
  }

  get isEmpty(): boolean {
    return this.#tables === undefined && !this.#everything;
  }

  count(table: string, kind: ChangeKind, rows: number): void {
    this.#countsOf(table)[kind] += rows;
  }

  /** Rows of a table changed in number or kind unknown. Which, {@link rows} tells. */
  uncounted(table: string): void {
    this.#countsOf(table).all = true;
  }

  /** All rows of a table may have changed. */
  all(table: string): void {
    this.uncounted(table);
    this.rows(table, 'unknown');
  }

  /** These rows of a table changed, beside those that were told. Once unknown, they stay so. */
  rows(table: string, rows: RowsOfTable): void {
    this.#rows ??= new Map();
    const gathered = this.#rows.get(table) ?? new GatheredRows();
    this.#rows.set(table, gathered);
    gathered.add(rows);
  }

  rowsOf(table: string): RowsOfTable {
    return this.#rows?.get(table)?.rows ?? 'unknown';
  }

  /** A table may have changed, of which nothing is announced. */
  touch(table: string): void {
    this.#internal ??= new Set();
    this.#internal.add(table);
    this.rows(table, 'unknown');
  }

  touchEverything(): void {
    this.#everything = true;
  }

  add(other: Changes): void {
    for (const [table, counts] of other.tables) {
      const mine = this.#countsOf(table);
      mine.inserted += counts.inserted;
      mine.updated += counts.updated;
      mine.deleted += counts.deleted;
      if (counts.all) mine.all = true;
      this.rows(table, other.rowsOf(table));
    }
    for (const table of other.internal) this.touch(table);
    this.#everything ||= other.#everything;
  }

  #countsOf(table: string): Counts {
    this.#tables ??= new Map();
    const counts = this.#tables.get(table) ?? { inserted: 0, updated: 0, deleted: 0 };
    this.#tables.set(table, counts);
    return counts;
  }
}
