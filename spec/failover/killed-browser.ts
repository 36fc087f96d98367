/** The whole browser is killed in the middle of writes: what was acknowledged is there when it is started again. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumHere } from '../support/chromium.ts';

interface Running {
  readonly browser: Browser;
  kill(): Promise<void>;
}

/** Kills it once. Rejects where an acknowledged write is lost, or any is doubled. Gives how many were acknowledged. */
export async function killWhileWriting(origin: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-killed-'));
  try {
    const first = await start(folder);
    const pages = [await openPage(first.browser, origin), await openPage(first.browser, origin)];
    const acknowledged = new Set<number>();
    const [leader, writer] = pages as [Page, Page];
    await writer.exposeFunction('acknowledge', (n: number) => void acknowledged.add(n));
    for (const page of [leader, writer]) await takePart(page);
    await writer.evaluate(() => {
      const { acknowledge } = globalThis as unknown as { acknowledge(n: number): Promise<void> };
      globalThis.writing = lab.keepWriting(globalThis.db, 1, 3);
      globalThis.writing.acknowledged.push = (...writes) => {
        for (const { n } of writes) void acknowledge(n);
        return 0;
      };
    });
    while (acknowledged.size < 30) await new Promise((resolve) => setTimeout(resolve, 1));
    await first.kill();
    const second = await start(folder);
    try {
      const page = await openPage(second.browser, origin);
      await takePart(page);
      const found = await page.evaluate(async () => {
        const rows = await lab.done(globalThis.db.select<{ n: number }>('SELECT n FROM log'));
        const [check] = (await lab.done(globalThis.db.select<{ integrity_check: string }>('PRAGMA integrity_check')))!;
        return { numbers: rows!.map(({ n }) => n), check: check!.integrity_check };
      });
      assert.equal(found.check, 'ok');
      assert.equal(new Set(found.numbers).size, found.numbers.length, 'a write is doubled');
      const lost = [...acknowledged].filter((n) => !found.numbers.includes(n));
      assert.deepEqual(lost, []);
    } finally {
      await second.kill();
    }
    return acknowledged.size;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** In a group of processes of its own, which is killed as one. */
async function start(folder: string): Promise<Running> {
  const { path, env } = await chromiumHere();
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const child = spawn(path, [...args, '--remote-debugging-port=0', `--user-data-dir=${folder}`, 'about:blank'], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const killOnExit = (): void => end(child);
  process.on('exit', killOnExit);
  const browser = await chromium.connectOverCDP(await addressOf(child));
  return {
    browser,
    async kill() {
      process.off('exit', killOnExit);
      const ended = once(child, 'exit');
      end(child);
      await ended;
      await browser.close().catch(() => {});
    },
  };
}

function end({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}

/** Where it listens, which it says on its error output. */
async function addressOf(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stderr! })) {
    const address = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (address === undefined) continue;
    // What comes afterwards must not fill the pipe.
    child.stderr!.resume();
    return address;
  }
  throw new Error('The browser ended before it listened');
}

async function openPage(browser: Browser, origin: string): Promise<Page> {
  const page = await browser.contexts()[0]!.newPage();
  await page.goto(`${origin}/`);
  return page;
}

async function takePart(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const migrations = ['CREATE TABLE log (n INTEGER)'];
    globalThis.server = lab.start({ name: 'killed', migrations }, { name: 'killed' });
    globalThis.db = globalThis.server.connect();
    await lab.done(globalThis.db.select('SELECT 1'));
  });
}
