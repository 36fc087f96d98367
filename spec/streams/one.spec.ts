/** One row of each result, and an error for every other number of rows. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { of, retry, timer } from 'rxjs';
import { one, RowCountError } from '../../streams/one.ts';
import { marbles } from '../support/marbles.ts';

const results: Record<string, string[]> = { a: ['a'], b: ['b'], n: [], t: ['t', 'u'], m: Array(1000).fill('m') };

/** What `one` errors with, as far as a comparison looks. */
const errorAt = (found: number) => new RowCountError('one row is', found, new Error());

/** Makes the operator, in a place that a stack can name. */
function thisPlace() {
  return one<string>();
}

describe('one', () => {
  it('never emits for a source that never does', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<string[]>('-');
      expectObservable(source.pipe(one())).toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^');
    }));

  it('completes without a row where the source does so without a result', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<string[]>('--|');
      expectObservable(source.pipe(one())).toBe('--|');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }));

  it('takes the row out of a single result', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--(a|)', results);
      expectObservable(source.pipe(one())).toBe('--(a|)');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }));

  it('takes the row out of each of many results, and completes with the source', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b--a-|', results);
      const expected = '  -a-b--a-|';
      expectObservable(source.pipe(one())).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^-------!');
    }));

  it('passes the row itself, whatever it is', () => {
    const rows = [{ id: 1 }, undefined, null, [1, 2]];
    const seen: unknown[] = [];
    of(...rows.map((row) => [row]))
      .pipe(one<unknown>())
      .subscribe((row) => seen.push(row));
    assert.equal(seen.length, rows.length);
    for (const [i, row] of rows.entries()) assert.equal(seen[i], row);
  });

  it('passes a source error at once', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-#', results);
      const expected = '  -a-#';
      expectObservable(source.pipe(one())).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }));

  for (const [name, marble, found] of [
    ['no row', 'n', 0],
    ['two rows', 't', 2],
    ['a thousand rows', 'm', 1000],
  ] as const)
    it(`errors at a result of ${name}, and unsubscribes the source`, () =>
      marbles(({ hot, expectObservable, expectSubscriptions }) => {
        const source = hot(`-a-${marble}-b-|`, results);
        const expected = '  -a-#';
        expectObservable(source.pipe(one())).toBe(expected, undefined, errorAt(found));
        expectSubscriptions(source.subscriptions).toBe('^--!');
      }));

  it('goes on with an endless source until it is unsubscribed', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b-a-b-a-', results);
      const unsub = '     ------!';
      const expected = '  -a-b-a-';
      expectObservable(source.pipe(one()), unsub).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^-----!');
    }));

  it('looks at no result after it is unsubscribed', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-t-', results);
      const unsub = '     --!';
      expectObservable(source.pipe(one()), unsub).toBe('-a-');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }));

  it('goes on with `retry`, which subscribes to the live query anew', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-n-b-t--a-', results);
      const expected = '  -a---b----a-';
      expectObservable(source.pipe(one(), retry({ delay: () => timer(1) }))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(['^--!', '----^--!', '--------^']);
    }));

  it('errors for each subscription apart', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-t-a-', results);
      const second = '    --^--';
      const row = source.pipe(one());
      expectObservable(row).toBe('-#', undefined, errorAt(2));
      expectObservable(row, second).toBe('---a-');
      expectSubscriptions(source.subscriptions).toBe(['^!', '--^']);
    }));

  it('errors with the number of rows that were found', () => {
    let seen: unknown;
    of(['a', 'b', 'c'])
      .pipe(one())
      .subscribe({ error: (error) => (seen = error) });
    assert.ok(seen instanceof RowCountError && seen instanceof Error);
    assert.deepEqual([seen.name, seen.found, seen.message], ['RowCountError', 3, 'one row is expected, and 3 found']);
  });

  it('names in the stack of its error the place where it was made, for each subscription anew', async () => {
    const row = of(['a', 'b']).pipe(thisPlace());
    await new Promise((later) => setTimeout(later)); // so that the maker is on no stack any more
    const errors: Error[] = [];
    for (let i = 0; i < 2; i++) row.subscribe({ error: (error) => errors.push(error) });
    for (const { stack } of errors)
      assert.match(
        stack!,
        /^RowCountError: one row is expected, and 2 found\n.*one\.ts.*\n +at thisPlace .*one\.spec\.ts/,
      );
    assert.notEqual(errors[0], errors[1]);
  });
});
