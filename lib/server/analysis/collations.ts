/** The collating sequences whose order is known here. https://sqlite.org/datatype3.html#collating_sequences */

export const builtInCollations: ReadonlySet<string> = new Set(['BINARY', 'NOCASE', 'RTRIM']);

/** A collation's name as columns have it, from how SQL writes it. */
export function collationNamed(written: string): string {
  return written.replaceAll(/["'`[\]]/g, '').toUpperCase();
}

/** Those of SQLite, but for the names that the application gave a collation of its own. */
export function knownCollations(own: Iterable<string>): ReadonlySet<string> {
  const known = new Set(builtInCollations);
  for (const name of own) known.delete(collationNamed(name));
  return known;
}
