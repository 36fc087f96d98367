/** One server for all tabs of an origin: who shares it, and who does not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { openPage } from '../support/browser.ts';
import type { WithDesk } from './workbench.ts';

const oneColumn = ['CREATE TABLE t (id INTEGER PRIMARY KEY, v)'];

export function tabSpecs(withDesk: WithDesk): void {
  describe('a name in a browser', () => {
    it('is one server for all tabs of the origin, and one of them leads', () =>
      withDesk(async ({ open }) => {
        const [first, second, third] = [await open(), await open(), await open()];
        const pages = [first, second, third];
        for (const page of [first, second]) await takePart(page);
        await third.evaluate(() => {
          globalThis.server = lab.attach('shared');
          globalThis.db = globalThis.server.connect();
        });
        for (const page of pages) await insert(page);
        assert.deepEqual(await Promise.all(pages.map(count)), [3, 3, 3]);
        assert.deepEqual(await Promise.all(pages.map(leads)), [true, false, false]);
        await first.close();
        await insert(third);
        assert.deepEqual(await Promise.all([second, third].map(count)), [4, 4]);
        assert.deepEqual(await Promise.all([second, third].map(leads)), [true, false]);
      }));

    it('is one server for each name', () =>
      withDesk(async ({ open }) => {
        const [first, second] = [await open(), await open()];
        await takePart(first, 'one');
        await takePart(second, 'other');
        await insert(first);
        assert.deepEqual(await Promise.all([first, second].map(count)), [1, 0]);
        assert.deepEqual(await Promise.all([first, second].map(leads)), [true, true]);
      }));

    it('stands for another server in another profile, such as a private window', () =>
      withDesk(async ({ open, browser, origin }) => {
        const first = await open();
        const other = await browser.newContext();
        try {
          const second = await openPage(other, `${origin}/`, (complaint) => assert.fail(complaint));
          for (const page of [first, second]) await takePart(page);
          await insert(first);
          assert.deepEqual(await Promise.all([first, second].map(count)), [1, 0]);
          assert.deepEqual(await Promise.all([first, second].map(leads)), [true, true]);
        } finally {
          await other.close();
        }
      }));

    it('holds within a page where the browser has no locks for it', () =>
      withDesk(async ({ open, insecureOrigin }) => {
        const page = await open({ origin: insecureOrigin });
        const rows = await page.evaluate(async () => {
          const { start, attach, done } = lab;
          const server = start({}, { name: 'here' });
          await done(server.connect().executeScript('CREATE TABLE t (v); INSERT INTO t VALUES (1)'));
          return done(attach('here').connect().select('SELECT v FROM t'));
        });
        assert.deepEqual(rows, [{ v: 1 }]);
      }));

    it('is held by ports of it too, and tells what it is doing, in whatever tab', () =>
      withDesk(async ({ open }) => {
        const [first, second] = [await open(), await open()];
        for (const page of [first, second]) await takePart(page);
        const found = await second.evaluate(async () => {
          const { attach, done } = lab;
          const attached = attach(attach(globalThis.server.port()).port());
          const executed = await done(attached.connect().execute('INSERT INTO t (v) VALUES (1)'));
          const { clients } = (await done(attached.inspect()))!;
          return [executed?.changes, clients.length];
        });
        assert.deepEqual(found, [1, 3]);
      }));

    it('is free again after a shutdown, which every tab is told of', () =>
      withDesk(async ({ open }) => {
        const [first, second] = [await open(), await open()];
        for (const page of [first, second]) await takePart(page);
        await insert(second);
        await second.evaluate(() => lab.done(globalThis.server.shutdown()));
        await first.evaluate(() =>
          lab.rxjs.firstValueFrom(globalThis.server.state.pipe(lab.rxjs.filter((state) => state === 'closed'))),
        );
        const refused = await first.evaluate(() =>
          lab.failureOf(lab.done(lab.attach('shared').connect().select('SELECT 1'))),
        );
        assert.equal(refused?.name, 'OpenError');
        await takePart(second);
        assert.equal(await count(second), 1);
        assert.equal(await leads(second), true);
      }));

    it('is free after a shutdown, also where the tab that leads goes before it is down', () =>
      withDesk(async ({ open }) => {
        const [first, second] = [await open(), await open()];
        for (const page of [first, second]) await takePart(page);
        await first.evaluate(
          () =>
            new Promise<void>((resolve) => {
              const hold$ = lab.rxjs.defer(() => {
                resolve();
                return globalThis.db.select(
                  'WITH RECURSIVE n(v) AS (VALUES (1) UNION ALL SELECT v + 1 FROM n) SELECT max(v) FROM n',
                );
              });
              hold$.subscribe({ error: () => {} });
            }),
        );
        // Its worker is at work for ever.
        const down = await second.evaluateHandle(() => ({ done: lab.done(globalThis.server.shutdown()) }));
        await first.close();
        await down.evaluate(({ done }) => done);
        await takePart(second);
        assert.equal(await leads(second), true);
      }));

    it('is found by a tab that has no worker for it also while the only one that has starts another', () =>
      withDesk(async ({ open }) => {
        const [first, second] = [await open(), await open()];
        await takePart(first);
        await second.evaluate(async () => {
          globalThis.server = lab.attach('shared');
          globalThis.db = globalThis.server.connect();
          await lab.done(globalThis.db.select('SELECT 1'));
        });
        await first.evaluate(() => lab.workers[0]!.terminate());
        for (const page of [second, first]) await insert(page);
        assert.equal(await count(second), 2);
      }));

    it('is waited for where a worker is not ready yet, until the last tab that would lead is gone', () =>
      withDesk(async ({ open }) => {
        const [first, second] = [await open(), await open()];
        await first.evaluate(() => {
          lab.start({ name: 'late', serveAfterMs: 60_000 }, { name: 'late' }).connect().select('SELECT 1').subscribe();
        });
        await first.evaluate(async () => {
          while (!(await navigator.locks.query()).held!.some(({ name }) => name!.startsWith('sluice late')));
        });
        await second.evaluate(() => {
          globalThis.ending = lab.failureOf(lab.done(lab.attach('late').connect().select('SELECT 1')));
          globalThis.counts = [];
          void globalThis.ending.then(() => globalThis.counts.push(1));
        });
        // Where nobody would lead, that is told at once.
        await second.evaluate(() => lab.failureOf(lab.done(lab.attach('nobody').connect().select('SELECT 1'))));
        assert.deepEqual(await second.evaluate(() => globalThis.counts), []);
        await first.close();
        const failure = await second.evaluate(() => globalThis.ending);
        assert.match(failure!.message, /Nobody holds the name 'late'/);
      }));

    it('waits for no more locks in the page that leads, however many tabs come and go', () =>
      withDesk(async ({ open }) => {
        const first = await open();
        await takePart(first);
        const waiting = () => first.evaluate(async () => (await navigator.locks.query()).pending!.length);
        const before = await waiting();
        for (let n = 0; n < 3; n++) {
          const other = await open();
          await takePart(other);
          await other.close();
        }
        // Those of the last tab go a moment after it.
        while ((await waiting()) > before);
      }));

    it('gives a worker that ends again and again more and more time before the next is started', () =>
      withDesk(async ({ open }) => {
        const page = await open();
        const tookMs = await page.evaluate(async (migrations) => {
          const { start, rxjs, workers } = lab;
          const server = start({ name: 'dying', migrations }, { name: 'dying' });
          server.connect().watch('SELECT * FROM t').subscribe();
          const begun = performance.now();
          const deaths$ = server.state.pipe(
            rxjs.filter((state) => state === 'open'),
            rxjs.take(6),
            rxjs.tap(() => {
              for (const worker of workers) worker.terminate();
            }),
          );
          await rxjs.lastValueFrom(deaths$);
          return performance.now() - begun;
        }, oneColumn);
        assert.ok(tookMs >= 2500, `${tookMs} ms`);
      }));

    it('frees its queue at once of a tab that dies in a transaction, which is rolled back', () =>
      withDesk(async ({ open }) => {
        const [first, second] = [await open(), await open()];
        for (const page of [first, second]) await takePart(page);
        await second.evaluate(
          () =>
            new Promise<void>((resolve) => {
              globalThis.db
                .transaction((tx) =>
                  lab.rxjs.concat(
                    tx.execute('INSERT INTO t (v) VALUES (1)').pipe(lab.rxjs.tap(() => resolve())),
                    lab.rxjs.NEVER,
                  ),
                )
                .subscribe();
            }),
        );
        const waiting = insert(first);
        await second.close();
        await waiting;
        assert.equal(await count(first), 1);
      }));

    it('notes each write in its own transaction, and tells what that takes', (test) =>
      withDesk(async ({ open }) => {
        const page = await open();
        const [noted, alone] = await page.evaluate(async (migrations) => {
          const { start, done, rxjs } = lab;
          const sides = [true, false].map((exactlyOnce) => {
            const name = `noted ${exactlyOnce}`;
            return { db: start({ name, migrations }, { name, exactlyOnce }).connect(), times: [] as number[] };
          });
          for (let round = 0; round < 60; round++) {
            for (const { db, times } of sides) {
              const begun = performance.now();
              await rxjs.lastValueFrom(db.execute('INSERT INTO t (v) VALUES (1)'));
              times.push(performance.now() - begun);
            }
          }
          for (const { db } of sides) await done(db.close());
          return sides.map(({ times }) => times.sort((a, b) => a - b)[30]!);
        }, oneColumn);
        assert.ok(noted! > 0);
        test.diagnostic(`a commit that is noted ${noted!.toFixed(2)} ms, one that is not ${alone!.toFixed(2)} ms`);
      }));

    it('answers other tabs as fast as a channel between them allows', (test) =>
      withDesk(async ({ open }) => {
        const [first, second] = [await open(), await open()];
        for (const page of [first, second]) await takePart(page);
        await insert(first);
        const ms = await second.evaluate(async () => {
          const times: number[] = [];
          for (let n = 0; n < 500; n++) {
            const start = performance.now();
            await lab.done(globalThis.db.select('SELECT v FROM t WHERE id = 1'));
            times.push(performance.now() - start);
          }
          return times.sort((a, b) => a - b)[250]!;
        });
        test.diagnostic(`point query of another tab ${ms.toFixed(2)} ms`);
      }));
  });
}

/** Spawns the server of that name, over a database of that name, and connects to it. */
export function takePart(page: Page, name = 'shared', migrations = oneColumn, leaderTimeoutMs = 10_000): Promise<void> {
  return page.evaluate(
    async ([name, migrations, leaderTimeoutMs]) => {
      globalThis.server = lab.start({ name, migrations: [...migrations] }, { name, leaderTimeoutMs });
      globalThis.db = globalThis.server.connect();
      await lab.done(globalThis.db.select('SELECT 1'));
    },
    [name, migrations, leaderTimeoutMs] as const,
  );
}

export async function insert(page: Page): Promise<void> {
  await page.evaluate(() => lab.done(globalThis.db.execute('INSERT INTO t (v) VALUES (1)')));
}

export function count(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const [row] = (await lab.done(globalThis.db.select<{ n: number }>('SELECT count(*) AS n FROM t')))!;
    return row!.n;
  });
}

export function leads(page: Page): Promise<boolean> {
  return page.evaluate(() => lab.rxjs.firstValueFrom(globalThis.server.leads));
}
