/** What a server does that dies at a chosen moment: each of the ways to die is gone once for each file. */
import { existsSync, writeFileSync } from 'node:fs';
import type { ServerEvent, SetupDatabase, SyncDatabase } from '../../lib/index.ts';

export const migrations = [
  'CREATE TABLE item (id INTEGER PRIMARY KEY, v); CREATE TABLE fatal (id INTEGER PRIMARY KEY, v); CREATE TABLE kept (v);',
];

export function setup(db: SetupDatabase): void {
  db.function('die_once', (file) => dieOnce(String(file)));
}

export const procedures = {
  /** Writes a row of `fatal`: the server dies once that is committed. */
  add(db: SyncDatabase, v: string): { readonly id: number | bigint; readonly of: readonly unknown[] } {
    return { id: db.execute('INSERT INTO fatal (v) VALUES (?)', [v]).lastInsertRowid, of: [v, 2n ** 60n, null] };
  },
  /** Dies before its transaction is committed, the first time that it is called. */
  addOrDie(db: SyncDatabase, v: string): number {
    db.execute('INSERT INTO item (v) VALUES (?)', [v]);
    const [place] = db.select<{ file: string }>("SELECT file FROM pragma_database_list WHERE name = 'main'");
    return dieOnce(String(place?.file));
  },
  /** Dies whenever it is called. */
  die(): void {
    process.exit();
  },
};

/** Whoever commits to `fatal` is not answered. */
export function onEvent(event: ServerEvent): void {
  if (event.kind === 'commit' && event.tables.some((table) => table === 'fatal' || table === 'made')) process.exit();
}

function dieOnce(file: string): number {
  const mark = `${file}.died`;
  if (existsSync(mark)) return 1;
  writeFileSync(mark, '');
  process.exit();
}
