/** The package, as npm packs it, in applications that are built by the common tools, and run in a real browser. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { createServer } from 'vite';
import { launch, openPage, withProfile } from '../support/browser.ts';
import { bundle } from '../support/bundle.ts';
import { filesBelow, serveSite } from '../support/site.ts';
import { assertBuilt, root } from '../support/typescript.ts';
import { application, plainApplication, plainApplicationWithWorker, shown } from './applications.ts';
import { packed, withApplication } from './packed.ts';
import { type Tool, vite, webpackTool } from './tools.ts';

/** All that a site needs to allow. */
const contentSecurityPolicy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

const tools: readonly (readonly [name: string, tool: Tool, ending: 'js' | 'ts'])[] = [
  ['Vite', vite, 'ts'],
  ['webpack', webpackTool, 'js'],
];

/** What npm installs beside it, and what it asks for. */
const dependencies = ['sqlite3-parser', 'rxjs'];

describe('the package', () => {
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

  for (const [name, tool, ending] of tools) {
    it(`works when built by ${name}, its worker file made of sluice/worker`, () =>
      withApplication(sluice.folder, application('sluice/worker', { ending }), dependencies, async (folder) => {
        const requests = await assertShows(await tool(folder));
        assert.equal(requests.filter((path) => path.endsWith('.wasm')).length, 1);
      }));

    it(`works when built by ${name}, its worker file made of sluice/worker-inline, and asks for nothing more`, () =>
      withApplication(sluice.folder, application('sluice/worker-inline', { ending }), dependencies, async (folder) => {
        const requests = await assertShows(await tool(folder));
        assert.deepEqual(
          requests.filter((path) => path.endsWith('.wasm')),
          [],
        );
      }));
  }

  it('works when built by Vite, its worker file made of the modules', () =>
    withApplication(
      sluice.folder,
      application('sluice', { engineFrom: 'sluice/engines/sqlite-wasm', ending: 'ts' }),
      [...dependencies, '@sqlite.org/sqlite-wasm'],
      async (folder) => void (await assertShows(await vite(folder))),
    ));

  for (const from of ['sluice/worker', 'sluice/worker-inline']) {
    it(`works as Vite serves it while it is worked on, its worker file made of ${from}`, () =>
      withApplication(sluice.folder, application(from, { ending: 'ts' }), dependencies, async (folder) => {
        const server = await createServer({
          root: folder,
          configFile: false,
          logLevel: 'error',
          server: { host: '127.0.0.1', port: 0 },
        });
        try {
          await server.listen();
          await assertPageShows(server.resolvedUrls!.local[0]!);
        } finally {
          await server.close();
        }
      }));
  }

  for (const [what, files] of Object.entries({
    'the ready made worker': plainApplication,
    'a worker file': plainApplicationWithWorker,
  })) {
    it(`works in a page without any tool, with ${what}`, () =>
      withApplication(sluice.folder, files, [], async (folder) => {
        // In place of a network that serves packages as modules.
        const [rxjs] = (await bundle(join(root, 'node_modules', 'rxjs'), ['dist/esm/index.js'])).values();
        await writeFile(join(folder, 'rxjs.js'), rxjs!);
        await assertShows(folder, {});
      }));
  }

  /** Serves a folder under that policy, and gives the paths that its page asked for. */
  async function assertShows(
    folder: string,
    headers: Readonly<Record<string, string>> = { 'Content-Security-Policy': contentSecurityPolicy },
  ): Promise<string[]> {
    const site = await serveSite(filesBelow(folder), headers);
    try {
      return await assertPageShows(`${site.origin}/`);
    } finally {
      await site.close();
    }
  }

  async function assertPageShows(url: string): Promise<string[]> {
    const complaints: string[] = [];
    const requests: string[] = [];
    await withProfile(browser, async (profile) => {
      profile.on('request', (request) => requests.push(new URL(request.url()).pathname));
      const page = await openPage(profile, url, (complaint) => complaints.push(complaint));
      const content = await page
        .waitForFunction(() => document.body.textContent?.trim().startsWith('{"rows"') && document.body.textContent)
        .then((handle) => handle.jsonValue())
        .catch((error: unknown) => complaints.push(String(error)));
      assert.deepEqual(complaints, []);
      assert.deepEqual(JSON.parse(String(content)), shown);
    });
    return requests;
  }
});
