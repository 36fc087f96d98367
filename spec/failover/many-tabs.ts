/** Many tabs, each with many live queries: a write reaches all of them, and blocks none. */
import type { Page } from 'playwright-core';

export interface Reached {
  /** From the write until the last live query of the last tab had it. */
  readonly reachedMs: number;
  /** The longest task of any page meanwhile, in milliseconds; 0 where none was above 50. */
  readonly longestTaskMs: number;
}

/** Rejects where a live query of a tab does not come to the state that the writes of another one left. */
export async function reachAll(open: () => Promise<Page>, tabs: number, queries: number): Promise<Reached> {
  const pages: Page[] = [];
  for (let tab = 0; tab < tabs; tab++) {
    const page = await open();
    pages.push(page);
    await follow(page, queries);
  }
  for (const page of pages) await page.evaluate(() => lab.observeTasks());
  const writes = 10;
  const startedAt = Date.now();
  await pages.at(-1)!.evaluate(
    async ([writes, queries]) => {
      for (let write = 1; write <= writes; write++)
        await lab.done(
          globalThis.db.batch((b) => {
            for (let list = 0; list < queries; list++) b.execute('INSERT INTO task VALUES (?, ?)', [list, write]);
          }),
        );
    },
    [writes, queries] as const,
  );
  const reachedAt = await Promise.all(
    pages.map((page) =>
      page.evaluate(async (writes) => {
        await lab.until(() => globalThis.counts.every((count) => count === writes));
        return Date.now();
      }, writes),
    ),
  );
  const longest = await Promise.all(pages.map((page) => page.evaluate(() => lab.longestTask())));
  return { reachedMs: Math.max(...reachedAt) - startedAt, longestTaskMs: Math.max(...longest) };
}

async function follow(page: Page, queries: number): Promise<void> {
  await page.evaluate(async (queries) => {
    const migrations = ['CREATE TABLE task (list INTEGER, title)'];
    globalThis.server = lab.start({ name: 'many', migrations }, { name: 'many' });
    globalThis.db = globalThis.server.connect();
    globalThis.counts = Array.from({ length: queries }, () => -1);
    for (let list = 0; list < queries; list++)
      globalThis.db.watch('SELECT title FROM task WHERE list = ?', [list]).subscribe((rows) => {
        globalThis.counts[list] = rows.length;
      });
    await lab.until(() => !globalThis.counts.includes(-1));
  }, queries);
}
