/** The example's page, as its user works with it. */
import type { Page } from 'playwright-core';

export async function openBoard(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Nothing to do yet' }).waitFor();
}

export async function addTask(page: Page, title: string): Promise<void> {
  await page.keyboard.press('n');
  await page.getByLabel('Title').fill(title);
  await page.keyboard.press('Enter');
  await page.locator('app-task-card', { hasText: title }).waitFor();
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
}

/** The titles of the cards of a list that are there, from its top. */
export async function cardsOf(page: Page, list: string): Promise<string[]> {
  return page
    .locator('app-task-list', { has: page.getByRole('heading', { name: list, exact: true }) })
    .evaluate((element) =>
      [...element.querySelectorAll<HTMLElement>('[data-index]')]
        .sort((one, other) => Number(one.dataset.index) - Number(other.dataset.index))
        .map((button) => button.querySelector('.title')!.textContent),
    );
}

/** Waits until a list says that it has so many tasks. */
export async function countOf(page: Page, list: string, count: number | RegExp): Promise<void> {
  const header = page.locator('app-task-list header', { has: page.getByRole('heading', { name: list, exact: true }) });
  const digits = typeof count === 'number' ? new RegExp(`^${count} tasks$`) : count;
  await header.locator('.size', { hasText: digits }).waitFor();
}

/** Waits until a card with these words has the focus, as the one with this index in its list. */
export async function focusOf(page: Page, index: number, words: string): Promise<void> {
  await page.locator(`[data-index="${index}"]:focus`, { hasText: words }).waitFor();
}

/** Moves the first card down by key, again and again. Gives how long it took until that was painted: median and longest. */
export async function movesOf(page: Page, times: number): Promise<string> {
  const tookMs = await page.evaluate(async (times) => {
    const tookMs: number[] = [];
    const cardAt = (index: number) => document.querySelector<HTMLElement>(`app-task-list [data-index="${index}"]`)!;
    for (let time = 0; time < times; time++) {
      const [card, key] = time % 2 === 0 ? [cardAt(0), 'ArrowDown'] : [cardAt(1), 'ArrowUp'];
      const title = card.textContent;
      const begun = performance.now();
      card.dispatchEvent(new KeyboardEvent('keydown', { key, altKey: true, bubbles: true, cancelable: true }));
      await new Promise<void>((resolve) => {
        const look = (): void => {
          // What a frame shows is painted by the time that the next task runs.
          if (cardAt(time % 2 === 0 ? 1 : 0).textContent === title) setTimeout(resolve);
          else requestAnimationFrame(look);
        };
        requestAnimationFrame(look);
      });
      tookMs.push(performance.now() - begun);
    }
    return tookMs.sort((one, other) => one - other);
  }, times);
  return `${tookMs[times >> 1]!.toFixed(0)} ms, at most ${tookMs.at(-1)!.toFixed(0)} ms`;
}

/** The longest time for which the page's thread was busy with one task, while `work` went on. */
export async function longestTaskOf(page: Page, work: () => Promise<void>): Promise<number> {
  await page.evaluate(() => {
    const { port1, port2 } = new MessageChannel();
    let [last, longest] = [performance.now(), 0];
    port1.onmessage = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      port2.postMessage(0);
    };
    port2.postMessage(0);
    Object.assign(globalThis, { longestTaskMs: () => longest });
  });
  await work();
  return page.evaluate(() => (globalThis as unknown as { longestTaskMs(): number }).longestTaskMs());
}
