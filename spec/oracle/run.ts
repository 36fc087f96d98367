/** Runs one scenario, and finds the first thing that must not be. */
import { DatabaseSync } from 'node:sqlite';
import { lastValueFrom } from 'rxjs';
import type { Database, Server } from '../../lib/index.ts';
import type { Habits } from './concern.ts';
import { Exactness, type SingleWrite } from './exactness.ts';
import { LiveGroup, LiveQuery } from './live-query.ts';
import { withServer } from './open-server.ts';
import { changesSchema, performWrite, type WriteOutcome } from './perform-write.ts';
import type { Scenario, Step, Write } from './scenario.ts';
import { type Fresh, Settling } from './settling.ts';
import { type Counts, Failed, type Failure, Verdict } from './verdict.ts';

export interface Outcome {
  readonly failure?: Failure;
  readonly counts: Counts;
}

export interface RunOptions extends Partial<Habits> {
  /** How long a live query may take to come to the present state. 5 s by default. */
  readonly patienceMs?: number;
  /** Whether queries may run only where a row concerns them. */
  readonly exact?: boolean;
}

export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<Outcome> {
  return withServer(scenario, async (server, file) => {
    const outside = file === undefined ? undefined : new DatabaseSync(file, { timeout: 2000 });
    const run = new Run(scenario, server, outside, options);
    try {
      await run.all();
    } catch (error) {
      if (!(error instanceof Failed)) throw error;
    } finally {
      run.closeQueries();
      outside?.close();
    }
    const { failure, counts } = run.verdict;
    return { ...(failure ? { failure } : {}), counts };
  });
}

class Run {
  readonly verdict = new Verdict();
  readonly #scenario: Scenario;
  readonly #server: Server;
  readonly #db: Database;
  readonly #second: Database;
  readonly #outside: DatabaseSync | undefined;
  readonly #queries: readonly LiveQuery[];
  readonly #groups: readonly LiveGroup[];
  readonly #settling: Settling;
  readonly #exactness: Exactness | undefined;

  constructor(scenario: Scenario, server: Server, outside: DatabaseSync | undefined, options: RunOptions) {
    const { patienceMs = 5000, sparesKnownFaults = false, exact = true } = options;
    const { complain } = this.verdict;
    this.#scenario = scenario;
    this.#server = server;
    this.#db = server.connect();
    this.#second = server.connect();
    this.#outside = outside;
    this.#queries = scenario.queries.map((query, index) => new LiveQuery(index, query, complain));
    const numbers = new Set(scenario.queries.flatMap(({ group }) => group ?? []));
    const members = (number: number): LiveQuery[] => this.#queries.filter(({ made }) => made.group === number);
    this.#groups = [...numbers].map((number) => new LiveGroup(members(number), complain));
    const parts = { queries: this.#queries, groups: this.#groups };
    this.#settling = new Settling(this.#db, parts, this.verdict, { patienceMs, isRemote: scenario.onWorker });
    if (exact)
      this.#exactness = new Exactness(
        { db: this.#db, server, queries: this.#queries, verdict: this.verdict },
        { sparesKnownFaults },
      );
    this.verdict.counts.queries = scenario.queries.length;
  }

  async all(): Promise<void> {
    for (const statement of this.#scenario.setup) await this.#write({ kind: 'execute', ...statement }, this.#db);
    await this.#settling.openGroups();
    for (const query of this.#queries) if (query.made.open && query.made.group === undefined) query.open(this.#db);
    await this.#settling.settle(0);
    for (const [index, step] of this.#scenario.steps.entries()) {
      this.verdict.step = index;
      this.verdict.counts.steps++;
      await this.#perform(step);
    }
    await this.#checkEnd();
  }

  closeQueries(): void {
    for (const part of [...this.#groups, ...this.#queries]) part.close();
    this.#exactness?.close();
  }

  async #perform(step: Step): Promise<void> {
    switch (step.kind) {
      case 'write':
        return this.#single(step);
      case 'burst':
        this.#exactness?.forgetSchema();
        return this.#burst(step.writes, step.watched);
      case 'foreign':
        this.#exactness?.forgetSchema();
        this.#writeOutside(step.sql);
        return this.#settling.settle(1);
      case 'open':
        for (const query of this.#ungrouped(step.queries)) if (!query.isOpen) query.open(this.#db);
        await this.#settling.openGroups();
        return this.#settling.settle(0);
      case 'close':
        for (const query of this.#ungrouped(step.queries)) query.close();
        return this.#settling.settle(0);
    }
  }

  async #single(step: SingleWrite): Promise<void> {
    await this.#exactness?.note();
    const outcome = await this.#write(step.write, step.by === 'self' ? this.#db : this.#second);
    await this.#settling.settle(1);
    await this.#exactness?.check(step, outcome);
  }

  /** Those of the queries that are in no group. */
  #ungrouped(indexes: readonly number[]): LiveQuery[] {
    return indexes.flatMap((index) => this.#queries[index] ?? []).filter(({ made }) => made.group === undefined);
  }

  async #write(write: Write, db: Database): Promise<WriteOutcome> {
    const outcome = await this.verdict.within('a write', performWrite(db, write));
    this.#noteWrite(outcome);
    return outcome;
  }

  #noteWrite({ isDone, strange }: WriteOutcome): void {
    this.verdict.counts.writes++;
    if (!isDone) this.verdict.counts.refusedWrites++;
    if (strange !== undefined) this.verdict.fail({ kind: 'strange error', detail: `a write failed with ${strange}` });
  }

  async #burst(writes: readonly Write[], watched: boolean): Promise<void> {
    const changed = writes.some(changesSchema);
    const states: Promise<Fresh[]>[] = [];
    const { open } = this.#settling;
    const outcomes = writes.map((write) => {
      const outcome = performWrite(this.#db, write);
      // Sent behind it, and before the next.
      if (watched) states.push(Promise.all(open.map((query) => this.#settling.fresh(query))));
      return outcome;
    });
    const done = await this.verdict.within('the writes', Promise.all(outcomes));
    for (const outcome of done) this.#noteWrite(outcome);
    const seen = await this.verdict.within('the states between', Promise.all(states));
    for (const [index, query] of open.entries()) {
      const failed = seen.some((state) => state[index] instanceof Error);
      if (failed || (!watched && (changed || query.made.template.mayFail))) query.mayFail = true;
    }
    await this.#settling.settle(writes.length);
  }

  /** What SQLite refuses of it is left out. */
  #writeOutside(statements: readonly string[]): void {
    const outside = this.#outside;
    if (outside === undefined) return;
    const attempt = (sql: string): void => {
      try {
        outside.exec(sql);
      } catch {
        // Refused, as some of what the server is asked to do.
      }
    };
    attempt('BEGIN IMMEDIATE');
    for (const sql of statements) if (outside.isTransaction) attempt(sql);
    if (outside.isTransaction) attempt('COMMIT');
    if (outside.isTransaction) attempt('ROLLBACK');
  }

  /** Nothing is left of live queries that nobody follows. */
  async #checkEnd(): Promise<void> {
    this.closeQueries();
    await this.verdict.within('a select', lastValueFrom(this.#db.select('SELECT 1')));
    const { liveQueries } = await this.verdict.within('a report', lastValueFrom(this.#server.inspect()));
    const [left] = liveQueries;
    if (left) this.verdict.fail({ kind: 'left open', detail: `${left.sql} is still followed` });
  }
}
