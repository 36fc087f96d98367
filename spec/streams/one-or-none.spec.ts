/** One row of each result, `undefined` for none, and an error for more. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { of, retry, timer } from 'rxjs';
import { RowCountError } from '../../streams/one.ts';
import { oneOrNone } from '../../streams/one-or-none.ts';
import { marbles } from '../support/marbles.ts';

const results: Record<string, string[]> = { a: ['a'], b: ['b'], n: [], t: ['t', 'u'], m: Array(1000).fill('m') };
const rows = { a: 'a', b: 'b', n: undefined };

/** What `oneOrNone` errors with, as far as a comparison looks. */
const errorAt = (found: number) => new RowCountError('at most one row is', found, new Error());

/** Makes the operator, in a place that a stack can name. */
function thisPlace() {
  return oneOrNone<string>();
}

describe('oneOrNone', () => {
  it('never emits for a source that never does', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<string[]>('-');
      expectObservable(source.pipe(oneOrNone())).toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^');
    }));

  it('completes without a row where the source does so without a result', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<string[]>('--|');
      expectObservable(source.pipe(oneOrNone())).toBe('--|');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }));

  it('takes the row out of a single result', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--(a|)', results);
      expectObservable(source.pipe(oneOrNone())).toBe('--(a|)', rows);
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }));

  it('gives undefined for each result of no row, and goes on', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-n-a--n-b-|', results);
      const expected = '  -n-a--n-b-|';
      expectObservable(source.pipe(oneOrNone())).toBe(expected, rows);
      expectSubscriptions(source.subscriptions).toBe('^---------!');
    }));

  it('passes a source error at once', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-n-#', results);
      const expected = '  -n-#';
      expectObservable(source.pipe(oneOrNone())).toBe(expected, rows);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }));

  for (const [name, marble, found] of [
    ['two rows', 't', 2],
    ['a thousand rows', 'm', 1000],
  ] as const)
    it(`errors at a result of ${name}, and unsubscribes the source`, () =>
      marbles(({ hot, expectObservable, expectSubscriptions }) => {
        const source = hot(`-n-${marble}-b-|`, results);
        const expected = '  -n-#';
        expectObservable(source.pipe(oneOrNone())).toBe(expected, rows, errorAt(found));
        expectSubscriptions(source.subscriptions).toBe('^--!');
      }));

  it('goes on with an endless source until it is unsubscribed', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-n-a-t-a-', results);
      const unsub = '     ------!';
      const expected = '  -a-n-a-';
      expectObservable(source.pipe(oneOrNone()), unsub).toBe(expected, rows);
      expectSubscriptions(source.subscriptions).toBe('^-----!');
    }));

  it('goes on with `retry`, which subscribes to the live query anew', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-t-n-t--b-', results);
      const expected = '  -a---n----b-';
      expectObservable(source.pipe(oneOrNone(), retry({ delay: () => timer(1) }))).toBe(expected, rows);
      expectSubscriptions(source.subscriptions).toBe(['^--!', '----^--!', '--------^']);
    }));

  it('errors for each subscription apart', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-t-n-', results);
      const second = '    --^--';
      const row = source.pipe(oneOrNone());
      expectObservable(row).toBe('-#', undefined, errorAt(2));
      expectObservable(row, second).toBe('---n-', rows);
      expectSubscriptions(source.subscriptions).toBe(['^!', '--^']);
    }));

  it('errors with the number of rows that were found, and names the place where it was made', async () => {
    const row = of(['a', 'b', 'c']).pipe(thisPlace());
    await new Promise((later) => setTimeout(later)); // so that the maker is on no stack any more
    let seen: unknown;
    row.subscribe({ error: (error) => (seen = error) });
    assert.ok(seen instanceof RowCountError);
    assert.deepEqual([seen.found, seen.message], [3, 'at most one row is expected, and 3 found']);
    assert.match(seen.stack!, /^RowCountError: .*\n.*one-or-none\.ts.*\n +at thisPlace .*one-or-none\.spec\.ts/);
  });
});
