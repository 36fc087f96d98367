/** Waits for live queries to come to the present state, and compares them with fresh runs. */
import { lastValueFrom, type Observable } from 'rxjs';
import { type Scope, SluiceError } from '../../lib/index.ts';
import { reasonAgainst } from './check.ts';
import type { LiveGroup, LiveQuery } from './live-query.ts';
import type { QueryText } from './query-text.ts';
import { resultOf, sameResult } from './results.ts';
import { type Fresh, strangeState } from './states.ts';
import { nextTurn } from './turns.ts';
import { Failed, type Verdict } from './verdict.ts';

/** Larger results make a scenario slow, and show nothing more. */
const mostRows = 4000;

export interface SettlingOptions {
  /** How long a live query may take to come to the present state. */
  readonly patienceMs: number;
  /** The server is in another thread. */
  readonly isRemote: boolean;
  /** They are in a transaction, and complete with it. */
  readonly isInside?: boolean;
}

export class Settling {
  readonly #db: Scope;
  readonly #queries: readonly LiveQuery[];
  readonly #beside: readonly LiveQuery[];
  readonly #groups: readonly LiveGroup[];
  readonly #verdict: Verdict;
  readonly #options: SettlingOptions;

  constructor(
    db: Scope,
    parts: {
      readonly queries: readonly LiveQuery[];
      readonly groups: readonly LiveGroup[];
      /** Others that are open meanwhile. */
      readonly beside?: readonly LiveQuery[];
    },
    verdict: Verdict,
    options: SettlingOptions,
  ) {
    this.#db = db;
    this.#queries = parts.queries;
    this.#groups = parts.groups;
    this.#beside = parts.beside ?? [];
    this.#verdict = verdict;
    this.#options = options;
  }

  /** Those that are subscribed. */
  get open(): readonly LiveQuery[] {
    return this.#queries.filter(({ isOpen }) => isOpen);
  }

  /**
   * Waits until every live query has come to the present state, which at most `commits` emissions led to. Where `states` are
   * known, each emission was one of them.
   */
  async settle(commits: number, states?: ReadonlyMap<LiveQuery, readonly Fresh[]>): Promise<void> {
    const { open } = this;
    const fresh = await this.#verdict.within('a fresh result', Promise.all(open.map((query) => this.fresh(query))));
    this.#noteFailing(open, fresh);
    await this.#wait(new Map(open.map((query, index) => [query, fresh[index]!])));
    for (const query of open) {
      const strange = states && strangeState(query.emissions, states.get(query) ?? [], query.made.template);
      if (strange) this.#verdict.complain('strange state', query, 'it is no committed state', { actual: strange });
      this.#count(query, commits);
    }
    this.#verdict.throwIfFailed();
    await this.#reopen(open, fresh);
  }

  fresh(query: LiveQuery): Promise<Fresh> {
    return this.#select(query.text, query.made.rows);
  }

  /** Groups that are closed, and of which no member fails now. */
  async openGroups(): Promise<void> {
    for (const group of this.#groups) {
      if (group.isOpen || group.members.length === 0) continue;
      const results = await Promise.all(group.members.map((member) => this.fresh(member)));
      if (!results.some((result) => result instanceof Error)) group.open(this.#db);
    }
  }

  /** A query that fails takes with it those that are followed beside it. */
  #noteFailing(open: readonly LiveQuery[], fresh: readonly Fresh[]): void {
    const failing = new Set(open.filter((_, index) => fresh[index] instanceof Error));
    for (const { members } of this.#groups) {
      if (members.some((member) => failing.has(member) || member.mayFail))
        for (const member of members) failing.add(member);
    }
    for (const query of failing) query.mayFail = true;
  }

