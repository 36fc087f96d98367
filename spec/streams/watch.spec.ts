/** The live query of the latest value, and of no other. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NEVER, type Observable, of } from 'rxjs';
import { type Watches, watch } from '../../streams/watch.ts';
import { marbles } from '../support/marbles.ts';

/** A database whose live queries are the Observables written beside them. */
function databaseOf<R>(liveQueries: Record<string, Observable<R>>): Watches<string, R> {
  return { watch: (query) => liveQueries[query] ?? NEVER };
}

const select = (name: string) => `SELECT ${name}`;

describe('watch', () => {
  it('watches nothing for a source that never emits', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = cold('-');
      const subs = '       ^';
      expectObservable(values.pipe(watch(databaseOf({}), select))).toBe('-');
      expectSubscriptions(values.subscriptions).toBe(subs);
    }));

  it('completes with an empty source', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const values = cold('--|');
      const subs = '       ^-!';
      expectObservable(values.pipe(watch(databaseOf({}), select))).toBe('--|');
      expectSubscriptions(values.subscriptions).toBe(subs);
    }));

  it('emits every result of the live query of one value, and outlives the source', () =>
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-a|');
      const a = cold('     x--y--z');
      const expected = '  -x--y--z';
      expectObservable(values.pipe(watch(databaseOf({ 'SELECT a': a }), select))).toBe(expected);
      expectSubscriptions(a.subscriptions).toBe('-^');
      expectSubscriptions(values.subscriptions).toBe('^-!');
    }));

  it('leaves the live query of the value before as soon as the next value arrives', () =>
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-a-------b----|');
      const a = cold('     x--x--x--x--');
      const b = cold('             y---y---y');
      const expected = '  -x--x--x-y---y---y';
      expectObservable(values.pipe(watch(databaseOf({ 'SELECT a': a, 'SELECT b': b }), select))).toBe(expected);
      expectSubscriptions(a.subscriptions).toBe('-^-------!');
      expectSubscriptions(b.subscriptions).toBe('---------^');
      expectSubscriptions(values.subscriptions).toBe('^-------------!');
    }));

  it('completes when the source and the last live query have completed', () =>
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-a--|');
      const a = cold('     x-----|');
      const expected = '  -x-----|';
      expectObservable(values.pipe(watch(databaseOf({ 'SELECT a': a }), select))).toBe(expected);
      expectSubscriptions(a.subscriptions).toBe('-^-----!');
    }));

  it('passes a source error at once, and leaves the live query', () =>
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-a--#');
      const a = cold('     x--------');
      const expected = '  -x--#';
      expectObservable(values.pipe(watch(databaseOf({ 'SELECT a': a }), select))).toBe(expected);
      expectSubscriptions(a.subscriptions).toBe('-^--!');
    }));

  it('errors with a failing live query, and unsubscribes the source', () =>
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-a------b');
      const a = cold('     x--#');
      const expected = '  -x--#';
      expectObservable(values.pipe(watch(databaseOf({ 'SELECT a': a }), select))).toBe(expected);
      expectSubscriptions(values.subscriptions).toBe('^---!');
    }));

  it('unsubscribes the live query and the source when it is unsubscribed', () =>
    marbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-a---------');
      const a = cold('     x--x--x--x');
      const unsub = '     -----!';
      const expected = '  -x--x-';
      expectObservable(values.pipe(watch(databaseOf({ 'SELECT a': a }), select)), unsub).toBe(expected);
      expectSubscriptions(a.subscriptions).toBe('-^---!');
      expectSubscriptions(values.subscriptions).toBe('^----!');
    }));

  it('errors with what the query function throws', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const values = hot('-a---');
      const refuse = (): string => {
        throw 'error';
      };
      expectObservable(values.pipe(watch(databaseOf({}), refuse))).toBe('-#');
      expectSubscriptions(values.subscriptions).toBe('^!');
    }));

  it('infers from the database what a query is, and what its results are', () => {
    const db = { watch: (query: { sql: string }) => of([{ title: query.sql }] as const) };
    const results: Observable<readonly { title: string }[]> = of('ab').pipe(watch(db, (sql) => ({ sql })));
    // @ts-expect-error a string is not what this database watches
    of('ab').pipe(watch(db, (sql) => sql));
    const seen: unknown[] = [];
    results.subscribe((rows) => seen.push(rows));
    assert.deepEqual(seen, [[{ title: 'ab' }]]);
  });
});
