/** What is announced of writes, and what is not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstValueFrom } from 'rxjs';
import type { TableUpdates } from '../../lib/index.ts';
import { allEngines, type Bench, done, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

const schema = `
  CREATE TABLE list (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE todo (id INTEGER PRIMARY KEY, list INTEGER REFERENCES list ON DELETE CASCADE, title TEXT UNIQUE);
  CREATE TABLE log (todo INTEGER);
  CREATE TABLE setting (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE counter (id INTEGER PRIMARY KEY AUTOINCREMENT);
  CREATE VIEW todo_view AS SELECT * FROM todo;
  CREATE TRIGGER todo_log AFTER DELETE ON todo BEGIN INSERT INTO log VALUES (old.id); END;
  CREATE TRIGGER todo_view_insert INSTEAD OF INSERT ON todo_view BEGIN INSERT INTO todo (title) VALUES (new.title); END;
  CREATE VIRTUAL TABLE note USING fts5(body);
  INSERT INTO list VALUES (1, 'home');
  INSERT INTO todo VALUES (1, 1, 'one'), (2, 1, 'two'), (3, NULL, 'three');`;

const counts = (inserted: number, updated: number, deleted: number) => ({ inserted, updated, deleted });
const all = { ...counts(0, 0, 0), all: true };

for (const engine of allEngines) {
  const announced = (title: string, body: (bench: Bench) => Promise<unknown>, expected: Record<string, unknown>[]) =>
    it(title, () =>
      withServer(
        async (bench) => {
          await done(bench.db.executeScript(schema));
          const other = bench.server.connect();
          const updates = record(other.updates());
          // Whoever asked after subscribing knows that it was heard.
          await done(other.select('SELECT 1'));
          const end = record(bench.db.updates({ tables: ['the_end'] }));
          await body(bench);
          await done(bench.db.execute('CREATE TABLE the_end (a)'));
          await updates.until(({ last }) => last?.tables.has('the_end') === true);
          const heard = updates.values.slice(0, -1).map(({ tables }) => Object.fromEntries(tables));
          assert.deepEqual(heard, expected);
          await end.count(1);
          updates.unsubscribe();
          end.unsubscribe();
        },
        { engine },
      ),
    );
  const run =
    (sql: string) =>
    ({ db }: Bench) =>
      done(db.execute(sql));

  describe(`the updates on ${engine.name}`, () => {
    announced('count inserted rows', run("INSERT INTO list (name) VALUES ('a'), ('b')"), [{ list: counts(2, 0, 0) }]);
    announced('count updated rows', run("UPDATE list SET name = 'x'"), [{ list: counts(0, 1, 0) }]);
    announced('count deleted rows, truncation included', run('DELETE FROM setting'), []);
    announced('of an update or a delete that met no row are none', run('UPDATE todo SET title = 1 WHERE id > 9'), []);
    announced('of an insert that was ignored are none', run("INSERT OR IGNORE INTO todo (title) VALUES ('one')"), []);
    announced(
      'of RETURNING that gave no row are none',
      ({ db }) => done(db.select("INSERT OR IGNORE INTO todo (title) VALUES ('one') RETURNING id")),
      [],
    );
    announced('name the tables that triggers write', run('DELETE FROM todo WHERE id = 3'), [{ todo: all, log: all }]);
    announced('name the tables that cascades reach', run('DELETE FROM list'), [{ list: all, todo: all, log: all }]);
    announced('name the table behind a view', run("INSERT INTO todo_view (title) VALUES ('via view')"), [
      { todo: all },
    ]);
    announced('name a table without rowid', run("INSERT INTO setting VALUES ('a', 1)"), [{ setting: all }]);
    announced('name a virtual table, and not what it is made of', run("INSERT INTO note VALUES ('hello')"), [
      { note: all },
    ]);
    announced("leave SQLite's own tables out", run('INSERT INTO counter DEFAULT VALUES'), [
      { counter: counts(1, 0, 0) },
    ]);
    announced('do not know the counts of REPLACE', run('REPLACE INTO counter VALUES (1)'), [{ counter: all }]);
    announced(
      'of a transaction are one set, after the commit',
      ({ db }) =>
        done(
          db.transaction(async (tx) => {
            await done(tx.execute("INSERT INTO list (name) VALUES ('a')"));
            await done(tx.execute("UPDATE list SET name = 'b'"));
            await done(tx.execute('DELETE FROM log'));
          }),
        ),
      [{ list: counts(1, 2, 0) }],
    );
    announced(
      'of a batch are one set',
      ({ db }) =>
        done(
          db.batch((b) => {
            b.insert('list', [{ name: 'a' }, { name: 'b' }]);
            b.insert('log', [{ todo: 1 }]);
          }),
        ),
      [{ list: counts(2, 0, 0), log: counts(1, 0, 0) }],
    );
    announced(
      'leave out what a savepoint took back',
      ({ db }) =>
        done(
          db.transaction(async (tx) => {
            await done(tx.execute("INSERT INTO list (name) VALUES ('a')"));
            const inner = tx.transaction(async (deep) => {
              await done(deep.execute('INSERT INTO log VALUES (1)'));
              throw new Error('taken back');
            });
            await assert.rejects(done(inner));
          }),
        ),
      [{ list: counts(1, 0, 0) }],
    );
    announced(
      'of a nested commit are none when the outer transaction is rolled back',
      ({ db }) =>
        assert.rejects(
          done(
            db.transaction(async (tx) => {
              await done(tx.transaction((deep) => deep.execute('INSERT INTO log VALUES (1)')));
              throw new Error('taken back');
            }),
          ),
        ),
      [],
    );
    announced(
      'keep the rows that OR FAIL wrote before it failed',
      ({ db }) => assert.rejects(done(db.execute("INSERT OR FAIL INTO todo (title) VALUES ('new'), ('one')"))),
      [{ todo: all }],
    );
    announced(
      'of a changed schema name the tables that differ',
      async ({ db }) => {
        await done(db.execute('ALTER TABLE log ADD COLUMN at'));
        await done(db.execute('CREATE INDEX by_list ON todo (list)'));
        await done(db.execute('DROP TABLE setting'));
        await done(db.execute('VACUUM'));
      },
      [{ log: all }, { setting: all }],
    );
    announced(
      'of a schema that was rolled back are none',
      ({ db }) =>
        assert.rejects(
          done(
            db.transaction(async (tx) => {
              await done(tx.executeScript('CREATE TABLE gone (a); INSERT INTO gone VALUES (1)'));
              throw new Error('taken back');
            }),
          ),
        ),
      [],
    );

    it('are filtered by table, whatever the case of its name, and arrive asynchronously', () =>
      withServer(
        async ({ db }) => {
          await done(db.executeScript(schema));
          const filtered = record(db.updates({ tables: ['LOG', 'setting'] }));
          await done(db.execute("INSERT INTO list (name) VALUES ('a')"));
          await done(
            db.batch((b) => {
              b.insert('list', [{ name: 'b' }]);
              b.insert('log', [{ todo: 1 }]);
            }),
          );
          await filtered.count(1);
          assert.deepEqual([...filtered.values[0]!.tables.keys()], ['log']);
          assert.equal(filtered.values[0]!.origin, 'self');
          filtered.unsubscribe();
        },
        { engine },
      ));

    it('in a transaction are told statement by statement, and complete with it', () =>
      withServer(
        async ({ db }) => {
          await done(db.executeScript(schema));
          const heard = await firstValueFrom(
            db.transaction(async (tx) => {
              const updates = record<TableUpdates>(tx.updates());
              await done(tx.execute('INSERT INTO log VALUES (1)'));
              await done(tx.execute('INSERT INTO log VALUES (2)'));
              await updates.count(2);
              return updates;
            }),
          );
          await heard.over();
          assert.ok(heard.isComplete);
        },
        { engine },
      ));

    it('in an exclusive section are told commit by commit, and complete with it', () =>
      withServer(
        async ({ db }) => {
          await done(db.executeScript(schema));
          const outside = record(db.updates());
          const heard = await firstValueFrom(
            db.exclusive(async (section) => {
              const updates = record<TableUpdates>(section.updates());
              await done(section.execute('INSERT INTO log VALUES (1)'));
              await done(section.transaction((tx) => tx.execute('INSERT INTO list (name) VALUES (2)')));
              await updates.count(2);
              return updates;
            }),
          );
          await heard.over();
          assert.ok(heard.isComplete);
          assert.deepEqual(heard.values, outside.values);
          outside.unsubscribe();
        },
        { engine },
      ));
  });
}

describe('updates of some tables', () => {
  it('fold the case of names as SQLite does, which knows that of the letters of ASCII alone', () =>
    withServer(async ({ db }) => {
      await done(db.executeScript('CREATE TABLE Ä (a); CREATE TABLE ä (a)'));
      const updates = record(db.updates({ tables: ['Ä'] }));
      await done(db.select('SELECT 1'));
      await done(db.execute('INSERT INTO ä VALUES (1)'));
      await done(db.execute('INSERT INTO Ä VALUES (1)'));
      await updates.count(1);
      assert.deepEqual([...updates.values[0]!.tables.keys()], ['Ä']);
      updates.unsubscribe();
    }));
});
