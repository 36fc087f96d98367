/** The tab that leads goes, in every way in which tabs go, while another writes and a third watches. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endings, NotKeptError } from '../failover/endings.ts';
import { killWhileWriting } from '../failover/killed-browser.ts';
import { reachAll } from '../failover/many-tabs.ts';
import { failOver } from '../failover/round.ts';
import { insert, takePart } from './tabs.ts';
import type { WithDesk } from './workbench.ts';

export function failoverSpecs(withDesk: WithDesk): void {
  describe('where the tab that leads', () => {
    for (const ending of endings) {
      const options = ending.isChromiums ? withDesk.inChromium : {};
      it(`${ending.name}, no write is lost or doubled, and live queries go on`, options, (test) =>
        withDesk(async ({ open }) => {
          try {
            const { pauseMs } = await failOver(open, ending);
            test.diagnostic(`${pauseMs} ms without an acknowledged write`);
          } catch (error) {
            if (!(error instanceof NotKeptError)) throw error;
            test.skip('this browser keeps no pages to be shown again');
          }
        }),
      );
    }
  });

  describe('a tab that listens to updates', () => {
    it('is told that every table may have changed when another leads', () =>
      withDesk(async ({ open }) => {
        const [first, second, third] = [await open(), await open(), await open()];
        for (const page of [first, second, third]) await takePart(page);
        await third.evaluate(() => {
          globalThis.counts = [];
          const updates$ = globalThis.db.updates({ tables: ['t'] });
          updates$.subscribe(({ tables }) => globalThis.counts.push(tables.get('t')!.all ? -1 : 1));
        });
        await insert(second);
        await third.evaluate(() => lab.until(() => globalThis.counts.length === 1));
        await first.close();
        await insert(second);
        await third.evaluate(() => lab.until(() => globalThis.counts.includes(-1)));
        const before = await third.evaluate(() => globalThis.counts.splice(0).length);
        assert.ok(before > 1);
        await insert(second);
        await third.evaluate(() => lab.until(() => globalThis.counts.includes(1)));
      }));
  });

  describe('a browser', () => {
    it('that is killed while tabs write has all that was acknowledged when it is started again', () =>
      withDesk(async ({ origin }) => void (await killWhileWriting(origin))));

    it('with several tabs brings a write to each of their live queries', (test) =>
      withDesk(async ({ open }) => {
        const { reachedMs, longestTaskMs } = await reachAll(open, 5, 20);
        test.diagnostic(`all live queries reached in ${reachedMs} ms, longest task ${longestTaskMs} ms`);
      }));
  });
}
