/** The notes that all threads write and read: their table, and the queries on it. */
import { sql } from 'sluice';

/** Whoever starts the server runs these; whoever joins it finds them done. */
export const migrations = [
  `CREATE TABLE note (id INTEGER PRIMARY KEY, author TEXT NOT NULL, round INTEGER NOT NULL) STRICT;
   CREATE TABLE report (reader TEXT PRIMARY KEY, holdsServer INTEGER NOT NULL, results INTEGER NOT NULL) STRICT;
   CREATE TABLE sighting (reader TEXT NOT NULL, author TEXT NOT NULL, notes INTEGER NOT NULL) STRICT;`,
];

export const authors = ['Ada', 'Ben', 'Cleo'] as const;
export type Author = (typeof authors)[number];

/** How many notes each author writes. */
export const rounds = 5;

export interface Note {
  readonly id: number;
  readonly author: Author;
  readonly round: number;
}

export const allNotes = sql<Note>`SELECT id, author, round FROM note ORDER BY id`;

/** What a thread has to tell when it has seen everything. */
export interface Report {
  readonly reader: Author;
  /** 1 in the thread that started the server, 0 in those that joined it. */
  readonly holdsServer: number;
  /** How many results its live query gave, from none of the notes to all of them. */
  readonly results: number;
}

export const allReports = sql<Report>`SELECT reader, holdsServer, results FROM report ORDER BY reader`;

/** How many notes of an author a thread saw. */
export interface Sighting {
  readonly reader: Author;
  readonly author: Author;
  readonly notes: number;
}

export const allSightings = sql<Sighting>`SELECT reader, author, notes FROM sighting ORDER BY reader, author`;
