/** What a run found: the first thing that must not be, and how much was looked at. */
import type { LiveQuery } from './live-query.ts';
import type { Result } from './results.ts';
import { within } from './turns.ts';

/** What must not be. Two failures of one kind are taken to have one cause. */
export interface Failure {
  readonly kind: string;
  readonly detail: string;
  /** The step after which it showed; -1 for the start. */
  readonly step: number;
  readonly query?: number;
  readonly expected?: Result | undefined;
  readonly actual?: Result | undefined;
}

export interface Counts {
  steps: number;
  writes: number;
  refusedWrites: number;
  queries: number;
  comparisons: number;
  /** Of queries that a fresh run refuses. */
  failingComparisons: number;
  emissions: number;
}

/** Ends a run whose failure is known. */
export class Failed extends Error {}

/** How long anything may take that is no live query: triggers of 2,600 rows, each of which looks at all, take SQLite 20 s. */
const hangsAfterMs = 60_000;

export class Verdict {
  failure: Failure | undefined;
  /** The step that is under way. */
  step = -1;
  readonly counts: Counts = {
    steps: 0,
    writes: 0,
    refusedWrites: 0,
    queries: 0,
    comparisons: 0,
    failingComparisons: 0,
    emissions: 0,
  };

  /** Notes what a live query did; the run ends when it is asked next. */
  readonly complain = (
    kind: string,
    query: LiveQuery,
    detail: string,
    evidence: { expected?: Result; actual?: Result | undefined } = {},
  ): void => {
    this.failure ??= { kind, detail, step: this.step, query: query.index, ...evidence };
  };

  fail(failure: Omit<Failure, 'step'>): never {
    this.failure ??= { ...failure, step: this.step };
    throw new Failed();
  }

  throwIfFailed(): void {
    if (this.failure) throw new Failed();
  }

  /** Waits for what must come. */
  async within<T>(what: string, promise: Promise<T>): Promise<T> {
    const result = await within(hangsAfterMs, promise);
    return result === undefined ? this.fail({ kind: 'hang', detail: `${what} did not come in time` }) : result.value;
  }
}
