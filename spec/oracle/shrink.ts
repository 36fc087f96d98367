/** Makes a failing scenario small, as long as it fails in the same way. */

import type { QueryCase, Scenario, Step, Write } from './scenario.ts';
import { smallerTemplates } from './smaller-templates.ts';
import { smallerWrites } from './smaller-writes.ts';
import type { Failure } from './verdict.ts';

/** Runs a scenario, and gives its failure. */
export type Trial = (scenario: Scenario) => Promise<Failure | undefined>;

export interface Shrunk {
  readonly scenario: Scenario;
  readonly failure: Failure;
  readonly trials: number;
}

/** Tries smaller scenarios until none of them fails, or until `withinMs` is over. */
export async function shrink(scenario: Scenario, failure: Failure, trial: Trial, withinMs = 60_000): Promise<Shrunk> {
  const shrinking = new Shrinking(scenario, failure, trial, performance.now() + withinMs);
  await shrinking.all();
  return shrinking.result;
}

class Shrinking {
  #best: Scenario;
  #failure: Failure;
  #trials = 0;
  readonly #trial: Trial;
  readonly #deadline: number;

  constructor(scenario: Scenario, failure: Failure, trial: Trial, deadline: number) {
    this.#best = scenario;
    this.#failure = failure;
    this.#trial = trial;
    this.#deadline = deadline;
  }

  get result(): Shrunk {
    return { scenario: this.#best, failure: this.#failure, trials: this.#trials };
  }

  async all(): Promise<void> {
    await this.#try({ ...this.#best, steps: this.#best.steps.slice(0, this.#failure.step + 1) });
    if (this.#best.onWorker) await this.#try({ ...this.#best, onWorker: false });
    const { query } = this.#failure;
    if (query !== undefined) await this.#keepQueries([query]);
    for (let before = ''; before !== sizeOf(this.#best) && !this.#isOver; ) {
      before = sizeOf(this.#best);
      await this.#reduceQueries();
      await this.#reduce(this.#best.steps, (steps) => ({ ...this.#best, steps }));
      await this.#reduce(this.#best.setup, (setup) => ({ ...this.#best, setup }));
      await this.#simplifySteps();
      await this.#simplifyQueries();
    }
  }

  get #isOver(): boolean {
    return performance.now() > this.#deadline;
  }

  /** Takes the candidate in the place of the best one if it fails in the same way. */
  async #try(candidate: Scenario): Promise<boolean> {
    if (this.#isOver) return false;
    this.#trials++;
    const failure = await this.#trial(candidate);
    if (failure?.kind !== this.#failure.kind) return false;
    this.#best = candidate;
    this.#failure = failure;
    return true;
  }

  /** Leaves out as many of a list as it can: halves first, then ever smaller parts. */
  async #reduce<T>(items: readonly T[], rebuilt: (items: readonly T[]) => Scenario): Promise<void> {
    let kept = items;
    for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let from = 0; from < kept.length && !this.#isOver; ) {
        const fewer = [...kept.slice(0, from), ...kept.slice(from + size)];
        if (await this.#try(rebuilt(fewer))) kept = fewer;
        else from += size;
      }
    }
  }

  async #reduceQueries(): Promise<void> {
    const indexes = this.#best.queries.map((_, index) => index);
    const from = this.#best;
    await this.#reduce(indexes, (kept) => withQueries(from, kept));
  }

  async #keepQueries(indexes: readonly number[]): Promise<void> {
    const alone = withQueries(this.#best, indexes);
    const opened = alone.queries.map(({ group: _, ...query }): QueryCase => ({ ...query, open: true }));
    if (await this.#try({ ...alone, queries: opened })) return;
    await this.#try(alone);
  }

  async #simplifySteps(): Promise<void> {
    for (let index = 0; index < this.#best.steps.length; index++) {
      const replaced = (step: Step): Scenario => ({ ...this.#best, steps: this.#best.steps.with(index, step) });
      await this.#firstThatFails(() => smallerSteps(this.#best.steps[index]!).map(replaced));
    }
  }

  async #simplifyQueries(): Promise<void> {
    for (let index = 0; index < this.#best.queries.length; index++) {
      const query = (): QueryCase => this.#best.queries[index]!;
      const replaced = (made: QueryCase): Scenario => ({
        ...this.#best,
        queries: this.#best.queries.with(index, made),
      });
      await this.#firstThatFails(() =>
        smallerTemplates(query().template).map((template) => replaced({ ...query(), template })),
      );
    }
  }

  /** Goes on from each candidate that fails, until none does. */
  async #firstThatFails(candidates: () => readonly Scenario[]): Promise<void> {
    for (let found = true; found && !this.#isOver; ) {
      found = false;
      for (const candidate of candidates()) {
        if (!(await this.#try(candidate))) continue;
        found = true;
        break;
      }
    }
  }
}

/** The scenario with some of its queries, which steps then know by new numbers. */
function withQueries(scenario: Scenario, kept: readonly number[]): Scenario {
  const renumbered = (queries: readonly number[]): number[] =>
    queries.map((index) => kept.indexOf(index)).filter((index) => index >= 0);
  return {
    ...scenario,
    queries: kept.map((index) => scenario.queries[index]!),
    steps: scenario.steps.map((step) => ('queries' in step ? { ...step, queries: renumbered(step.queries) } : step)),
  };
}

function smallerSteps(step: Step): Step[] {
  switch (step.kind) {
    case 'write':
      return [
        ...(step.by === 'second' ? [{ ...step, by: 'self' as const }] : []),
        ...smallerWrites(step.write).map((write): Step => ({ ...step, write })),
      ];
    case 'burst': {
      const { writes } = step;
      const single = writes.map((write): Step => ({ kind: 'write', write, by: 'self' }));
      const fewer = writes.map(
        (_, index): Step => ({ ...step, writes: writes.filter((_write, other) => other !== index) }),
      );
      const smaller = writes.flatMap((write, index) =>
        smallerWrites(write).map((made): Write[] => writes.with(index, made)),
      );
      return [
        ...single,
        ...(writes.length > 1 ? fewer : []),
        ...smaller.map((made): Step => ({ ...step, writes: made })),
      ];
    }
    case 'inside': {
      const { parts } = step;
      const fewer = parts.map((_, index) => parts.filter((_part, other) => other !== index));
      const smaller = parts.flatMap((part, index) => smallerWrites(part).map((made) => parts.with(index, made)));
      return [
        { kind: 'write', write: { kind: 'transaction', parts, ends: step.ends }, by: 'self' },
        ...[...(parts.length > 1 ? fewer : []), ...smaller].map((made): Step => ({ ...step, parts: made })),
      ];
    }
    case 'foreign':
      return step.sql.length > 1 ? step.sql.map((sql): Step => ({ ...step, sql: [sql] })) : [];
    default:
      return step.queries.length > 1 ? step.queries.map((query): Step => ({ ...step, queries: [query] })) : [];
  }
}

function sizeOf(scenario: Scenario): string {
  return JSON.stringify(scenario, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
}
