/** What the browser's specs share: one browser, one site, and a profile of its own for each of them. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type BrowserName, launch, openPage, unknownHost, withProfile } from '../support/browser.ts';
import { bundle, sqliteWasmFile } from '../support/bundle.ts';
import { type Site, serveSite } from '../support/site.ts';

/** Pages of one profile, which share its files. */
export interface Desk {
  readonly browser: Browser;
  readonly profile: BrowserContext;
  readonly origin: string;
  /** The same site, by a name that browsers do not trust. */
  readonly insecureOrigin: string;
  /** Opens the page. What it complains of fails the spec, unless it is `expected`. */
  open(options?: { readonly origin?: string; readonly expected?: RegExp }): Promise<Page>;
}

export interface WithDesk {
  (use: (desk: Desk) => Promise<void>): Promise<void>;
  /** The options of a spec that has to ask the browser by the protocol of Chromium's tools. */
  readonly inChromium: { readonly skip: string | false };
}

const html =
  '<!doctype html><meta charset="utf-8"><title>sluice</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';

/** Launches the browser before the specs of the suite that calls this, and ends it after them. */
export function workbench(name: BrowserName = 'chromium'): WithDesk {
  let browser: Browser;
  let site: Site;
  before(async () => {
    site = await openSite();
    browser = await launch(name);
  });
  after(async () => {
    await browser?.close();
    await site?.close();
  });
  const withDesk = async (use: (desk: Desk) => Promise<void>): Promise<void> => {
    const complaints: string[] = [];
    await withProfile(browser, (profile) =>
      use({
        browser,
        profile,
        origin: site.origin,
        insecureOrigin: site.origin.replace('127.0.0.1', unknownHost),
        open: ({ origin = site.origin, expected } = {}) =>
          openPage(profile, `${origin}/`, (complaint) => {
            if (!expected?.test(complaint)) complaints.push(complaint);
          }),
      }),
    );
    assert.deepEqual(complaints, []);
  };
  const inChromium = { skip: name === 'chromium' ? false : 'asks the browser by the protocol of Chromium' } as const;
  return Object.assign(withDesk, { inChromium });
}

/** Serves the page of the specs, and its workers. */
export async function openSite(): Promise<Site> {
  const folder = join(import.meta.dirname, 'site');
  const files = await bundle(
    folder,
    ['page.ts', 'db.worker.ts', 'engines.worker.ts', 'reading.worker.ts', 'commits.worker.ts'],
    {
      // The suite of the engines is written for Node.
      alias: {
        'node:test': join(folder, 'test-runner.ts'),
        'node:assert/strict': join(folder, 'assertions.ts'),
        'node:util': join(folder, 'assertions.ts'),
      },
    },
  );
  files.set('/index.html', new TextEncoder().encode(html));
  files.set(
    '/empty.html',
    new TextEncoder().encode('<!doctype html><title>empty</title><link rel="icon" href="data:,">'),
  );
  files.set('/sqlite3.wasm', await sqliteWasmFile());
  return serveSite((path) => files.get(path));
}
