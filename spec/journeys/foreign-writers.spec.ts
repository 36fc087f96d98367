/** Another process on the same file: its commits are seen, though nothing tells of them. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { firstValueFrom } from 'rxjs';
import { done, fileEngines, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

for (const engine of fileEngines) {
  describe(`a writer outside the server on ${engine.name}`, () => {
    it('runs the live queries of its file, and is announced', () =>
      withServer(
        async ({ db, file }) => {
          await done(db.executeScript('CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT)'));
          const watched = await record(db.watch('SELECT title FROM todo')).count(1);
          const updates = record(db.updates());
          const outside = new DatabaseSync(file);
          outside.exec("INSERT INTO todo (title) VALUES ('from outside')");
          await watched.count(2);
          assert.deepEqual(watched.last, [{ title: 'from outside' }]);
          await updates.count(1);
          assert.deepEqual([...updates.values[0]!.tables.keys()], ['todo']);
          assert.equal(updates.values[0]!.origin, 'other');
          outside.close();
          updates.unsubscribe();
        },
        { engine },
      ));

    it('may change the schema: rows have the columns that they have now', () =>
      withServer(
        async ({ db, file }) => {
          await done(db.executeScript('CREATE TABLE t (a, b, c); INSERT INTO t VALUES (1, 2, 3)'));
          const select$ = db.select('SELECT * FROM t');
          assert.deepEqual(await firstValueFrom(select$), [{ a: 1, b: 2, c: 3 }]);
          const outside = new DatabaseSync(file);
          outside.exec('ALTER TABLE t DROP COLUMN a');
          assert.deepEqual(await firstValueFrom(select$), [{ b: 2, c: 3 }]);
          outside.exec('ALTER TABLE t RENAME COLUMN b TO d');
          assert.deepEqual(await firstValueFrom(select$), [{ d: 2, c: 3 }]);
          outside.close();
        },
        { engine },
      ));
  });
}
