/** Runs one scenario, and finds the first thing that must not be. */
import { DatabaseSync } from 'node:sqlite';
import { lastValueFrom } from 'rxjs';
import { type Database, type Scope, type Server, SluiceError } from '../../lib/index.ts';
import { byEvenClock } from './even-clock.ts';
import { Exactness, type SingleWrite } from './exactness.ts';
import { LiveGroup, LiveQuery } from './live-query.ts';
import { withServer } from './open-server.ts';
import { changesSchema, performWrite, TakenBack, type WriteOutcome } from './perform-write.ts';
import type { Scenario, Step, Write } from './scenario.ts';
import { Settling } from './settling.ts';
import type { Fresh } from './states.ts';
import { type Counts, Failed, type Failure, Verdict } from './verdict.ts';

export interface Outcome {
  readonly failure?: Failure;
  readonly counts: Counts;
}

export interface RunOptions {
  /** How long a live query may take to come to the present state. 5 s by default. */
  readonly patienceMs?: number;
  /** Whether queries may run only where a row concerns them. */
  readonly exact?: boolean;
}

export function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<Outcome> {
  return scenario.clock === 'even' ? byEvenClock(() => runOnce(scenario, options)) : runOnce(scenario, options);
}

function runOnce(scenario: Scenario, options: RunOptions): Promise<Outcome> {
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
  readonly #patienceMs: number;

  constructor(scenario: Scenario, server: Server, outside: DatabaseSync | undefined, options: RunOptions) {
    const { patienceMs = 5000, exact = true } = options;
    const { complain } = this.verdict;
    this.#scenario = scenario;
    this.#server = server;
    this.#db = server.connect();
    this.#second = server.connect();
    this.#outside = outside;
    this.#patienceMs = patienceMs;
    this.#queries = scenario.queries.map((query, index) => new LiveQuery(index, query, complain));
    const numbers = new Set(scenario.queries.flatMap(({ group }) => group ?? []));
    const members = (number: number): LiveQuery[] => this.#queries.filter(({ made }) => made.group === number);
    this.#groups = [...numbers].map((number) => new LiveGroup(members(number), complain));
    const parts = { queries: this.#queries, groups: this.#groups };
    this.#settling = new Settling(this.#db, parts, this.verdict, { patienceMs, isRemote: scenario.onWorker });
    if (exact) this.#exactness = new Exactness(this.#db, server, this.#queries, this.verdict);
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
    await this.#settling.forgive();
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
      case 'inside':
        this.#exactness?.forgetSchema();
        await this.#inside(step);
        return this.#settling.settle(1);
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
    const { open } = this.#settling;
    const states = new Map(open.map((query): [LiveQuery, Fresh[]] => [query, query.last ? [query.last] : []]));
    const looks: Promise<unknown>[] = [];
    const outcomes = writes.map((write) => {
      const outcome = performWrite(this.#db, write);
      // Sent behind it, and before the next.
      const look = async (query: LiveQuery): Promise<unknown> =>
        states.get(query)!.push(await this.#settling.fresh(query));
      if (watched) looks.push(...open.map(look));
      return outcome;
    });
    for (const outcome of await this.verdict.within('the writes', Promise.all(outcomes))) this.#noteWrite(outcome);
    await this.verdict.within('the states between', Promise.all(looks));
    const changed = writes.some(changesSchema);
    for (const [query, seen] of states) {
      const failed = seen.some((state) => state instanceof Error);
      if (failed || (!watched && (changed || query.made.template.mayFail))) query.mayFail = true;
    }
    await this.#settling.settle(writes.length, watched ? states : undefined);
  }

  /** A transaction whose own live queries see each of its writes, and complete with it. */
  async #inside({ parts, queries, ends }: Extract<Step, { kind: 'inside' }>): Promise<void> {
    const live = this.#ungrouped(queries).map(({ index, made }) => new LiveQuery(index, made, this.verdict.complain));
    const options = { patienceMs: this.#patienceMs, isRemote: this.#scenario.onWorker, isInside: true };
    const transaction$ = this.#db.transaction(async (tx) => {
      const settling = new Settling(tx, { queries: live, groups: [], beside: this.#queries }, this.verdict, options);
      for (const query of live) query.open(tx, true);
      await settling.settle(0);
      for (const part of parts) {
        this.#noteWrite(await performWrite(tx, part));
        // A statement may have ended it: INSERT OR ROLLBACK.
        if (!(await isAlive(tx))) return;
        // A part may be several statements, and each of them shows.
        await settling.settle(Number.POSITIVE_INFINITY);
      }
      if (ends === 'rollback') throw new TakenBack();
    });
    try {
      await this.verdict.within('a transaction', lastValueFrom(transaction$, { defaultValue: undefined }));
    } catch (error) {
      if (!(error instanceof SluiceError || error instanceof TakenBack)) throw error;
    }
    const left = live.find(({ isLive }) => isLive);
    for (const query of live) query.close();
    await this.#settling.forgive();
    this.verdict.throwIfFailed();
    if (left) this.verdict.fail({ kind: 'left open', detail: 'its transaction is over', query: left.index });
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

async function isAlive(tx: Scope): Promise<boolean> {
  try {
    await lastValueFrom(tx.select('SELECT 1'));
    return true;
  } catch {
    return false;
  }
}
