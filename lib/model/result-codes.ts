/** SQLite's result codes of which the layer itself speaks. Source: https://sqlite.org/rescode.html */

/** The codes that the layer itself looks for or gives. */
export const SQLITE = {
  OK: 0,
  ERROR: 1,
  BUSY: 5,
  READONLY: 8,
  INTERRUPT: 9,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  SCHEMA: 17,
  CONSTRAINT: 19,
  CONSTRAINT_DATATYPE: 3091,
  MISMATCH: 20,
  MISUSE: 21,
  RANGE: 25,
  NOTADB: 26,
} as const;

/** The name of one of these; all others are known where SQLite is. */
export function ownCodeName(code: number): string {
  const [name = 'ERROR'] = Object.entries(SQLITE).find(([, own]) => own === code) ?? [];
  return `SQLITE_${name}`;
}
