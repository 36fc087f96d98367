/** One live query under test: what it emitted, and what each emission must be. */
import { map, type Observable, type Subscription } from 'rxjs';
import { type Database, type Scope, versionOf } from '../../lib/index.ts';
import { type QueryText, queryText, rankedText } from './query-text.ts';
import { contentOf, type Raw, type Result, resultOf, sameColumns, sameResult } from './results.ts';
import type { QueryCase } from './scenario.ts';
import type { Verdict } from './verdict.ts';

export class LiveQuery {
  readonly index: number;
  readonly made: QueryCase;
  readonly text: QueryText;
  readonly ranked: QueryText;
  /** The latest result. */
  last: Result | undefined;
  error: unknown;
  /** Since it was last settled. */
  emissions: Result[] = [];
  isOpen = false;
  /** A fresh run failed lately: it may fail as well. */
  mayFail = false;
  isDone = false;
  /** It has not been settled since it was subscribed. */
  isNew = true;
  /** How many emissions of the last step may still come. */
  late = 0;
  total = 0;
  readonly #complain: Verdict['complain'];
  #raw: Raw | undefined;
  #subscription: Subscription | undefined;
  #contents: readonly string[] = [];
  #version = 0;

  constructor(index: number, made: QueryCase, complain: Verdict['complain']) {
    this.index = index;
    this.made = made;
    this.text = queryText(made.template);
    this.ranked = rankedText(made.template);
    this.#complain = complain;
  }

  /** Whether it is subscribed, and goes on. */
  get isLive(): boolean {
    return this.isOpen && this.error === undefined && !this.isDone;
  }

  /** In a transaction, a live query completes with it. */
  open(db: Scope, mayComplete = false): void {
    const { sql, params } = this.text;
    const results$: Observable<Raw> =
      this.made.rows === 'objects' ? db.watch(sql, params) : db.watch(sql, params, { rows: 'arrays' });
    this.begin();
    this.#subscription = results$.subscribe({
      next: (raw) => this.emitted(raw),
      error: (error: unknown) => this.failed(error),
      complete: () => {
        this.isDone = true;
        if (!mayComplete) this.#complain('completed', this, 'it completed by itself');
      },
    });
  }

  /** Forgets what was before, and waits for emissions. */
  begin(): void {
    this.isOpen = true;
    this.error = undefined;
    this.isDone = false;
    this.last = undefined;
    this.#raw = undefined;
    this.#contents = [];
    this.emissions = [];
    this.isNew = true;
    this.late = 0;
    this.mayFail = false;
  }

  close(): void {
    this.isOpen = false;
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  failed(error: unknown): void {
    this.error = error ?? new Error('nothing was thrown');
  }

  emitted(raw: Raw): void {
    if (!this.isOpen) this.#complain('after the end', this, 'it emitted after it was unsubscribed');
    const result = resultOf(raw);
    this.total++;
    this.emissions.push(result);
    const contents = result.rows.map(contentOf);
    const before = this.last;
    if (before) {
      if (sameResult(before, result) && (result.rows.length > 0 || this.made.rows === 'arrays')) {
        this.#complain('equal emission', this, 'it emitted what it had emitted before', {
          expected: before,
          actual: result,
        });
      }
      if (sameColumns(before, result)) this.#compareObjects(before, result, contents);
    }
    const version = versionOf(raw);
    if (version === undefined) this.#complain('version', this, 'the result has no version');
    else if (version < this.#version) this.#complain('version', this, `version ${version} came after ${this.#version}`);
    this.#version = version ?? 0;
    this.#raw = raw;
    this.last = result;
    this.#contents = contents;
  }

  /** What was emitted is as it was, whoever emitted since. */
  checkUnchanged(): void {
    if (this.#raw === undefined || this.last === undefined) return;
    const now = resultOf(this.#raw);
    if (now.rows.some((row, index) => contentOf(row) !== this.#contents[index])) {
      this.#complain('changed in place', this, 'a result that was emitted is no longer what it was');
    }
  }

  /** Rows that did not change are the same objects, and no object became another row. */
  #compareObjects(before: Result, after: Result, contents: readonly string[]): void {
    const known = new Map(before.objects.map((object, index) => [object, this.#contents[index]!]));
    const wanted = new Map<string, number>();
    const note = (content: string, change: number): void =>
      void wanted.set(content, (wanted.get(content) ?? 0) + change);
    const counted = countOf(this.#contents);
    for (const [content, count] of countOf(contents)) note(content, Math.min(count, counted.get(content) ?? 0));
    for (const [index, object] of after.objects.entries()) {
      const was = known.get(object);
      const content = contents[index]!;
      if (was !== undefined) note(content, -1);
      if (was !== undefined && was !== content) {
        this.#complain('changed in place', this, `the object of ${was} holds ${content}`, {
          expected: before,
          actual: after,
        });
      }
    }
    const lost = [...wanted].find(([, count]) => count > 0);
    // Of columns with one name an object shows one: a row may differ in another.
    const areAlike = /\*[\s\S]*(\bJOIN\b|,)/i.test(this.text.sql);
    if (lost && !areAlike) {
      this.#complain('identity', this, `a row that did not change is another object: ${lost[0]}`, {
        expected: before,
        actual: after,
      });
    }
  }
}

function countOf(contents: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const content of contents) counts.set(content, (counts.get(content) ?? 0) + 1);
  return counts;
}

/** Queries that are followed together: their results are of one version. */
export class LiveGroup {
  readonly members: readonly LiveQuery[];
  readonly #complain: Verdict['complain'];
  #subscription: Subscription | undefined;
  #before: readonly unknown[] = [];

  constructor(members: readonly LiveQuery[], complain: Verdict['complain']) {
    this.members = members;
    this.#complain = complain;
  }

  get isOpen(): boolean {
    return this.#subscription !== undefined;
  }

  open(db: Scope): void {
    this.#before = [];
    if (!('watchAll' in db)) return;
    for (const member of this.members) member.begin();
    const queries = Object.fromEntries(
      this.members.map(({ text }, index) => [`q${index}`, text as { sql: string; params: readonly unknown[] }]),
    );
    const results$ = (db as Database)
      .watchAll(queries)
      .pipe(map((named) => this.members.map((_, index) => named[`q${index}`] as Raw)));
    this.#subscription = results$.subscribe({
      next: (results) => this.#emitted(results),
      error: (error: unknown) => {
        for (const member of this.members) member.failed(error);
      },
    });
  }

  close(): void {
    for (const member of this.members) member.close();
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  #emitted(results: readonly Raw[]): void {
    const versions = new Set(results.map(versionOf));
    if (versions.size !== 1) this.#complain('torn', this.members[0]!, `one emission has versions ${[...versions]}`);
    const changed = this.members.filter((_, index) => results[index] !== this.#before[index]);
    if (changed.length === 0)
      this.#complain('equal emission', this.members[0]!, 'a group emitted the same results again');
    for (const member of changed) member.emitted(results[this.members.indexOf(member)]!);
    this.#before = results;
  }
}
