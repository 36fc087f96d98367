/** One failover: a tab leads, another writes, a third watches; the first goes, and everything is looked at. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { Ending } from './endings.ts';

export interface Told {
  /** The longest time without an acknowledged write: from the last one of the old leader to the first of the new one. */
  readonly pauseMs: number;
  readonly writes: number;
}

const writesAfterwards = 40;

/** Opens three tabs of a profile, of which the first leads until `ending`. Rejects where anything is lost, doubled or wrong. */
export async function failOver(open: () => Promise<Page>, ending: Ending, writesBefore = 20): Promise<Told> {
  const [leader, writer, watcher] = [await open(), await open(), await open()];
  for (const page of [leader, writer, watcher]) await takePart(page);
  await watcher.evaluate(() => {
    globalThis.states = [];
    globalThis.server.state.subscribe((state) => void globalThis.states.push(state));
    globalThis.db.watch('SELECT count(*) AS rows, total(n) AS total FROM log').subscribe((rows) => {
      globalThis.watched = rows[0];
    });
  });
  await writer.evaluate(async (writesBefore) => {
    globalThis.writing = lab.keepWriting(globalThis.db, 1, 3);
    await lab.until(() => globalThis.writing.acknowledged.length >= writesBefore);
  }, writesBefore);
  assert.equal(await leads(leader), true);
  const endedAt = Date.now();
  await ending.end(leader);
  const { acknowledged, failures } = await writer.evaluate(
    async ([endedAt, more]) => {
      const { acknowledged, failures } = globalThis.writing;
      const after = () => acknowledged.filter(({ at }) => at > endedAt).length;
      await lab.until(() => after() >= more);
      await globalThis.writing.stop();
      return { acknowledged, failures };
    },
    [endedAt, writesAfterwards] as const,
  );
  assert.deepEqual(failures, []);
  if (ending.comeBack) {
    await ending.comeBack(leader);
    await leader.evaluate(() => lab.done(globalThis.db.execute('INSERT INTO log (n) VALUES (0)')));
  }
  const numbers = [...acknowledged.map(({ n }) => n), ...(ending.comeBack ? [0] : [])];
  const found = await writer.evaluate(async () => {
    const rows = await lab.done(globalThis.db.select<{ n: number }>('SELECT n FROM log'));
    const [check] = (await lab.done(globalThis.db.select<{ integrity_check: string }>('PRAGMA integrity_check')))!;
    return { numbers: rows!.map(({ n }) => n), check: check!.integrity_check };
  });
  assert.equal(found.check, 'ok');
  assert.deepEqual(found.numbers.toSorted(ascending), numbers.toSorted(ascending));
  const total = numbers.reduce((sum, n) => sum + n, 0);
  await watcher.evaluate(
    ([rows, total]) => {
      const watched = () => globalThis.watched as { readonly rows: number; readonly total: number };
      return lab.until(() => watched().rows === rows && watched().total === total);
    },
    [numbers.length, total] as const,
  );
  const states = await watcher.evaluate(() => globalThis.states);
  assert.deepEqual(states, ['open', 'restarting', 'open']);
  assert.equal(await leads(writer), true);
  const times = acknowledged.map(({ at }) => at).filter((at) => at >= endedAt);
  return { pauseMs: longestPause([endedAt, ...times]), writes: numbers.length };
}

function longestPause(times: readonly number[]): number {
  const sorted = times.toSorted(ascending);
  return Math.max(...sorted.slice(1).map((at, index) => at - sorted[index]!));
}

async function takePart(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const migrations = ['CREATE TABLE log (n INTEGER)'];
    globalThis.server = lab.start({ name: 'failover', migrations }, { name: 'failover' });
    globalThis.db = globalThis.server.connect();
    await lab.done(globalThis.db.select('SELECT 1'));
  });
}

function leads(page: Page): Promise<boolean> {
  return page.evaluate(() => lab.rxjs.firstValueFrom(globalThis.server.leads));
}

function ascending(a: number, b: number): number {
  return a - b;
}
