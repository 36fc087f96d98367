/** What has been written and not yet told: the sum of the statements of one transaction. */
import type { TableChange } from '../model/table-updates.ts';
import type { ChangeKind } from './footprint.ts';

type Counts = { inserted: number; updated: number; deleted: number; all?: true };

/** Grows with each statement; a savepoint has its own, added to the outer one's only when it is released. */
export class Changes {
  readonly #tables = new Map<string, Counts>();
  readonly #internal = new Set<string>();
  #everything = false;

  /** By table, without SQLite's own. */
  get tables(): ReadonlyMap<string, TableChange> {
    return this.#tables;
  }

  /** SQLite's own tables that were written, such as sqlite_sequence. */
  get internal(): ReadonlySet<string> {
    return this.#internal;
  }

  /** Any query may be concerned: the schema changed, or what was written cannot be named. */
  get everything(): boolean {
    return this.#everything;
  }

  get isEmpty(): boolean {
    return this.#tables.size === 0 && !this.#everything;
  }

  count(table: string, kind: ChangeKind, rows: number): void {
    this.#countsOf(table)[kind] += rows;
  }

  /** Rows of a table changed in number or kind unknown. */
  all(table: string): void {
    this.#countsOf(table).all = true;
  }

  touchInternal(table: string): void {
    this.#internal.add(table);
  }

  touchEverything(): void {
    this.#everything = true;
  }

  add(other: Changes): void {
    for (const [table, counts] of other.#tables) {
      const mine = this.#countsOf(table);
      mine.inserted += counts.inserted;
      mine.updated += counts.updated;
      mine.deleted += counts.deleted;
      if (counts.all) mine.all = true;
    }
    for (const table of other.#internal) this.#internal.add(table);
    this.#everything ||= other.#everything;
  }

  #countsOf(table: string): Counts {
    let counts = this.#tables.get(table);
    if (counts === undefined) {
      counts = { inserted: 0, updated: 0, deleted: 0 };
      this.#tables.set(table, counts);
    }
    return counts;
  }
}
