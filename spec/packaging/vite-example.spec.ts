/** The example that Vite builds, with the package as npm packs it: its types, and what it does in a browser. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launch, openPage, withProfile } from '../support/browser.ts';
import { assertNothing } from '../support/run-node.ts';
import { filesBelow, serveSite } from '../support/site.ts';
import { assertBuilt, compile, root } from '../support/typescript.ts';
import { packed, withApplication } from './packed.ts';
import { vite } from './tools.ts';

const example = join(root, 'examples', '04-vite-notes');

describe('the example of Vite', () => {
  let browser: Browser;
  let sluice: Awaited<ReturnType<typeof packed>>;
  before(async () => {
    assertBuilt();
    [sluice, browser] = await Promise.all([packed(), launch()]);
  });
  after(async () => {
    await browser?.close();
    await sluice?.remove();
  });

  it('has right types, is built, keeps notes, finds them and forgets them', () =>
    withApplication(sluice.folder, exampleFiles(), ['sqlite3-parser', 'rxjs'], async (folder) => {
      assertNothing(await compile('TypeScript 5.9', join(folder, 'tsconfig.json')));
      const site = await serveSite(filesBelow(await vite(folder)));
      const complaints: string[] = [];
      try {
        await withProfile(browser, async (profile) => {
          const page = await openPage(profile, `${site.origin}/`, (complaint) => complaints.push(complaint));
          for (const words of ['Open the gate', 'Größe 😀']) {
            await page.fill('input[name=words]', words);
            await page.keyboard.press('Enter');
          }
          await assertNotes(page, ['Größe 😀', 'Open the gate']);
          await page.fill('input[type=search]', 'GATE');
          await assertNotes(page, ['Open the gate']);
          await page.click('li button');
          await assertNotes(page, []);
          await page.reload();
          await assertNotes(page, ['Größe 😀']);
          assert.equal(await page.textContent('output'), 'open');
        });
      } finally {
        await site.close();
      }
      assert.deepEqual(complaints, []);
    }));
});

/** All but what is of Vite's own project, which this one replaces. */
function exampleFiles(): Record<string, string> {
  const names = readdirSync(example).filter((name) => /\.(ts|html|css)$|^tsconfig/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(example, name), 'utf8')]));
}

/** Waits until the page shows these notes, the latest first. */
async function assertNotes(page: Page, expected: readonly string[]): Promise<void> {
  const shown = (): string =>
    [...document.querySelectorAll('li')].map((note) => note.firstChild?.textContent).join('\n');
  await page
    .waitForFunction(`(${shown})() === ${JSON.stringify(expected.join('\n'))}`, undefined, { timeout: 10_000 })
    .catch(async () => assert.deepEqual((await page.evaluate(shown)).split('\n'), expected));
}
