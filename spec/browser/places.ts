/** A database that was to be in the site's files, and has none, or no longer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { count, insert, takePart } from './tabs.ts';
import type { WithDesk } from './workbench.ts';

const oneColumn = ['CREATE TABLE t (id INTEGER PRIMARY KEY, v)'];

export function placeSpecs(withDesk: WithDesk): void {
  describe('a database in the files of a site', () => {
    it(
      'whose site is cleared while it is open is lost, by name, and where it restarts it begins anew',
      withDesk.inChromium,
      () =>
        withDesk(async ({ open, profile, origin }) => {
          const page = await open();
          await page.evaluate(async (migrations) => {
            const { start, done, failureOf, rxjs } = lab;
            globalThis.server = start({ name: 'cleared', migrations }, { restart: true });
            globalThis.restarted = rxjs.firstValueFrom(
              globalThis.server.state.pipe(rxjs.filter((state) => state === 'restarting')),
            );
            globalThis.db = globalThis.server.connect();
            globalThis.counts = [];
            globalThis.db
              .watch<{ n: number }>('SELECT count(*) AS n FROM t')
              .subscribe((rows) => globalThis.counts.push(rows[0]!.n));
            const ends = start({ name: 'ends', migrations });
            globalThis.ending = failureOf(rxjs.lastValueFrom(ends.connect().watch('SELECT * FROM t')));
            await done(ends.connect().execute('INSERT INTO t (v) VALUES (1)'));
            await done(globalThis.db.execute('INSERT INTO t (v) VALUES (1), (2)'));
          }, oneColumn);
          const session = await profile.newCDPSession(page);
          await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
          const found = await page.evaluate(async () => {
            const { done, failureOf, until } = lab;
            // Until it is noticed, writes may seem to succeed.
            await failureOf(done(globalThis.db.execute('INSERT INTO t (v) VALUES (3)')));
            await globalThis.restarted;
            await done(globalThis.db.execute('INSERT INTO t (v) VALUES (4)'));
            const rows = await done(globalThis.db.select('SELECT v FROM t'));
            await until(() => globalThis.counts.at(-1) === 1);
            return { rows, failure: await globalThis.ending };
          });
          assert.deepEqual(found.rows, [{ v: 4 }]);
          assert.deepEqual(found.failure?.kinds, ['ConnectionClosedError', 'SluiceError']);
          assert.deepEqual(found.failure?.cause?.kinds, ['SluiceError', 'StorageLostError']);
          assert.match(found.failure!.message, /data of this site were cleared/);
        }),
    );

    for (const isFreshFirst of [false, true]) {
      const when = isFreshFirst ? 'before' : 'after';
      it(
        `that tabs share, whose site is cleared, is lost for those that are open, and begins anew in a tab that asks ${when} they notice`,
        withDesk.inChromium,
        () =>
          withDesk(async ({ open, profile, origin }) => {
            const pages = [await open(), await open()];
            for (const page of pages) {
              await takePart(page);
              await insert(page);
            }
            const session = await profile.newCDPSession(pages[0]!);
            await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
            const begin = async () => {
              const fresh = await open();
              await takePart(fresh);
              await insert(fresh);
              return fresh;
            };
            const early = isFreshFirst ? await begin() : undefined;
            for (const page of pages) {
              const { failure, workers } = await page.evaluate(async () => {
                const { done, failureOf, rxjs, workers } = lab;
                let isClosed = false;
                globalThis.server.state.subscribe((state) => {
                  isClosed = state === 'closed';
                });
                // Until it is noticed, writes may seem to succeed.
                while (!isClosed) {
                  await failureOf(done(globalThis.db.execute('INSERT INTO t (v) VALUES (3)')));
                  await rxjs.firstValueFrom(rxjs.timer(50));
                }
                return { failure: await failureOf(done(globalThis.db.select('SELECT 1'))), workers: workers.length };
              });
              assert.deepEqual(failure?.cause?.kinds, ['SluiceError', 'StorageLostError']);
              assert.match(failure!.message, /load it again/);
              assert.ok(workers < 4, `${workers} workers were started`);
            }
            const fresh = early ?? (await begin());
            await pages[0]!.reload();
            await takePart(pages[0]!);
            await insert(fresh);
            assert.deepEqual(await Promise.all([fresh, pages[0]!].map(count)), [2, 2]);
          }),
      );
    }

    it('is not to be had where a site has no files, and the application is told why', () =>
      withDesk(async ({ open, insecureOrigin }) => {
        const page = await open({ origin: insecureOrigin });
        const found = await page.evaluate(async () => {
          const server = lab.start({ name: 'nowhere' });
          const failure = await lab.failureOf(lab.done(server.connect().executeScript('CREATE TABLE t (v)')));
          return { failure, state: await lab.rxjs.firstValueFrom(server.state) };
        });
        assert.deepEqual(found.failure?.kinds, ['OpenError', 'SluiceError', 'StorageUnavailableError']);
        assert.match(found.failure!.message, /only over https/);
        assert.equal(found.state, 'starting');
      }));

    it('lives in memory where a site has no files and the application prefers that, and the state says so', () =>
      withDesk(async ({ open, insecureOrigin }) => {
        const page = await open({ origin: insecureOrigin });
        const states = await page.evaluate(async () => {
          const server = lab.start({ name: 'nowhere', persistence: 'preferred' });
          const states: string[] = [];
          server.state.subscribe((state) => states.push(state));
          const db = server.connect();
          await lab.done(db.executeScript('CREATE TABLE t (v); INSERT INTO t VALUES (1)'));
          await lab.done(db.select('SELECT * FROM t'));
          await lab.done(server.shutdown());
          return states;
        });
        assert.deepEqual(states, ['starting', 'temporary', 'closed']);
      }));
  });
}
