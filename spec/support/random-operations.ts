/** Random operations of one client, from a seed: what may share a transaction with others, and what may not. */
import { map, type Observable } from 'rxjs';
import { type Database, versionOf } from '../../lib/index.ts';

export const randomSchema = `
  CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, stock INTEGER NOT NULL CHECK (stock >= 0));
  CREATE TABLE strict_item (id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK, name TEXT UNIQUE ON CONFLICT FAIL);
  CREATE TABLE part (id INTEGER PRIMARY KEY AUTOINCREMENT, item INTEGER REFERENCES item ON DELETE CASCADE);
  CREATE TABLE later (item INTEGER REFERENCES item DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE log (item INTEGER, stock INTEGER);
  CREATE VIRTUAL TABLE note USING fts5(text);
  CREATE TRIGGER noted AFTER UPDATE ON item BEGIN INSERT INTO log VALUES (new.id, new.stock); END;
  CREATE TRIGGER refused BEFORE INSERT ON part WHEN new.id = 13 BEGIN SELECT raise(ROLLBACK, 'thirteen'); END;`;

export const randomTables = ['item', 'strict_item', 'part', 'later', 'log', 'note'] as const;

/** Numbers below a limit, the same for the same seed. */
export function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    // https://en.wikipedia.org/wiki/Linear_congruential_generator, as in Numerical Recipes.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** One operation, whose result is the same wherever it runs after the same others. */
export function randomOperation(random: (limit: number) => number): (db: Database) => Observable<unknown> {
  const id = random(20);
  const name = `n${random(25)}`;
  const select =
    (sql: string) =>
    (db: Database): Observable<unknown> =>
      db.select(sql).pipe(map((rows) => ({ rows, version: versionOf(rows) })));
  const execute =
    (sql: string, params: readonly (string | number)[] = []) =>
    (db: Database): Observable<unknown> =>
      db.execute(sql, params);
  const insert = execute('INSERT INTO item VALUES (?, ?, ?)', [id, name, random(5) - 1]);
  const frequent = [
    insert,
    execute('INSERT INTO item (name, stock) VALUES (?, 3)', [name]),
    execute('UPDATE item SET stock = stock - 1 WHERE id >= ?', [id]),
    execute('DELETE FROM item WHERE id = ?', [id]),
    execute('INSERT INTO part (item) VALUES (?)', [id]),
    select('SELECT count(*), sum(stock), group_concat(name) FROM item'),
  ];
  const rare = [
    execute('INSERT OR REPLACE INTO item VALUES (?, ?, 1)', [id, name]),
    execute('INSERT OR IGNORE INTO item VALUES (?, ?, 1)', [id, name]),
    execute("INSERT OR IGNORE INTO item VALUES (?, ?, 1), ('x', 'no number', 1)", [id, name]),
    execute('INSERT OR FAIL INTO item VALUES (40, ?, 1), (41, ?, 1)', [name, `${name}x`]),
    execute('INSERT OR ROLLBACK INTO item VALUES (?, ?, 1)', [id, name]),
    execute('INSERT INTO strict_item VALUES (?, ?), (?, ?)', [id, name, id + 1, `${name}y`]),
    execute('INSERT INTO later VALUES (?)', [id]),
    execute('UPDATE later SET item = ?', [id]),
    execute('INSERT INTO note VALUES (?)', [name]),
    execute("INSERT INTO note (rowid, text) VALUES (1, 'first'), (?, 'second')", [random(3)]),
    execute('UPDATE item SET stock = abs(stock - 9223372036854775807 - ?)', [random(2)]),
    execute('PRAGMA defer_foreign_keys = ON'),
    execute('CREATE INDEX IF NOT EXISTS by_stock ON item (stock)'),
    execute('DROP INDEX IF EXISTS by_stock'),
    execute('INSERT INTO nowhere VALUES (1)'),
    execute('INSERT INTO item (name) VALUES (?, ?)', [1]),
    execute('INSERT INTO log SELECT id, stock FROM item'),
    select(`INSERT INTO item (name, stock) VALUES ('${name}', 1) RETURNING id, stock`),
    select('SELECT changes(), last_insert_rowid()'),
    select("SELECT count(*) FROM note WHERE note MATCH 'first'"),
    (db: Database) => db.executeScript(`UPDATE item SET stock = stock + 1; INSERT INTO log VALUES (${id}, 0)`),
    (db: Database) =>
      db.batch((batch) => {
        batch.insert('item', [
          { name, stock: 2 },
          { name: `${name}z`, stock: random(3) - 1 },
        ]);
        batch.execute('INSERT INTO log VALUES (?, -1)', [id]);
      }),
    (db: Database) => db.transaction((tx) => tx.execute('INSERT INTO log VALUES (?, -2)', [id])),
  ];
  const choices = random(3) > 0 ? frequent : rare;
  return choices[random(choices.length)]!;
}
