/** A real browser for the specs of one process, and the pages that they work with. */
import { type Browser, type BrowserContext, chromium, firefox, type Page } from 'playwright-core';
import { chromiumHere } from './chromium.ts';
import { onPath } from './programs.ts';

export type BrowserName = 'chromium' | 'firefox';

/** Nothing that a spec does in a profile takes longer, nor does a step of it that the browser counts. */
const profileTimeoutMs = 40_000;
const stepTimeoutMs = 20_000;

/** A name that leads to this machine, though browsers cannot know that. */
export const unknownHost = 'site.test';

export function launch(name: BrowserName = 'chromium'): Promise<Browser> {
  return name === 'chromium' ? launchChromium() : launchFirefox();
}

/** It ends with this process, in whatever way: it listens to a pipe that closes with it. */
async function launchChromium(): Promise<Browser> {
  const { path, env } = await chromiumHere();
  return chromium.launch({
    executablePath: path,
    env: { ...process.env, ...env } as Record<string, string>,
    // As root, as in containers, there is no sandbox to be had.
    chromiumSandbox: false,
    // Playwright turns it off, and users have it.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: ['--disable-gpu', '--disable-dev-shm-usage', `--host-resolver-rules=MAP ${unknownHost} 127.0.0.1`],
    timeout: 30_000,
  });
}

/**
 * A Firefox as users have it, which speaks WebDriver BiDi: https://w3c.github.io/webdriver-bidi
 *
 * Errors  where none is on the PATH, or it is too old for what Playwright asks of it.
 */
async function launchFirefox(): Promise<Browser> {
  const path = await onPath(['firefox', 'firefox-esr']);
  if (path === undefined) throw new Error('There is no Firefox on the PATH');
  return firefox.launch({
    channel: 'moz-firefox',
    executablePath: path,
    firefoxUserPrefs: { 'network.dns.localDomains': unknownHost },
    timeout: 30_000,
  });
}

/** A profile of its own, with files of its own, that is gone with everything in it when `use` is done. */
export async function withProfile<T>(browser: Browser, use: (profile: BrowserContext) => Promise<T>): Promise<T> {
  const profile = await browser.newContext();
  profile.setDefaultTimeout(stepTimeoutMs);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    const fail = (): void => reject(new Error(`The page did not answer within ${profileTimeoutMs} ms`));
    timer = setTimeout(fail, profileTimeoutMs);
  });
  try {
    return await Promise.race([use(profile), timeUp]);
  } finally {
    clearTimeout(timer);
    await profile.close();
  }
}

/** Opens a page. What it logs as an error, or throws outside of what the spec asked of it, is told to `complain`. */
export async function openPage(
  profile: BrowserContext,
  url: string,
  complain: (complaint: string) => void,
): Promise<Page> {
  const page = await profile.newPage();
  page.on('pageerror', (error) => complain(`${error.stack ?? error}`));
  page.on('console', (message) => {
    if (message.type() === 'error') complain(`${message.text()} (${message.location().url})`);
  });
  await page.goto(url);
  return page;
}
