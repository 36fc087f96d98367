/**
 * Random schemas, live queries and writes: after every commit every live query shows what a fresh run gives, and has emitted
 * only what differs. The seeds change from day to day, and a failure tells its own, with the smallest scenario that fails
 * like it. For hours: `npm run oracle -- --minutes 60`.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fromJson } from '../oracle/literal.ts';
import { engineNames } from '../oracle/open-server.ts';
import type { Regression } from '../oracle/regression.ts';
import { type RunOptions, runScenario } from '../oracle/run.ts';
import type { EngineName } from '../oracle/scenario.ts';
import { makeScenario } from '../oracle/scenario-generator.ts';
import { shrink } from '../oracle/shrink.ts';
import { report } from '../oracle/statement-text.ts';

const secondsForEach = 10;
const shrinkingMs = 25_000;
const regressions = join(import.meta.dirname, '..', 'oracle', 'regressions');

/** Room for the seeds of one day. */
const firstSeed = Math.floor(Date.now() / 86_400_000) * 10_000;

/** What is known to be wrong has regressions of its own, which say so. */
const howOn = (engine: EngineName): RunOptions => ({ sparesKnownFaults: true, exact: engine !== 'sqlite-wasm' });

describe('the oracle', () => {
  for (const engine of engineNames) {
    const how = howOn(engine);
    it(`finds every live result on ${engine} equal to a fresh one`, async (t) => {
      const end = performance.now() + secondsForEach * 1000;
      let seed = firstSeed;
      for (; performance.now() < end; seed++) {
        const scenario = makeScenario(seed, engine, seed % 20 === 0);
        const { failure } = await runScenario(scenario, how);
        if (failure === undefined) continue;
        const trial = async (candidate: typeof scenario) =>
          (await runScenario(candidate, { ...how, patienceMs: 500 })).failure;
        const shrunk = await shrink(scenario, failure, trial, shrinkingMs);
        assert.fail(`seed ${seed}:\n${report(shrunk.scenario, shrunk.failure)}`);
      }
      t.diagnostic(`seeds ${firstSeed} to ${seed - 1}`);
    });
  }

  for (const file of readdirSync(regressions).filter((name) => name.endsWith('.json'))) {
    const { story, known, scenario } = fromJson<Regression>(readFileSync(join(regressions, file), 'utf8'));
    it(story, { todo: known ?? false }, async () => {
      const { failure } = await runScenario(scenario, { patienceMs: 2000 });
      assert.equal(failure && report(scenario, failure), undefined);
    });
  }
});
