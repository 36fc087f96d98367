/** The tab that leads goes, in every way in which tabs go, while another writes and a third watches. */
import { describe, it } from 'node:test';
import { endings, NotKeptError } from '../failover/endings.ts';
import { killWhileWriting } from '../failover/killed-browser.ts';
import { reachAll } from '../failover/many-tabs.ts';
import { failOver } from '../failover/round.ts';
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
