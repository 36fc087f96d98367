/** How long a page waits: for a point query, and for the thread that a large result arrives on. Printed, since machines differ. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { longestTaskOf } from '../support/page-tasks.ts';
import type { ReadingTimes } from './site/reading.worker.ts';
import type { WithDesk } from './workbench.ts';

const hundredThousandRows = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, title TEXT, price REAL, stock INTEGER, note TEXT);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
  INSERT INTO t SELECT i, 'title number ' || i, i * 0.5, i % 7, iif(i % 3, NULL, 'größe ' || i) FROM n`;

export function speedSpecs(withDesk: WithDesk): void {
  describe('a page at work', () => {
    it(
      'receives 100,000 rows, and tells what that takes beside reading them in the worker, and its longest task',
      withDesk.inChromium,
      (test) =>
        withDesk(async ({ browser, open }) => {
          const page = await open();
          await page.evaluate(async (script) => {
            globalThis.server = lab.start({ name: 'large' });
            globalThis.db = globalThis.server.connect();
            await lab.done(globalThis.db.executeScript(script));
          }, hundredThousandRows);
          const { tookMs, workedMs } = await longestTaskOf(browser, page, () =>
            page.evaluate(() => lab.done(globalThis.db.select('SELECT * FROM t')).then(() => undefined)),
          );
          const result = await page.evaluate(async () => {
            const times: number[] = [];
            let rows: readonly object[] = [];
            for (let round = 0; round < 5; round++) {
              const begun = performance.now();
              rows = (await lab.done(globalThis.db.select('SELECT * FROM t')))!;
              times.push(performance.now() - begun);
            }
            await lab.done(globalThis.server.shutdown());
            return { count: rows.length, last: rows.at(-1), medianMs: times.sort((a, b) => a - b)[2]! };
          });
          const reading = await page.evaluate(
            (script) =>
              new Promise<ReadingTimes>((resolve, reject) => {
                const worker = new Worker(`/reading.worker.js?script=${encodeURIComponent(script)}`, {
                  type: 'module',
                });
                worker.onmessage = ({ data }) => resolve(data);
                worker.onerror = ({ message }) => reject(new Error(message));
              }),
            hundredThousandRows,
          );
          assert.equal(result.count, 100_000);
          assert.deepEqual(result.last, {
            id: 100_000,
            title: 'title number 100000',
            price: 50_000,
            stock: 5,
            note: null,
          });
          assert.ok(workedMs > 0);
          const { driverMs, engineMs } = reading;
          const [all, driver, engine] = [result.medianMs, driverMs, engineMs].map((ms) => `${Math.round(ms)} ms`);
          test.diagnostic(
            `100,000 rows in the page: ${all}; read in a worker by the driver ${driver}, by the engine ${engine}`,
          );
          test.diagnostic(
            `longest task of the page: ${workedMs.toFixed(1)} ms of work, ${tookMs.toFixed(1)} ms by the clock`,
          );
        }),
    );

    it('asks for one row and commits one, and tells what that takes beside a bare message, and sqlite-wasm alone', (test) =>
      withDesk(async ({ open }) => {
        const page = await open();
        const found = await page.evaluate(async () => {
          const { start, done } = lab;
          const server = start({ name: 'point', migrations: ['CREATE TABLE t (id INTEGER PRIMARY KEY, v)'] });
          const db = server.connect();
          await done(db.execute('INSERT INTO t (v) VALUES (1), (2), (3)'));
          const point = () => done(db.select('SELECT v FROM t WHERE id = ?', [2]));
          const firstMs = await mean(point);
          const commitMs = await mean(() => done(db.execute('UPDATE t SET v = v + 1 WHERE id = 2')));
          const echo = new Worker(URL.createObjectURL(new Blob(['onmessage = ({ data }) => postMessage(data)'])));
          const bounce = () =>
            new Promise((resolve) => {
              echo.onmessage = resolve;
              echo.postMessage(0);
            });
          // In turns, since a thread that has just slept takes longer, and once the compiler is done with both.
          const rounds = { query: [] as number[], message: [] as number[] };
          for (let round = 0; round < 20; round++) {
            rounds.message.push(await mean(bounce));
            rounds.query.push(await mean(point));
          }
          const [queryMs, messageMs] = [median(rounds.query.slice(6)), median(rounds.message.slice(6))];
          echo.terminate();
          await done(server.shutdown());
          const aloneMs = await new Promise<number>((resolve, reject) => {
            const worker = new Worker('/commits.worker.js', { type: 'module' });
            worker.onmessage = ({ data }) => resolve(data);
            worker.onerror = ({ message }) => reject(new Error(message));
          });
          return { firstMs, queryMs, commitMs, messageMs, aloneMs };

          /** A page's clock is too coarse for one run. */
          async function mean(work: () => Promise<unknown>): Promise<number> {
            const runs = 300;
            const begun = performance.now();
            for (let run = 0; run < runs; run++) await work();
            return (performance.now() - begun) / runs;
          }

          function median(times: readonly number[]): number {
            return times.toSorted((a, b) => a - b)[times.length >> 1]!;
          }
        });
        const { firstMs, queryMs, commitMs, messageMs, aloneMs } = found;
        const [first, query, commit, message, alone] = [firstMs, queryMs, commitMs, messageMs, aloneMs].map((ms) =>
          ms.toFixed(2),
        );
        assert.ok(queryMs > 0 && aloneMs > 0);
        test.diagnostic(
          `point query ${query} ms (the first 300 ${first}), commit ${commit} ms, bare message ${message} ms, there and back; commit by sqlite-wasm alone ${alone} ms`,
        );
      }));
  });
}
