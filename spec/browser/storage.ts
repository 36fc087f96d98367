/** A database in the site's files outlives its page, and belongs to one worker at a time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { WithDesk } from './workbench.ts';

const oneColumn = ['CREATE TABLE t (id INTEGER PRIMARY KEY, v)'];

export function storageSpecs(withDesk: WithDesk): void {
  describe('a database in the files of a site', () => {
    for (const journal of ['rollback', 'wal'] as const) {
      it(`is there again after the page was reloaded, journal: ${journal}`, () =>
        withDesk(async ({ open }) => {
          const page = await open();
          const task = { name: 'kept', journal, migrations: oneColumn };
          await page.evaluate(async (task) => {
            const { start, done } = lab;
            const db = start(task).connect();
            for (let n = 0; n < 20; n++) await done(db.execute('INSERT INTO t (v) VALUES (?)', [n]));
          }, task);
          // The page is gone in the middle of things: nobody shut the server down.
          await page.reload();
          const kept = await page.evaluate(async (task) => {
            const { start, done } = lab;
            const db = start(task).connect();
            await done(db.execute('INSERT INTO t (v) VALUES (?)', ['after']));
            return done(
              db.select(
                'SELECT count(*) AS n, max(v) AS last, (PRAGMA_integrity) AS ok FROM t, (SELECT integrity_check AS PRAGMA_integrity FROM pragma_integrity_check)',
              ),
            );
          }, task);
          assert.deepEqual(kept, [{ n: 21, last: 'after', ok: 'ok' }]);
        }));
    }

    for (const journal of ['rollback', 'wal'] as const) {
      it(`goes on where another is attached, and commits to both as one, journal: ${journal}`, () =>
        withDesk(async ({ open }) => {
          const page = await open();
          const rows = await page.evaluate(
            async (task) => {
              const { start, done, rxjs } = lab;
              const db = start(task).connect();
              await done(db.execute("ATTACH '/other' AS other"));
              await done(db.execute('CREATE TABLE other.u (v)'));
              await done(db.execute("INSERT INTO t (v) VALUES ('alone')"));
              const both$ = db.transaction((tx) =>
                rxjs.concat(
                  tx.execute("INSERT INTO t (v) VALUES ('both')"),
                  tx.execute("INSERT INTO other.u VALUES ('both')"),
                ),
              );
              await done(both$);
              return done(db.select('SELECT v FROM t UNION ALL SELECT v FROM other.u'));
            },
            { name: 'two', journal, migrations: oneColumn },
          );
          assert.deepEqual(rows, [{ v: 'alone' }, { v: 'both' }, { v: 'both' }]);
        }));
    }

    it('is told from others by its name, whatever is in it', () =>
      withDesk(async ({ open }) => {
        const page = await open();
        const names = ['a', 'A', 'a/b', '..'];
        const found = await page.evaluate((names) => {
          const { start, done } = lab;
          const visit = async (name: string) => {
            const server = start({ name, migrations: ['CREATE TABLE t (v)'] });
            const db = server.connect();
            await done(db.execute('INSERT INTO t VALUES (?)', [name]));
            const rows = await done(db.select<{ v: string }>('SELECT v FROM t'));
            await done(server.shutdown());
            return rows!.map(({ v }) => v);
          };
          return Promise.all(names.map((name) => visit(name).then(() => visit(name))));
        }, names);
        assert.deepEqual(
          found,
          names.map((name) => [name, name]),
        );
      }));

    it('that another page has open is busy, by name, and can be had when that page is gone', () =>
      withDesk(async ({ open }) => {
        const [first, second] = [await open(), await open()];
        const task = { name: 'shared', busyTimeoutMs: 100, migrations: oneColumn };
        const insert = (page: Page) =>
          page.evaluate(async (task) => {
            const { start, done, failureOf } = lab;
            globalThis.db ??= start(task).connect();
            return failureOf(done(globalThis.db.execute('INSERT INTO t (v) VALUES (1)')));
          }, task);
        assert.equal(await insert(first), undefined);
        const refused = await insert(second);
        assert.deepEqual(refused?.kinds, ['BusyError', 'SluiceError', 'StatementError']);
        assert.match(refused!.message, /'shared' is open in another tab or worker of this site/);
        // Nothing was written, or forgotten, meanwhile.
        assert.equal(await insert(first), undefined);
        await first.close();
        assert.equal(await insert(second), undefined);
        const rows = await second.evaluate(() => lab.done(globalThis.db.select('SELECT count(*) AS n FROM t')));
        assert.deepEqual(rows, [{ n: 3 }]);
      }));

    it('waits for the page before it to let go, no longer than it is told', () =>
      withDesk(async ({ open }) => {
        const [first, second] = [await open(), await open()];
        const task = { name: 'handed-over', migrations: oneColumn };
        await first.evaluate(async (task) => {
          globalThis.server = lab.start(task);
          await lab.done(globalThis.server.connect().execute('INSERT INTO t (v) VALUES (1)'));
        }, task);
        const waiting = second.evaluate(
          (task) => lab.done(lab.start(task).connect().select('SELECT count(*) AS n FROM t')),
          task,
        );
        await first.evaluate(() => lab.done(globalThis.server.shutdown()));
        assert.deepEqual(await waiting, [{ n: 1 }]);
      }));
  });
}
