/** One subscription for all, and the latest value for who comes late. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BehaviorSubject, of, Subject, take } from 'rxjs';
import { shareLatest } from '../../streams/share-latest.ts';
import { marbles } from '../support/marbles.ts';

describe('shareLatest', () => {
  it('subscribes to nothing before it is subscribed', () =>
    marbles(({ cold, expectSubscriptions }) => {
      const source = cold('-a-');
      source.pipe(shareLatest());
      expectSubscriptions(source.subscriptions).toBe([]);
    }));

  it('never emits for a source that never does', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-');
      expectObservable(source.pipe(shareLatest())).toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^');
    }));

  it('completes with an empty source', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--|');
      expectObservable(source.pipe(shareLatest())).toBe('--|');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }));

  it('passes one value and the completion to its only subscriber', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--a--|');
      expectObservable(source.pipe(shareLatest())).toBe('--a--|');
      expectSubscriptions(source.subscriptions).toBe('^----!');
    }));

  it('gives many subscribers one subscription, and a late one the latest value at once', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a--b----c-');
      const subs = '       ^---------!';
      const first = '      ^-------!';
      const expectedA = '  -a--b----';
      const late = '       --^-------!';
      const expectedB = '  --a-b----c-';
      const later = '      ------^-!';
      const expectedC = '  ------b--';
      const shared = source.pipe(shareLatest());
      expectObservable(shared, first).toBe(expectedA);
      expectObservable(shared, late).toBe(expectedB);
      expectObservable(shared, later).toBe(expectedC);
      expectSubscriptions(source.subscriptions).toBe(subs);
    }));

  it('greets a late subscriber synchronously, and one that subscribes from within an emission just once', () => {
    const source = new BehaviorSubject('a');
    const shared = source.pipe(shareLatest());
    const seen: string[] = [];
    shared.pipe(take(1)).subscribe(() => shared.subscribe((value) => seen.push(`inner ${value}`)));
    shared.subscribe((value) => seen.push(`late ${value}`));
    assert.deepEqual(seen, ['inner a', 'late a']);
    source.next('b');
    assert.deepEqual(seen, ['inner a', 'late a', 'inner b', 'late b']);
  });

  it('errors every present subscriber, and starts anew for the next one', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-#');
      const expectedA = '  -a-#';
      const late = '       --^';
      const expectedB = '  --a#';
      const next = '       -----^';
      const expectedC = '  ------a-#';
      const shared = source.pipe(shareLatest());
      expectObservable(shared).toBe(expectedA);
      expectObservable(shared, late).toBe(expectedB);
      expectObservable(shared, next).toBe(expectedC);
      expectSubscriptions(source.subscriptions).toBe(['^--!', '-----^--!']);
    }));

  it('starts anew for the next subscriber after completion', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-|');
      const next = '       -----^';
      const expectedA = '  -a-|';
      const expectedB = '  ------a-|';
      const shared = source.pipe(shareLatest());
      expectObservable(shared).toBe(expectedA);
      expectObservable(shared, next).toBe(expectedB);
      expectSubscriptions(source.subscriptions).toBe(['^--!', '-----^--!']);
    }));

  it('unsubscribes an endless source when the last subscriber leaves, and forgets its value', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-----b-----c-');
      const first = '     ^---!';
      const expectedA = ' -a---';
      const second = '    ^----!';
      const third = '     ----------^---!';
      const expectedC = ' -------------c-';
      const shared = source.pipe(shareLatest());
      expectObservable(shared, first).toBe(expectedA);
      expectObservable(shared, second).toBe(expectedA);
      expectObservable(shared, third).toBe(expectedC);
      expectSubscriptions(source.subscriptions).toBe(['^----!', '----------^---!']);
    }));

  it('passes every value of a synchronous source to the first subscriber', () => {
    const seen: (number | string)[] = [];
    of(1, 2, 3)
      .pipe(shareLatest())
      .subscribe({ next: (value) => seen.push(value), complete: () => seen.push('complete') });
    assert.deepEqual(seen, [1, 2, 3, 'complete']);
  });

  it('holds nothing between two Observables made of one operator', () => {
    const [one, other] = [new Subject<string>(), new Subject<string>()];
    const share = shareLatest<string>();
    const seen: string[] = [];
    one.pipe(share).subscribe((value) => seen.push(`one ${value}`));
    one.next('a');
    other.pipe(share).subscribe((value) => seen.push(`other ${value}`));
    other.next('b');
    assert.deepEqual(seen, ['one a', 'other b']);
  });
});
