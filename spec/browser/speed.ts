/** How long a page waits: for a point query, and for the thread that a large result arrives on. Printed, since machines differ. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WithDesk } from './workbench.ts';

export function speedSpecs(withDesk: WithDesk): void {
  describe('a page at work', () => {
    it('receives 100,000 rows, and tells for how long its thread did nothing else', (test) =>
      withDesk(async ({ open }) => {
        const page = await open();
        const found = await page.evaluate(async () => {
          const { start, done } = lab;
          const server = start({ name: 'large' });
          const db = server.connect();
          await done(
            db.executeScript(`CREATE TABLE t (id INTEGER PRIMARY KEY, title TEXT, price REAL, stock INTEGER, note TEXT);
              WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
              INSERT INTO t SELECT i, 'title number ' || i, i * 0.5, i % 7, iif(i % 3, NULL, 'größe ' || i) FROM n`),
          );
          const beats = heartbeat();
          const begun = performance.now();
          const rows = (await done(db.select<{ id: number; note: string | null }>('SELECT * FROM t')))!;
          const tookMs = performance.now() - begun;
          const longestTaskMs = beats.stop();
          await done(server.shutdown());
          return { count: rows.length, last: rows.at(-1), tookMs, longestTaskMs };

          /** Each beat is a task: the longest time between two is that of the longest task beside them. */
          function heartbeat(): { stop(): number } {
            const { port1, port2 } = new MessageChannel();
            let last = performance.now();
            let longest = 0;
            port1.onmessage = () => {
              const now = performance.now();
              longest = Math.max(longest, now - last);
              last = now;
              port2.postMessage(0);
            };
            port2.postMessage(0);
            return {
              stop() {
                port1.close();
                return Math.max(longest, performance.now() - last);
              },
            };
          }
        });
        assert.equal(found.count, 100_000);
        assert.deepEqual(found.last, {
          id: 100_000,
          title: 'title number 100000',
          price: 50_000,
          stock: 5,
          note: null,
        });
        const { tookMs, longestTaskMs } = found;
        test.diagnostic(
          `100,000 rows in ${Math.round(tookMs)} ms, longest task of the page ${longestTaskMs.toFixed(1)} ms`,
        );
      }));

    it('asks for one row, and tells what that takes beside a message to a worker and back', (test) =>
      withDesk(async ({ open }) => {
        const page = await open();
        const found = await page.evaluate(async () => {
          const { start, done } = lab;
          const server = start({ name: 'point', migrations: ['CREATE TABLE t (id INTEGER PRIMARY KEY, v)'] });
          const db = server.connect();
          await done(db.execute('INSERT INTO t (v) VALUES (1), (2), (3)'));
          const queryMs = await mean(() => done(db.select('SELECT v FROM t WHERE id = ?', [2])));
          const commitMs = await mean(() => done(db.execute('UPDATE t SET v = v + 1 WHERE id = 2')));
          await done(server.shutdown());
          const echo = new Worker(URL.createObjectURL(new Blob(['onmessage = ({ data }) => postMessage(data)'])));
          const messageMs = await mean(
            () =>
              new Promise((resolve) => {
                echo.onmessage = resolve;
                echo.postMessage(0);
              }),
          );
          echo.terminate();
          return { queryMs, commitMs, messageMs };

          /** A page's clock is too coarse for one run. */
          async function mean(work: () => Promise<unknown>): Promise<number> {
            const runs = 300;
            const begun = performance.now();
            for (let run = 0; run < runs; run++) await work();
            return (performance.now() - begun) / runs;
          }
        });
        const [query, commit, message] = [found.queryMs, found.commitMs, found.messageMs].map((ms) => ms.toFixed(2));
        assert.ok(found.queryMs > 0);
        test.diagnostic(`point query ${query} ms, commit ${commit} ms, bare message ${message} ms, there and back`);
      }));
  });
}
