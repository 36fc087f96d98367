/** How a live query is kept current, in words. */

export interface WatchExplanation {
  /**
   * `'rows'`: the rows of the result behind which a row changed are read again. `'groups'`: the groups that a changed row is or
   * was in. `'whole'`: the query runs whole, and the results are compared.
   */
  readonly result: 'rows' | 'groups' | 'whole';
  /** Why it is so. */
  readonly why: string;
  readonly tables: readonly WatchedTable[];
  /** All of this, to be printed. */
  readonly text: string;
}

/** Which changes of a table concern the query. */
export interface WatchedTable {
  readonly table: string;
  /** An update that leaves these columns as they are does not concern it. */
  readonly columns: readonly string[] | 'all';
  /**
   * For each use of the table, what a row must meet, before or after its change, to concern the query; `'any'` where each
   * changed row does, `'table'` where rows are not looked at.
   */
  readonly rows: readonly string[] | 'any' | 'table';
  /** The columns by whose values the query is found, among all of its text, without asking each. */
  readonly foundBy: readonly string[];
}
