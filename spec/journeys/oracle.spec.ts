/**
 * Random schemas, live queries and writes: after every commit every live query shows what a fresh run gives, and has emitted
 * only what differs. A failure tells its seed, with the smallest scenario that fails like it. For hours: `npm run oracle -- --minutes 60`.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fromJson } from '../oracle/literal.ts';
import { engineNames } from '../oracle/open-server.ts';
import type { Regression } from '../oracle/regression.ts';
import { runScenario } from '../oracle/run.ts';
import { makeScenario } from '../oracle/scenario-generator.ts';
import { shrink } from '../oracle/shrink.ts';
import { report } from '../oracle/statement-text.ts';

const secondsForEach = 10;
const shrinkingMs = 25_000;
const regressions = join(import.meta.dirname, '..', 'oracle', 'regressions');

/** The same each time, so that a commit passes today where it passed yesterday; by hand the oracle takes any. */
const firstSeed = 1;

describe('the oracle', () => {
  for (const engine of engineNames) {
    it(`finds every live result on ${engine} equal to a fresh one`, async (t) => {
      const end = performance.now() + secondsForEach * 1000;
      let seed = firstSeed;
      for (; performance.now() < end; seed++) {
        const scenario = makeScenario(seed, engine, seed % 20 === 0);
        const { failure } = await runScenario(scenario);
        if (failure === undefined) continue;
        const trial = async (candidate: typeof scenario) => (await runScenario(candidate, { patienceMs: 500 })).failure;
        const shrunk = await shrink(scenario, failure, trial, shrinkingMs);
        assert.fail(`seed ${seed}:\n${report(shrunk.scenario, shrunk.failure)}`);
      }
      t.diagnostic(`seeds ${firstSeed} to ${seed - 1}`);
    });
  }

  for (const file of readdirSync(regressions).filter((name) => name.endsWith('.json'))) {
    const { story, scenario } = fromJson<Regression>(readFileSync(join(regressions, file), 'utf8'));
    it(story, async () => {
      const { failure } = await runScenario(scenario, { patienceMs: 2000 });
      assert.equal(failure && report(scenario, failure), undefined);
    });
  }
});
