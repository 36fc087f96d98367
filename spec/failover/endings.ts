/** How a tab that leads can go: each in the way in which browsers do it. */
import type { Page } from 'playwright-core';

export interface Ending {
  readonly name: string;
  /** Only Chromium can be told to do it. */
  readonly isChromiums?: true;
  /** Ends the lead of a page. Resolves once the browser was told. */
  end(page: Page): Promise<void>;
  /** The page comes back as it was, and takes part again. */
  comeBack?(page: Page): Promise<void>;
}

/** A page of the same site, with nothing on it. */
const elsewhere = '/empty.html';

export const endings: readonly Ending[] = [
  { name: 'is closed', end: (page) => page.close() },
  { name: 'crashes', isChromiums: true, end: crash },
  {
    name: 'loses its worker',
    end: (page) => page.evaluate(() => lab.workers.splice(0).forEach((worker) => void worker.terminate())),
  },
  {
    name: 'is left for another page',
    async end(page) {
      // Such a page is not kept to be shown again.
      await page.evaluate(() => addEventListener('unload', () => {}));
      await leave(page);
    },
  },
  {
    name: 'is told that it will be shown again',
    end: (page) => tell(page, 'pagehide'),
    comeBack: (page) => tell(page, 'pageshow'),
  },
  { name: 'is kept to be shown again', end: leave, comeBack },
];

/** The browser that `npm ci` brings keeps no pages. */
export class NotKeptError extends Error {}

function tell(page: Page, event: 'pagehide' | 'pageshow'): Promise<void> {
  return page.evaluate((event) => void dispatchEvent(new PageTransitionEvent(event, { persisted: true })), event);
}

async function crash(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent('crash');
  void session.send('Page.crash').catch(() => {});
  await crashed;
}

async function leave(page: Page): Promise<void> {
  await page.evaluate((path) => {
    (globalThis as { isSamePage?: boolean }).isSamePage = true;
    location.href = path;
  }, elsewhere);
  await page.waitForURL(`**${elsewhere}`);
}

async function comeBack(page: Page): Promise<void> {
  // The page that is asked may be gone before it has answered.
  await page.evaluate(() => history.back()).catch(() => undefined);
  // A page that is shown again is not loaded, which is what else there is to wait for.
  const isSame = () =>
    page.evaluate(() =>
      location.pathname === '/' ? (globalThis as { isSamePage?: boolean }).isSamePage === true : undefined,
    );
  let isKept: boolean | undefined;
  while (isKept === undefined) isKept = await isSame().catch(() => undefined);
  if (!isKept) throw new NotKeptError('The page was loaded anew');
}
