/** `npm run failover -- --times 20`: every way for a leader to go, so many times; many tabs; and the browser killed. */
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { openSite } from '../browser/workbench.ts';
import { launch, openPage, withProfile } from '../support/browser.ts';
import { type Ending, endings, NotKeptError } from './endings.ts';
import { killWhileWriting } from './killed-browser.ts';
import { reachAll } from './many-tabs.ts';
import { failOver } from './round.ts';

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '20' },
    kills: { type: 'string', default: '10' },
    tabs: { type: 'string', default: '20' },
  },
});

/** Some seconds, as tabs have been open for a while when one of them goes: the next in line is ready by then. */
const writesBefore = 150;

const site = await openSite();
const browser = await launch();
console.log(`Chromium ${browser.version()}`);

async function inProfile<T>(use: (open: () => Promise<Page>) => Promise<T>): Promise<T> {
  let result: T | undefined;
  await withProfile(browser, async (profile) => {
    result = await use(() => openPage(profile, `${site.origin}/`, () => {}));
  });
  return result as T;
}

async function repeat(ending: Ending): Promise<void> {
  const pauses: number[] = [];
  let writes = 0;
  for (let time = 0; time < Number(values.times); time++) {
    const told = await inProfile((open) => failOver(open, ending, writesBefore));
    pauses.push(told.pauseMs);
    writes += told.writes;
  }
  pauses.sort((a, b) => a - b);
  const median = pauses[Math.floor(pauses.length / 2)];
  console.log(
    `the leader ${ending.name}: ${pauses.length} times, ${writes} writes, none lost or doubled; ` +
      `without an acknowledged write ${median} ms in the median, ${pauses[0]} to ${pauses.at(-1)}`,
  );
}

try {
  for (const ending of endings) {
    await repeat(ending).catch((error: unknown) => {
      if (!(error instanceof NotKeptError)) throw error;
      console.log(`the leader ${ending.name}: this browser keeps no pages`);
    });
  }
  const [tabs, queries] = [Number(values.tabs), 20];
  if (tabs > 0) {
    const { reachedMs, longestTaskMs } = await inProfile((open) => reachAll(open, tabs, queries));
    console.log(
      `${tabs} tabs with ${queries} live queries each: 10 writes reached all in ${reachedMs} ms; ` +
        `longest task ${longestTaskMs === 0 ? 'below 50' : Math.round(longestTaskMs)} ms`,
    );
  }
  for (let kill = 1; kill <= Number(values.kills); kill++) {
    const acknowledged = await killWhileWriting(site.origin);
    console.log(`browser killed, ${kill}: ${acknowledged} acknowledged writes, none lost, none doubled`);
  }
} finally {
  await browser.close();
  await site.close();
}
