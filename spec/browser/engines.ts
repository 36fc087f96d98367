/** The engine keeps its contract in a browser. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Finding } from './site/test-runner.ts';
import type { WithDesk } from './workbench.ts';

export function engineSpecs(withDesk: WithDesk): void {
  describe('the engine', () => {
    it('passes the suite of the engines in a worker, over the files of the site and in memory', (test) =>
      withDesk(async ({ open }) => {
        const page = await open();
        const findings = await page.evaluate(
          () =>
            new Promise<Finding[]>((resolve, reject) => {
              const worker = new Worker('/engines.worker.js', { type: 'module' });
              worker.onmessage = ({ data }) => resolve(data);
              worker.onerror = ({ message }) => reject(new Error(message));
            }),
        );
        assert.ok(findings.length > 150, `${findings.length} specs ran`);
        test.diagnostic(`${findings.length} specs of the suite of the engines ran in the browser`);
        const failures = findings.filter(({ failure }) => failure !== undefined);
        assert.deepEqual(failures, []);
      }));
  });
}
