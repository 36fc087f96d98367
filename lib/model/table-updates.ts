/** What one commit changed, table by table. */

/** How many rows of one table a commit changed. `all` is there where the counts are not known: any row may differ. */
export interface TableChange {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly all?: true;
}

/** The tables that one commit changed. */
export interface TableUpdates {
  /** Counts every commit up by one. */
  readonly version: number;
  /** By the table's name as the schema spells it; one of another database than `main` as `schema.name`. */
  readonly tables: ReadonlyMap<string, TableChange>;
  /** Who wrote: this Database, or another client of the same server. */
  readonly origin: 'self' | 'other';
}

/** Which updates a subscriber wants: those that touch one of the tables, whatever the case of their names. */
export interface UpdateFilter {
  readonly tables?: readonly string[] | undefined;
}
