/** A PRAGMA changes what statements do that were prepared before it, and so what they are known to write. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstValueFrom } from 'rxjs';
import { done, fileEngines, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

for (const engine of fileEngines) {
  describe(`PRAGMA foreign_keys on ${engine.name}`, () => {
    it('makes a DELETE cascade that did not before, and live queries on the other table follow', () =>
      withServer(
        async ({ db }) => {
          await done(db.execute('PRAGMA foreign_keys = OFF'));
          await done(
            db.executeScript(`
              CREATE TABLE parent (id INTEGER PRIMARY KEY);
              CREATE TABLE child (parent INTEGER REFERENCES parent ON DELETE CASCADE);
              INSERT INTO parent VALUES (1), (2);
              INSERT INTO child VALUES (1), (2);`),
          );
          const remove = (id: number) => done(db.execute('DELETE FROM parent WHERE id = ?', [id]));
          await remove(9);
          await done(db.execute('PRAGMA foreign_keys = ON'));
          const watched = await record(db.watch('SELECT parent FROM child')).count(1);
          await remove(1);
          await watched.count(2);
          assert.deepEqual(watched.last, [{ parent: 2 }]);
          assert.deepEqual(await firstValueFrom(db.select('SELECT parent FROM child')), watched.last);
          watched.unsubscribe();
        },
        { engine },
      ));
  });
}
