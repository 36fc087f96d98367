/** One execution per value: in order, one at a time. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NEVER, type Observable, of } from 'rxjs';
import { type Executes, execute } from '../../streams/execute.ts';
import { marbles } from '../support/marbles.ts';

/** A database that answers each known query with the Observable written beside it. */
function databaseOf<R>(outcomes: Record<string, Observable<R>>): Executes<string, R> {
  return { execute: (query) => outcomes[query] ?? NEVER };
}

const insert = (name: string) => `INSERT ${name}`;

describe('execute', () => {
  it('executes nothing for a source that never emits', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = cold('-');
      const subs = '       ^';
      expectObservable(values.pipe(execute(databaseOf({}), insert))).toBe('-');
      expectSubscriptions(values.subscriptions).toBe(subs);
    }));

  it('completes with an empty source', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = cold('--|');
      const subs = '       ^-!';
      expectObservable(values.pipe(execute(databaseOf({}), insert))).toBe('--|');
      expectSubscriptions(values.subscriptions).toBe(subs);
    }));

  it('emits the outcome of one value, and completes after it', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = cold('-a|');
      const outcome = cold('---(x|)');
      const expected = '   ----(x|)';
      expectObservable(values.pipe(execute(databaseOf({ 'INSERT a': outcome }), insert))).toBe(expected);
      expectSubscriptions(values.subscriptions).toBe('^-!');
      expectSubscriptions(outcome.subscriptions).toBe('-^--!');
    }));

  it('executes many values in order and one at a time', () =>
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-ab--------c---|');
      const a = cold('     ---(x|)');
      const b = cold('        ---(y|)');
      const c = cold('               ---(z|)');
      const expected = '  ----x--y------z|';
      const db = databaseOf({ 'INSERT a': a, 'INSERT b': b, 'INSERT c': c });
      expectObservable(values.pipe(execute(db, insert))).toBe(expected);
      expectSubscriptions(a.subscriptions).toBe('-^--!');
      expectSubscriptions(b.subscriptions).toBe('----^--!');
      expectSubscriptions(c.subscriptions).toBe('-----------^--!');
      expectSubscriptions(values.subscriptions).toBe('^--------------!');
    }));

  it('builds a query only when its turn has come', () =>
    marbles(({ cold, hot, expectObservable, flush }) => {
      const built: string[] = [];
      const build = (name: string) => {
        built.push(name);
        return insert(name);
      };
      const db = databaseOf({ 'INSERT a': cold('-----|') });
      expectObservable(hot('-ab').pipe(execute(db, build)), '----!').toBe('----');
      flush();
      assert.deepEqual(built, ['a']);
    }));

  it('passes a source error at once, and unsubscribes the execution in flight', () =>
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-ab#');
      const a = cold('     ---(x|)');
      const b = cold('     |');
      const expected = '  ---#';
      expectObservable(values.pipe(execute(databaseOf({ 'INSERT a': a, 'INSERT b': b }), insert))).toBe(expected);
      expectSubscriptions(a.subscriptions).toBe('-^-!');
      expectSubscriptions(b.subscriptions).toBe([]);
      expectSubscriptions(values.subscriptions).toBe('^--!');
    }));

  it('errors with a failed execution, unsubscribes the source and executes no other', () =>
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-ab------');
      const a = cold('     ---#');
      const b = cold('     |');
      const expected = '  ----#';
      expectObservable(values.pipe(execute(databaseOf({ 'INSERT a': a, 'INSERT b': b }), insert))).toBe(expected);
      expectSubscriptions(b.subscriptions).toBe([]);
      expectSubscriptions(values.subscriptions).toBe('^---!');
    }));

  it('goes on with an endless source', () =>
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-a--a--a--a-');
      const a = cold('     -(x|)');
      const expected = '  --x--x--x--x';
      expectObservable(values.pipe(execute(databaseOf({ 'INSERT a': a }), insert))).toBe(expected);
      expectSubscriptions(values.subscriptions).toBe('^');
    }));

  it('unsubscribes the execution in flight and the source when it is unsubscribed', () =>
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-a------');
      const a = cold('     -----(x|)');
      const unsub = '     ---!';
      expectObservable(values.pipe(execute(databaseOf({ 'INSERT a': a }), insert)), unsub).toBe('---');
      expectSubscriptions(a.subscriptions).toBe('-^-!');
      expectSubscriptions(values.subscriptions).toBe('^--!');
    }));

  it('errors with what the query function throws', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-a---');
      const refuse = (): string => {
        throw 'error';
      };
      expectObservable(values.pipe(execute(databaseOf({}), refuse))).toBe('-#');
      expectSubscriptions(values.subscriptions).toBe('^!');
    }));

  it('infers from the database what a query is, and what comes of it', () => {
    const db = { execute: (query: { sql: string }, _options?: object) => of({ changes: query.sql.length }) };
    const outcomes: Observable<{ changes: number }> = of('ab').pipe(execute(db, (sql) => ({ sql })));
    // @ts-expect-error a string is not what this database executes
    of('ab').pipe(execute(db, (sql) => sql));
    const seen: number[] = [];
    outcomes.subscribe(({ changes }) => seen.push(changes));
    assert.deepEqual(seen, [2]);
  });
});
