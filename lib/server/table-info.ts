/** What is known of a table before its columns are asked for. */

/** A table as the outside knows it. */
export interface TableInfo {
  /** As the schema spells it; of another database than `main` as `schema.name`. */
  readonly name: string;
  /** SQLite's own bookkeeping, such as `sqlite_sequence`: it can be watched and is never announced. */
  readonly internal: boolean;
  /** A constraint of it resolves conflicts by REPLACE: any write to it may delete other rows. */
  readonly replaces: boolean;
  readonly virtual?: { readonly module: string; readonly sql: string };
}
