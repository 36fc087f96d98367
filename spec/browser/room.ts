/** A database in the site's files when there is no more room, and what is told of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import type { Desk, WithDesk } from './workbench.ts';

const oneColumn = ['CREATE TABLE t (id INTEGER PRIMARY KEY, v)'];

export function roomSpecs(withDesk: WithDesk): void {
  describe('a database in the files of a site', () => {
    it(
      'that has no room left says so by name, keeps what it has, and goes on once there is room',
      withDesk.inChromium,
      () =>
        withDesk(async (desk) => {
          const page = await desk.open();
          await page.evaluate(async (migrations) => {
            const { start, done } = lab;
            globalThis.db = start({ name: 'full', migrations }).connect();
            await done(globalThis.db.execute('INSERT INTO t (v) VALUES (randomblob(100000))'));
          }, oneColumn);
          const limit = await quotaOf(desk, page);
          await limit(500_000);
          const found = await page.evaluate(async () => {
            const { done, failureOf, rxjs } = lab;
            const db = globalThis.db;
            const insert = (bytes: number) =>
              failureOf(done(db.execute('INSERT INTO t (v) VALUES (zeroblob(?))', [bytes])));
            let acknowledged = 1;
            let failure = await insert(100_000);
            for (; failure === undefined && acknowledged < 50; failure = await insert(100_000)) acknowledged++;
            const inTransaction = await failureOf(
              done(
                db.transaction((tx) =>
                  rxjs.concat(
                    tx.execute("UPDATE t SET v = 'lost'"),
                    tx.execute('INSERT INTO t (v) VALUES (zeroblob(3000000))'),
                  ),
                ),
              ),
            );
            const [kept] = (await done(
              db.select(
                "SELECT count(*) AS n, sum(v = 'lost') AS lost, (SELECT integrity_check FROM pragma_integrity_check) AS ok FROM t",
              ),
            ))!;
            const deleting = await failureOf(done(db.execute('DELETE FROM t WHERE id > 2')));
            return { failure, inTransaction, acknowledged, kept, deleting };
          });
          assert.deepEqual(found.failure?.kinds, ['SluiceError', 'StatementError', 'StorageFullError']);
          assert.match(found.failure!.message, /quota of this site is used up/);
          assert.ok(found.inTransaction?.kinds.includes('StorageFullError'), found.inTransaction?.message);
          assert.deepEqual(found.kept, { n: found.acknowledged, lost: 0, ok: 'ok' });
          assert.equal(found.deleting, undefined);
          await limit(undefined);
          const rows = await page.evaluate(async () => {
            await lab.done(globalThis.db.execute('INSERT INTO t (v) VALUES (zeroblob(3000000))'));
            return lab.done(globalThis.db.select('SELECT count(*) AS n FROM t'));
          });
          assert.deepEqual(rows, [{ n: 3 }]);
        }),
    );

    it('that finds no room even for its files says so by name', withDesk.inChromium, () =>
      withDesk(async (desk) => {
        const page = await desk.open();
        await (await quotaOf(desk, page))(100);
        const failure = await page.evaluate(() =>
          lab.failureOf(
            lab.done(
              lab.start({ name: 'no-room', persistence: 'preferred' }).connect().executeScript('CREATE TABLE t (v)'),
            ),
          ),
        );
        assert.ok(failure?.kinds.includes('StorageFullError'), JSON.stringify(failure));
      }),
    );

    it('tells what the site uses of its quota, and asks for storage that lasts', withDesk.inChromium, () =>
      withDesk(async ({ open, profile, browser }) => {
        const page = await open();
        const before = await page.evaluate(() => lab.rxjs.firstValueFrom(lab.storageUse()));
        assert.ok(before.quotaBytes > 1_000_000);
        assert.equal(before.isPersisted, false);
        assert.equal(await page.evaluate(() => lab.done(lab.persistStorage())), false);
        const session = await browser.newBrowserCDPSession();
        const { browserContextIds } = await session.send('Target.getBrowserContexts');
        await session.send('Browser.grantPermissions', {
          permissions: ['durableStorage'],
          browserContextId: browserContextIds.at(-1)!,
        });
        const [granted, after] = await page.evaluate(async () => {
          const { rxjs, storageUse } = lab;
          const more = rxjs.firstValueFrom(
            storageUse({ everyMs: 20 }).pipe(
              rxjs.filter(({ usedBytes, isPersisted }) => usedBytes > 100_000 && isPersisted),
            ),
          );
          const granted = await lab.done(lab.persistStorage());
          const db = lab.start({ name: 'used' }).connect();
          await lab.done(db.executeScript('CREATE TABLE t (v); INSERT INTO t VALUES (zeroblob(200000))'));
          return [granted, await more] as const;
        });
        assert.equal(granted, true);
        assert.ok(after.usedBytes > before.usedBytes);
        await profile.clearPermissions();
      }),
    );
  });
}

/** Limits what the site may use beyond what it uses now; without a limit, lifts it. */
async function quotaOf(
  { profile, origin }: Desk,
  page: Page,
): Promise<(moreBytes: number | undefined) => Promise<void>> {
  const session = await profile.newCDPSession(page);
  return async (moreBytes) => {
    const { usage } = await session.send('Storage.getUsageAndQuota', { origin });
    const quotaSize = moreBytes === undefined ? {} : { quotaSize: usage + moreBytes };
    await session.send('Storage.overrideQuotaForOrigin', { origin, ...quotaSize });
  };
}