  async #wait(waiting: Map<LiveQuery, Fresh>): Promise<void> {
    const deadline = Date.now() + this.#options.patienceMs;
    for (;;) {
      for (const [query, expected] of waiting) if (await this.#isSettled(query, expected)) waiting.delete(query);
      await this.forgive();
      this.#verdict.throwIfFailed();
      if (waiting.size === 0) return;
      if (Date.now() > deadline) this.#failUnsettled(waiting);
      await nextTurn(this.#options.isRemote);
    }
  }

  /** Whether the query shows what a fresh run gives. */
  async #isSettled(query: LiveQuery, expected: Fresh): Promise<boolean> {
    if (expected instanceof Error) {
      // What does not exist any more cannot go on; what fails on some row may not have come to it.
      return !query.isLive || !/^no such|has no column/.test(expected.message);
    }
    if (query.error !== undefined) {
      if (!query.mayFail) this.#verdict.complain('failed', query, `it failed with ${query.error}`, { expected });
      return true;
    }
    const { last } = query;
    if (last === undefined) return false;
    if (sameResult(last, expected)) return true;
    const ranked = await this.#select(query.ranked, query.made.rows);
    if (ranked instanceof Error)
      return this.#verdict.fail({ kind: 'oracle', detail: `ranks: ${ranked}`, query: query.index });
    return query.last === last && reasonAgainst(last, ranked, query.made.template) === undefined;
  }

  /** Where two columns have one name, an object shows one of them alone: what changed may be in the other. */
  async forgive(): Promise<void> {
    const { failure } = this.#verdict;
    if (failure === undefined || !/^(equal emission|identity)$/.test(failure.kind)) return;
    const query = [...this.#queries, ...this.#beside].find(({ index }) => index === failure.query);
    if (query === undefined || query.made.rows === 'arrays') return;
    const whole = await this.#select(query.text, 'arrays');
    if (whole instanceof Error || new Set(whole.columns).size === whole.columns.length) return;
    this.#verdict.failure = undefined;
  }

  #failUnsettled(waiting: ReadonlyMap<LiveQuery, Fresh>): never {
    const [query, expected] = [...waiting][0]!;
    const actual = query.last;
    if (expected instanceof Error)
      this.#verdict.complain('goes on', query, `a fresh run fails with ${expected}`, { actual });
    else this.#verdict.complain('differs', query, 'it is not what a fresh run gives', { expected, actual });
    throw new Failed();
  }

  #count(query: LiveQuery, commits: number): void {
    const { counts, complain } = this.#verdict;
    counts.comparisons++;
    counts.emissions += query.emissions.length;
    const allowed = (query.isNew ? Math.max(commits, 1) : commits) + query.late;
    // What is settled by a result that SQL allows may have others of the same commits on their way.
    query.late = query.made.template.total ? 0 : Math.max(0, allowed - query.emissions.length);
    if (query.emissions.length > allowed) {
      const detail = `${query.emissions.length} emissions for ${commits} commits`;
      complain('too many emissions', query, detail, { actual: query.last });
    }
    query.emissions = [];
    query.isNew = false;
    query.checkUnchanged();
  }

  /** What failed, and would not now, is subscribed again; what became too large is closed. */
  async #reopen(open: readonly LiveQuery[], fresh: readonly Fresh[]): Promise<void> {
    const again: LiveQuery[] = [];
    for (const [index, query] of open.entries()) {
      const result = fresh[index]!;
      query.mayFail = result instanceof Error;
      if (result instanceof Error) this.#verdict.counts.failingComparisons++;
      else if (query.made.group !== undefined) continue;
      else if (query.error !== undefined) again.push(query);
      else if (result.rows.length > mostRows) query.close();
    }
    for (const query of again) {
      query.close();
      query.open(this.#db, this.#options.isInside);
    }
    const failed = this.#groups.filter(({ members }) => members.some(({ error }) => error !== undefined));
    for (const group of failed) group.close();
    if (again.length > 0) await this.settle(0);
  }

  async #select({ sql, params }: QueryText, rows: 'objects' | 'arrays'): Promise<Fresh> {
    try {
      const result$ =
        rows === 'objects' ? this.#db.select(sql, params) : this.#db.select(sql, params, { rows: 'arrays' });
      return resultOf(await lastValueFrom(result$ as Observable<never>));
    } catch (error) {
      if (error instanceof SluiceError) return error;
      return this.#verdict.fail({ kind: 'strange error', detail: `a select failed with ${error}` });
    }
  }
}
