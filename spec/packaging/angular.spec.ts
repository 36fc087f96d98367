/** Angular, built and served by its CLI without any configuration: the README's lines, and the example. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launch, openPage, unknownHost, withProfile } from '../support/browser.ts';
import { filesBelow, type Site, serveSite } from '../support/site.ts';
import { snippetsOf } from '../support/snippets.ts';
import { assertBuilt, root } from '../support/typescript.ts';
import { type Angular, angular } from './angular.ts';
import { addTask, cardsOf, countOf, focusOf, longestTaskOf, movesOf, openBoard } from './task-board.ts';

/** What an application of Angular needs beside what all need: it writes its styles into the page. */
const contentSecurityPolicy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'";

describe('with Angular', () => {
  let installed: Angular;
  let browser: Browser;
  let sites: { readonly todos: Site; readonly board: Site };
  before(async () => {
    assertBuilt();
    installed = await angular();
    await writeReadmeInto(installed.newApplication);
    const built = await Promise.all([installed.newApplication, installed.example].map(installed.build));
    const [todos, board] = await Promise.all(
      built.map((folder) => serveSite(filesBelow(folder), { 'Content-Security-Policy': contentSecurityPolicy })),
    );
    sites = { todos: todos!, board: board! };
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await Promise.all([sites?.todos.close(), sites?.board.close()]);
    await installed?.remove();
  });

  describe("the README's lines, in an application that is new", () => {
    it('work as they are built', () => visit(`${sites.todos.origin}/`, (page) => assertKeepsTodos(page)));

    it('work as they are served while they are worked on', () =>
      installed.serve(installed.newApplication, (url) => visit(url, (page) => assertKeepsTodos(page))));
  });

  describe('the example', () => {
    it('adds, finds, moves, and undoes', () =>
      visit(`${sites.board.origin}/`, async (page) => {
        await openBoard(page);
        for (const title of ['Mend the gate', 'Open the gate', 'Größe 😀']) await addTask(page, title);
        assert.deepEqual(await cardsOf(page, 'Backlog'), ['Größe 😀', 'Open the gate', 'Mend the gate']);

        await page.keyboard.press('/');
        await page.keyboard.type('gat');
        await countOf(page, 'Backlog', 2);
        await page.keyboard.press('Escape');
        await countOf(page, 'Backlog', 3);

        await page.keyboard.press('ArrowDown');
        await focusOf(page, 0, 'Größe');
        await page.keyboard.press('Alt+ArrowDown');
        await focusOf(page, 1, 'Größe');
        await page.keyboard.press('Alt+ArrowRight');
        await focusOf(page, 0, 'Größe');
        await countOf(page, 'Next', 1);
        assert.deepEqual(await cardsOf(page, 'Next'), ['Größe 😀']);
        assert.deepEqual(await cardsOf(page, 'Backlog'), ['Open the gate', 'Mend the gate']);

        await page.keyboard.press('z');
        await countOf(page, 'Next', 0);
        await page.keyboard.press('z');
        await page.keyboard.press('Shift+Z');
        await page.keyboard.press('Shift+Z');
        await countOf(page, 'Next', 1);
        await page.reload();
        await countOf(page, 'Next', 1);
      }));

    it('drags one of 10,000 tasks from list to list, and tells for how long its thread is busy', (test) =>
      visit(`${sites.board.origin}/`, async (page) => {
        await openBoard(page);
        await page.getByRole('button', { name: 'Add 10,000 to play with' }).click();
        await countOf(page, 'Backlog', /^5,\d{3} tasks$/);
        const [first = ''] = await cardsOf(page, 'Backlog');
        const doing = await cardsOf(page, 'Doing');

        const from = (await page.locator('app-task-list').first().locator('li button').first().boundingBox())!;
        const to = (await page.locator('app-task-list').nth(2).locator('li button').nth(1).boundingBox())!;
        await page.mouse.move(from.x + 20, from.y + 20);
        await page.mouse.down();
        await page.mouse.move(to.x + 20, to.y + 20, { steps: 8 });
        await page.locator('li.gap').waitFor();
        await page.mouse.up();
        await page.locator('.ghost').waitFor({ state: 'detached' });
        assert.deepEqual((await cardsOf(page, 'Doing')).slice(0, 3), [doing[0], first, doing[1]]);

        const held = await page.locator('app-task-card').count();
        assert.ok(held < 5 * 60, `${held} cards are in the page`);
        const moves = await movesOf(page, 20);
        const taskMs = await longestTaskOf(page, async () => {
          await page.keyboard.press('/');
          await page.keyboard.type('keyboard nav', { delay: 30 });
          await page.locator('app-task-card', { hasText: 'keyboard' }).first().waitFor();
        });
        test.diagnostic(
          `10,000 tasks: from key to paint of a moved one ${moves}; longest task in a search ${taskMs.toFixed(0)} ms`,
        );
      }));

    it('says so where there is no place for its database', () =>
      visit(`${sites.board.origin.replace('127.0.0.1', unknownHost)}/`, async (page) => {
        await page.getByText('There is no place for the database').waitFor();
        assert.equal(await page.locator('app-board-page').count(), 0);
      }));

    it('shows in each tab what others do, and goes on when the one is closed that has the database', () =>
      visit(`${sites.board.origin}/`, async (page, profile, openTab) => {
        await openBoard(page);
        await page.getByText('This tab has the database').waitFor();
        const other = await openTab();
        await other.getByText('Another tab has the database').waitFor();
        await addTask(other, 'Open the gate');
        await countOf(page, 'Backlog', 1);
        await addTask(page, 'Mend the gate');
        await countOf(other, 'Backlog', 2);

        await page.close();
        await addTask(other, 'Close the gate');
        assert.deepEqual(await cardsOf(other, 'Backlog'), ['Close the gate', 'Mend the gate', 'Open the gate']);
        await other.getByText('This tab has the database').waitFor();
        assert.equal(profile.pages().length, 1);
        await other.keyboard.press('z');
        await countOf(other, 'Backlog', 2);
      }));

    it('is there, with its tasks, when there is no network', () =>
      visit(`${sites.board.origin}/`, async (page, profile) => {
        await openBoard(page);
        await page.evaluate(() => navigator.serviceWorker.ready);
        await addTask(page, 'Write a letter');
        // It answers for pages that it has seen from their beginning, once it has all of their files.
        await page.waitForFunction(async () =>
          (await caches.keys()).some((name) => name.includes(':assets:application:cache')),
        );
        await page.reload();
        await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
        await profile.setOffline(true);
        await page.getByText('Offline: nothing is missing').waitFor();
        await page.reload();
        await countOf(page, 'Backlog', 1);
        await addTask(page, 'Post it');
        await countOf(page, 'Backlog', 2);
      }));
  });

  /** What the page complains of, fails. */
  async function visit(
    url: string,
    use: (page: Page, profile: BrowserContext, openTab: () => Promise<Page>) => Promise<void>,
  ): Promise<void> {
    const complaints: string[] = [];
    await withProfile(browser, async (profile) => {
      const openTab = () => openPage(profile, url, (complaint) => complaints.push(complaint));
      await use(await openTab(), profile, openTab).catch((error) => complaints.push(String(error.stack)));
    });
    assert.deepEqual(complaints, []);
  }
});

async function assertKeepsTodos(page: Page): Promise<void> {
  for (const title of ['Open the gate', 'Größe 😀']) {
    await page.fill('input', title);
    await page.keyboard.press('Enter');
    await page.getByText(title).waitFor();
  }
  await page.reload();
  await page.getByText('Größe 😀').waitFor();
  assert.deepEqual(await page.locator('app-root p').allTextContents(), ['Open the gate', 'Größe 😀']);
}

/** Each of the blocks begins with the path of its file. */
async function writeReadmeInto(application: string): Promise<void> {
  const snippets = snippetsOf(await readFile(join(root, 'README.md'), 'utf8')).filter(({ use }) => use === 'angular');
  assert.ok(snippets.length > 0);
  for (const { code } of snippets) await writeFile(join(application, /^\/\/ (\S+)/.exec(code)![1]!), code);
}
