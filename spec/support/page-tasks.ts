/** How long the tasks of a page's thread are, as its browser records them. */
import type { Browser, Page } from 'playwright-core';

export interface LongestTask {
  /** By the clock, in which other threads of a busy machine have their part, and by the thread's own. */
  readonly tookMs: number;
  readonly workedMs: number;
}

/** What the browser writes down; times are in microseconds. https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
}

const mark = 'sluice:tasks';

/** Does `work`, which keeps the page busy, and gives the longest task of the page's thread meanwhile. */
export async function longestTaskOf(browser: Browser, page: Page, work: () => Promise<unknown>): Promise<LongestTask> {
  await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
  await page.evaluate((name) => void performance.mark(name), mark);
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const thread = traceEvents.find(({ name }) => name === mark);
  if (thread === undefined) throw new Error('The trace lacks the mark of the page');
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid }) => name.endsWith('RunTask') && ph === 'X' && pid === thread.pid && tid === thread.tid,
  );
  const longest = (of: (task: TraceEvent) => number): number => Math.max(...tasks.map(of)) / 1000;
  return { tookMs: longest(({ dur = 0 }) => dur), workedMs: longest(({ tdur = 0 }) => tdur) };
}
