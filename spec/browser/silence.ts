/** A tab that leads and says nothing: because it is busy, or because the system has put it to sleep. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { count, insert, leads, takePart } from './tabs.ts';
import type { WithDesk } from './workbench.ts';

const migrations = ['CREATE TABLE t (id INTEGER PRIMARY KEY, v)'];
const impatiently = [undefined, migrations, 400] as const;

export function silenceSpecs(withDesk: WithDesk): void {
  describe('a tab that leads', () => {
    it('goes on leading while its page is busy, and others do not wait for that', () =>
      withDesk(async ({ open, profile }) => {
        const [first, second] = [await open(), await open()];
        for (const page of [first, second]) await takePart(page, ...impatiently);
        let answer = 'go on';
        await profile.route('**/busy', (route) => route.fulfill({ body: answer, contentType: 'text/plain' }));
        const asked = first.waitForEvent('request');
        const busy = first.evaluate(() => {
          const request = new XMLHttpRequest();
          do {
            // In one task: it waits here for each reply.
            request.open('GET', '/busy', false);
            request.send();
          } while (request.responseText === 'go on');
        });
        await asked;
        for (let n = 0; n < 20; n++) await insert(second);
        answer = 'enough';
        await busy;
        assert.equal(await count(second), 20);
        assert.deepEqual(await Promise.all([first, second].map(leads)), [true, false]);
      }));

    it('goes on leading while a statement takes long', () =>
      withDesk(async ({ open }) => {
        const [first, second] = [await open(), await open()];
        for (const page of [first, second]) await takePart(page, ...impatiently);
        const tookMs = await second.evaluate(async () => {
          const long =
            'WITH RECURSIVE n(v) AS (VALUES (1) UNION ALL SELECT v + 1 FROM n WHERE v < ?) SELECT count(*) FROM n';
          const start = performance.now();
          for (let rows = 1_000_000; performance.now() - start < 1500; rows *= 2)
            await lab.done(globalThis.db.select(long, [rows]));
          return performance.now() - start;
        });
        assert.ok(tookMs >= 1500);
        assert.deepEqual(await Promise.all([first, second].map(leads)), [true, false]);
      }));

    it('and whose worker is ended before it serves starts another', () =>
      withDesk(async ({ open }) => {
        const page = await open();
        await page.evaluate((migrations) => {
          const { start, workers, rxjs } = lab;
          globalThis.server = start({ name: 'shared', migrations }, { name: 'shared', leaderTimeoutMs: 400 });
          const begins$ = globalThis.server.leads.pipe(rxjs.filter(Boolean), rxjs.take(1));
          begins$.subscribe(() => workers[0]!.terminate());
          globalThis.db = globalThis.server.connect();
        }, migrations);
        await insert(page);
        assert.deepEqual([await count(page), await leads(page)], [1, true]);
      }));

    it('whose waiting worker was ended before its page is to lead starts another', () =>
      withDesk(async ({ open }) => {
        const [first, second, third] = [await open(), await open(), await open()];
        for (const page of [first, second, third]) await takePart(page, ...impatiently);
        await second.evaluate(() => lab.workers[0]!.terminate());
        await first.close();
        for (const page of [second, third]) await insert(page);
        assert.deepEqual(await Promise.all([second, third].map(count)), [2, 2]);
      }));

    it(
      'that sleeps is followed by another, and stands down when it wakes up: nothing is lost or doubled',
      withDesk.inChromium,
      () =>
        withDesk(async ({ browser, open }) => {
          const second = await open();
          const before = await renderers(browser);
          const first = await open();
          const sleepers = (await renderers(browser)).filter((id) => !before.includes(id));
          assert.ok(sleepers.length > 0);
          for (const page of [first, second]) await takePart(page, ...impatiently);
          await insert(second);
          for (const id of sleepers) process.kill(id, 'SIGSTOP');
          try {
            const writing = Promise.all(Array.from({ length: 10 }, () => insert(second)));
            await second.evaluate(() =>
              lab.rxjs.firstValueFrom(globalThis.server.leads.pipe(lab.rxjs.filter(Boolean))),
            );
            for (const id of sleepers) process.kill(id, 'SIGCONT');
            await writing;
          } finally {
            for (const id of sleepers) process.kill(id, 'SIGCONT');
          }
          await insert(first);
          assert.deepEqual(await Promise.all([first, second].map(count)), [12, 12]);
          assert.deepEqual(await Promise.all([first, second].map(leads)), [false, true]);
        }),
    );

    it(
      'that sleeps and keeps the files leaves it open what became of a write that it was sent, and not of a read',
      withDesk.inChromium,
      () =>
        withDesk(async ({ browser, open }) => {
          const second = await open();
          const before = await renderers(browser);
          const first = await open();
          const sleepers = (await renderers(browser)).filter((id) => !before.includes(id));
          for (const page of [first, second]) {
            await page.evaluate(async (migrations) => {
              const task = { name: 'kept', busyTimeoutMs: 200, migrations };
              globalThis.server = lab.start(task, { name: 'kept', leaderTimeoutMs: 400 });
              globalThis.db = globalThis.server.connect();
              await lab.done(globalThis.db.select('SELECT 1'));
            }, migrations);
          }
          for (const id of sleepers) process.kill(id, 'SIGSTOP');
          try {
            const failures = await second.evaluate(async () => {
              const { done, failureOf } = lab;
              const asked = [
                globalThis.db.execute('INSERT INTO t (v) VALUES (1)'),
                globalThis.db.select('WITH n(v) AS (VALUES (2)) INSERT INTO t (v) SELECT v FROM n RETURNING v'),
                globalThis.db.select('WITH n(v) AS (VALUES (2)) SELECT v FROM n'),
              ];
              const failures = await Promise.all(asked.map((work$) => failureOf(done<unknown>(work$))));
              // Nobody else was sent this one.
              return [...failures, await failureOf(done(globalThis.db.execute('INSERT INTO t (v) VALUES (3)')))];
            });
            assert.deepEqual(
              failures.map((failure) => failure?.name),
              ['OutcomeUnknownError', 'OutcomeUnknownError', 'BusyError', 'BusyError'],
            );
            assert.equal(failures[0]?.cause?.name, 'BusyError');
          } finally {
            for (const id of sleepers) process.kill(id, 'SIGCONT');
          }
        }),
    );
  });
}

/** The processes that run pages. */
async function renderers(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}
