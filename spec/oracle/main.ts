/** The oracle on the command line: `npm run oracle -- --minutes 60 --seed 1 --engine better-sqlite3`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fromJson, toJson } from './literal.ts';
import { engineNames } from './open-server.ts';
import { type RunOptions, runScenario } from './run.ts';
import type { EngineName, Scenario } from './scenario.ts';
import { makeScenario } from './scenario-generator.ts';
import { shrink } from './shrink.ts';
import { report } from './statement-text.ts';
import type { Counts, Failure } from './verdict.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    engine: { type: 'string', default: 'better-sqlite3' },
    scenario: { type: 'string' },
    worker: { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
    'no-exact': { type: 'boolean', default: false },
  },
});

const how: RunOptions = { exact: !options['no-exact'] };

/** The kinds of failure that were seen, so that each is shrunk once. */
const known = new Map<string, number>();
let failures = 0;

if (options.scenario !== undefined) await runFile(options.scenario);
else await runSeeds();
process.exitCode = failures > 0 ? 1 : 0;

async function runFile(file: string): Promise<void> {
  const scenario = fromJson<Scenario>(readFileSync(file, 'utf8'));
  const { failure } = await runScenario(scenario, how);
  if (failure) await tell(scenario, failure);
  else console.log('no failure');
}

async function runSeeds(): Promise<void> {
  const engine = engineNames.find((name) => name === options.engine);
  if (engine === undefined) throw new RangeError(`--engine is one of ${engineNames.join(', ')}`);
  const start = performance.now();
  const end = start + Number(options.minutes) * 60_000;
  const first = Number(options.seed);
  const most = options.seeds === undefined ? Number.POSITIVE_INFINITY : Number(options.seeds);
  const total: Record<string, number> = {};
  let shown = start;
  let seed = first;
  for (; seed < first + most && performance.now() < end; seed++) {
    const scenario = makeScenario(seed, engine, isOnWorker(seed));
    const { failure, counts } = await runScenario(scenario, how);
    add(total, counts);
    if (failure) await tell(scenario, failure);
    if (failure && !options['keep-going']) break;
    if (performance.now() - shown > 10_000) {
      shown = performance.now();
      tellProgress(engine, seed - first + 1, total, shown - start);
    }
  }
  tellProgress(engine, seed - first, total, performance.now() - start);
}

/** A worker costs more to start, and finds little more. */
function isOnWorker(seed: number): boolean {
  return options.worker || seed % 20 === 0;
}

async function tell(scenario: Scenario, failure: Failure): Promise<void> {
  failures++;
  const seen = known.get(failure.kind) ?? 0;
  known.set(failure.kind, seen + 1);
  console.log(`\nseed ${scenario.seed} on ${scenario.engine}: ${failure.kind}: ${failure.detail}`);
  if (options['no-shrink'] || seen >= 3) return;
  const trial = async (candidate: Scenario): Promise<Failure | undefined> =>
    (await runScenario(candidate, { ...how, patienceMs: 400 })).failure;
  const shrunk = await shrink(scenario, failure, trial);
  const file = join(tmpdir(), `oracle-${scenario.engine}-${scenario.seed}.json`);
  writeFileSync(file, toJson(shrunk.scenario));
  console.log(
    `${report(shrunk.scenario, shrunk.failure)}\n-- ${shrunk.trials} trials; run it again with --scenario ${file}\n`,
  );
}

function add(total: Record<string, number>, counts: Counts): void {
  for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + Number(count);
}

function tellProgress(
  engine: EngineName,
  seeds: number,
  total: Readonly<Record<string, number>>,
  tookMs: number,
): void {
  const counts = Object.entries(total).map(([name, count]) => `${count} ${name}`);
  const rate = Math.round(((total.steps ?? 0) * 1000) / tookMs);
  const perMinute = Math.round((seeds * 60_000) / tookMs);
  console.log(
    `${engine}: ${seeds} seeds (${perMinute} a minute), ${counts.join(', ')}; ${rate} steps/s; ${failures} failures`,
  );
}
