/** Another process on the same file: its commits are seen, though nothing tells of them. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import Driver from 'better-sqlite3';
import { combineLatest, firstValueFrom } from 'rxjs';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { BusyError, type Database, host, spawn } from '../../lib/index.ts';
import { done, type EngineCase, fileEngines, onBetterSqlite3, withFile, withServer } from '../support/databases.ts';
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

    it('may change it between two reads of one turn: each has as many columns as there are then', () =>
      withServer(
        async ({ db, file }) => {
          for (const rows of [3, 3000]) {
            await done(
              db.executeScript(`
                DROP TABLE IF EXISTS t; CREATE TABLE t (a, b);
                WITH RECURSIVE i(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < ${rows}) INSERT INTO t SELECT i, 2 FROM i`),
            );
            const select$ = db.select('SELECT * FROM t');
            for (const [change, row] of [
              ['ALTER TABLE t ADD COLUMN c DEFAULT 7', { a: rows, b: 2, c: 7 }],
              ['ALTER TABLE t DROP COLUMN b', { a: rows, c: 7 }],
            ] as const) {
              await firstValueFrom(select$);
              const changed = done(db.select('SELECT run_outside(?, ?, ?)', [engine.name, file, change]));
              const [seen] = await Promise.all([firstValueFrom(select$), changed]);
              assert.deepEqual([seen.length, seen.at(-1)], [rows, row]);
            }
          }
        },
        { engine, module: new URL('../support/outside-setup.ts', import.meta.url) },
      ));

    it('is seen in an exclusive section as well, also where it changes the schema', () =>
      withServer(
        async ({ db, file }) => {
          await done(db.executeScript('CREATE TABLE t (a, b, c); INSERT INTO t VALUES (1, 2, 3)'));
          const outside = new DatabaseSync(file);
          const body = db.exclusive(async (section) => {
            const watched = await record(section.watch('SELECT c FROM t')).count(1);
            assert.deepEqual(await firstValueFrom(section.select('SELECT * FROM t')), [{ a: 1, b: 2, c: 3 }]);
            outside.exec('ALTER TABLE t DROP COLUMN a; UPDATE t SET c = 4');
            assert.deepEqual(await firstValueFrom(section.select('SELECT * FROM t')), [{ b: 2, c: 4 }]);
            await watched.count(2);
            assert.deepEqual(watched.last, [{ c: 4 }]);
          });
          await done(body);
          outside.close();
        },
        { engine },
      ));

    for (const [method, write] of [
      ['execute', (db: Database) => db.execute('INSERT INTO t (b) VALUES (7)')],
      ['select', (db: Database) => db.select('INSERT INTO t (b) VALUES (7) RETURNING b')],
    ] as const) {
      it(`may change the schema while a write waits for it, and what it writes is followed: ${method}`, () =>
        withServer(
          async ({ db, file }) => {
            await done(db.executeScript('CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2)'));
            const watched = await record(db.watch('SELECT * FROM t ORDER BY b')).count(1);
            // The values of `a` are captured for it, until there are none.
            const failing = await record(db.watch('SELECT b FROM t WHERE a > 0')).count(1);
            await done(db.execute('INSERT INTO t VALUES (3, 4)'));
            await watched.count(2);
            // Two libraries in one process do not see each other's locks. https://sqlite.org/howtocorrupt.html#posix_close_bug
            const outside = engine === onBetterSqlite3 ? new Driver(file) : new DatabaseSync(file);
            outside.exec('BEGIN IMMEDIATE; ALTER TABLE t DROP COLUMN a');
            const written = done<unknown>(write(db));
            // Sooner or later, the write comes out the same; by now it waits for the lock.
            await wait(30);
            outside.exec('COMMIT');
            outside.close();
            await written;
            while (watched.last?.length !== 3) await watched.count(watched.values.length + 1);
            assert.deepEqual(watched.last, [{ b: 2 }, { b: 4 }, { b: 7 }]);
            assert.match(String((await failing.over()).error), /no such column: a/);
            watched.unsubscribe();
          },
          { engine },
        ));
    }

    it('is seen in an attached database, also where it changes the schema, until that is detached', () =>
      withServer(
        async ({ db, file }) => {
          const second = `${file}.second`;
          const outside = engine === onBetterSqlite3 ? new Driver(second) : new DatabaseSync(second);
          outside.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 2)');
          await done(db.execute(`ATTACH '${second}' AS second`));
          const watched = await record(db.watch('SELECT a FROM second.t')).count(1);
          const updates = record(db.updates());
          outside.exec('INSERT INTO t VALUES (3, 4)');
          await watched.count(2);
          assert.deepEqual(watched.last, [{ a: 1 }, { a: 3 }]);
          await updates.count(1);
          assert.ok(updates.last!.tables.has('second.t'));
          const select$ = db.select('SELECT * FROM second.t ORDER BY rowid LIMIT 1');
          assert.deepEqual(await firstValueFrom(select$), [{ a: 1, b: 2 }]);
          for (const [change, row] of [
            ['ALTER TABLE t ADD COLUMN c DEFAULT 7', { a: 1, b: 2, c: 7 }],
            ['ALTER TABLE t DROP COLUMN b', { a: 1, c: 7 }],
          ] as const) {
            outside.exec(change);
            assert.deepEqual(await firstValueFrom(select$), [row]);
          }
          watched.unsubscribe();
          updates.unsubscribe();
          await done(db.execute('DETACH second'));
          outside.exec('INSERT INTO t VALUES (5, 6)');
          outside.close();
          assert.deepEqual(await firstValueFrom(db.select('SELECT 1 AS one')), [{ one: 1 }]);
        },
        { engine },
      ));
  });
}

it('a writer of a file that is attached to a database in memory is seen', () =>
  withFile(async (file) => {
    const outside = new Driver(file);
    outside.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a)');
    const server = host(betterSqlite3({}), { setup: (own) => own.exec(`ATTACH '${file}' AS second`) });
    const watched = await record(server.connect().watch('SELECT a FROM t')).count(1);
    outside.exec('INSERT INTO t VALUES (1)');
    await watched.count(2);
    assert.deepEqual(watched.last, [{ a: 1 }]);
    watched.unsubscribe();
    outside.close();
    await done(server.shutdown());
  }));

describe('a process that keeps the file to itself', () => {
  const impatient: EngineCase = {
    name: 'better-sqlite3',
    spec: (file) => betterSqlite3({ file, busyTimeoutMs: 50 }),
  };

  it('fails what needs the file, by name, and nothing else; then its commit is seen', () =>
    withServer(
      async ({ db, file }) => {
        await done(db.executeScript('CREATE TABLE t (a); INSERT INTO t VALUES (1)'));
        const watched = await record(db.watch('SELECT a FROM t')).count(1);
        const outside = new Driver(file);
        outside.exec(
          'BEGIN EXCLUSIVE; INSERT INTO t VALUES (2); ALTER TABLE t RENAME COLUMN a TO b; ALTER TABLE t ADD a DEFAULT 5',
        );
        for (let n = 0; n < 3; n++) {
          assert.deepEqual(await done(db.select('SELECT 1 AS one')), [{ one: 1 }]);
          for (const operation of [db.select('SELECT * FROM t'), db.execute('DELETE FROM t')])
            assert.ok((await record<unknown>(operation).over()).error instanceof BusyError);
        }
        assert.deepEqual(watched.values, [[{ a: 1 }]]);
        outside.exec('COMMIT');
        outside.close();
        await watched.count(2);
        assert.deepEqual(watched.last, [{ a: 5 }, { a: 5 }]);
        watched.unsubscribe();
      },
      { engine: impatient, module: new URL('../support/rollback-journal.ts', import.meta.url) },
    ));

  it('does not keep a server that notes its writes from opening: it reads, and then sees the commit', () =>
    withFile(async (file) => {
      const outside = new Driver(file);
      outside.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
      const server = spawn(impatient.spec(file), { restart: true, exactlyOnce: true });
      const db = server.connect();
      const watched = await record(db.watch('SELECT a FROM t')).count(1);
      assert.deepEqual(watched.last, []);
      assert.deepEqual(await firstValueFrom(combineLatest([server.state, db.state])), ['open', 'open']);
      assert.ok((await record(db.execute('INSERT INTO t VALUES (2)')).over()).error instanceof BusyError);
      outside.exec('COMMIT');
      outside.close();
      await watched.count(2);
      assert.deepEqual(watched.last, [{ a: 1 }]);
      await done(db.execute('INSERT INTO t VALUES (2)'));
      await watched.count(3);
      await done(server.shutdown());
    }));
});
