/** Nothing leaves before the closing step has succeeded. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EMPTY, finalize, firstValueFrom, of } from 'rxjs';
import { releaseAfter } from '../../streams/release-after.ts';
import { marbles } from '../support/marbles.ts';

describe('releaseAfter', () => {
  it('neither emits nor finishes for a source that never does', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-');
      const finish = cold('--|');
      expectObservable(source.pipe(releaseAfter(() => finish))).toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^');
      expectSubscriptions(finish.subscriptions).toBe([]);
    }));

  it('finishes an empty source too, and completes after that', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-|');
      const finish = cold(' --|');
      const expected = '   ---|';
      expectObservable(source.pipe(releaseAfter(() => finish))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^!');
      expectSubscriptions(finish.subscriptions).toBe('-^-!');
    }));

  it('holds one value until the finish has completed', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-|');
      const finish = cold('   --|');
      const expected = '   -----(a|)';
      expectObservable(source.pipe(releaseAfter(() => finish))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectSubscriptions(finish.subscriptions).toBe('---^-!');
    }));

  it('releases many values together and in order, and none of the finish', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b-c-|');
      const finish = cold('       -x-y|');
      const expected = '  -----------(abc|)';
      expectObservable(source.pipe(releaseAfter(() => finish))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^------!');
      expectSubscriptions(finish.subscriptions).toBe('-------^---!');
    }));

  it('passes a source error at once, without a finish and without the held values', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b-#');
      const finish = cold('     --|');
      const expected = '  -----#';
      expectObservable(source.pipe(releaseAfter(() => finish))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^----!');
      expectSubscriptions(finish.subscriptions).toBe([]);
    }));

  it('errors with a failed finish, and never emits the held values', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b-|');
      const finish = cold('     --#');
      const expected = '  -------#';
      expectObservable(source.pipe(releaseAfter(() => finish))).toBe(expected);
      expectSubscriptions(finish.subscriptions).toBe('-----^-!');
    }));

  it('holds the values of an endless source for ever', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b-c-d-');
      const finish = cold('|');
      expectObservable(source.pipe(releaseAfter(() => finish))).toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^');
      expectSubscriptions(finish.subscriptions).toBe([]);
    }));

  it('holds the values for ever behind an endless finish', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-a|');
      const finish = cold('  -x-x-x-');
      expectObservable(source.pipe(releaseAfter(() => finish))).toBe('-');
      expectSubscriptions(finish.subscriptions).toBe('--^');
    }));

  it('unsubscribes the source when it is unsubscribed before its end', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b-|');
      const finish = cold('     --|');
      const unsub = '     ---!';
      expectObservable(source.pipe(releaseAfter(() => finish)), unsub).toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectSubscriptions(finish.subscriptions).toBe([]);
    }));

  it('unsubscribes the finish when it is unsubscribed during it', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-b-|');
      const finish = cold('     ----|');
      const unsub = '     -------!';
      expectObservable(source.pipe(releaseAfter(() => finish)), unsub).toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^----!');
      expectSubscriptions(finish.subscriptions).toBe('-----^-!');
    }));

  it('errors with what the finish function throws', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-a-|');
      const refuse = () => {
        throw 'error';
      };
      expectObservable(source.pipe(releaseAfter(refuse))).toBe('---#');
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }));

  it('tears the source down before it calls the finish', () => {
    const order: string[] = [];
    of('value')
      .pipe(
        finalize(() => order.push('torn down')),
        releaseAfter(() => {
          order.push('finish');
          return EMPTY;
        }),
      )
      .subscribe((value) => order.push(value));
    assert.deepEqual(order, ['torn down', 'finish', 'value']);
  });

  it('holds the values of each subscription apart', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-|');
      const second = '     --^';
      const released = source.pipe(releaseAfter(() => cold('-|')));
      expectObservable(released).toBe('----(a|)');
      expectObservable(released, second).toBe('------(a|)');
      expectSubscriptions(source.subscriptions).toBe(['^--!', '--^--!']);
    }));

  it('waits for a finish that is a Promise', async () => {
    assert.equal(await firstValueFrom(of('a').pipe(releaseAfter(() => Promise.resolve('committed')))), 'a');
  });
});
