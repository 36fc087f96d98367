/** One transaction per value: in order, one at a time, with the body's answer passed on untouched. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concatMap, defer, EMPTY, from, NEVER, type Observable, of } from 'rxjs';
import { type Transacts, transaction } from '../../streams/transaction.ts';
import { type Marbles, marbles } from '../support/marbles.ts';

/** The handle of the fake's transactions. */
interface Tx {
  double(text: string): string;
}

/** A database whose transactions begin after one frame, and last for as long as their work does. */
function databaseOf({ cold }: Marbles) {
  const begin = cold<Tx>('-(t|)', { t: { double: (text) => text + text } });
  const db: Transacts<Tx> = {
    transaction: (work) => begin.pipe(concatMap((tx) => work(tx) ?? EMPTY)),
  };
  return { db, begin };
}

describe('transaction', () => {
  it('begins nothing for a source that never emits', () =>
    marbles((tools) => {
      const { db, begin } = databaseOf(tools);
      const values = tools.cold('-');
      const subs = '             ^';
      tools.expectObservable(values.pipe(transaction(db, () => NEVER))).toBe('-');
      tools.expectSubscriptions(values.subscriptions).toBe(subs);
      tools.expectSubscriptions(begin.subscriptions).toBe([]);
    }));

  it('completes with an empty source, and begins nothing', () =>
    marbles((tools) => {
      const { db, begin } = databaseOf(tools);
      const values = tools.cold('|');
      tools.expectObservable(values.pipe(transaction(db, () => NEVER))).toBe('|');
      tools.expectSubscriptions(values.subscriptions).toBe('(^!)');
      tools.expectSubscriptions(begin.subscriptions).toBe([]);
    }));

  it('emits what the transaction of one value emits, and completes after it', () =>
    marbles((tools) => {
      const { db, begin } = databaseOf(tools);
      const values = tools.cold('-a|');
      const subs = '             ^-!';
      const begins = '           -^!';
      const expected = '         ----x-(y|)';
      const work = tools.cold('    --x-(y|)');
      tools.expectObservable(values.pipe(transaction(db, () => work))).toBe(expected);
      tools.expectSubscriptions(values.subscriptions).toBe(subs);
      tools.expectSubscriptions(begin.subscriptions).toBe(begins);
      tools.expectSubscriptions(work.subscriptions).toBe('--^---!');
    }));

  it('runs the transactions of many values in order and one at a time', () =>
    marbles((tools) => {
      const { db, begin } = databaseOf(tools);
      const values = tools.hot('-abc----------|');
      const subs = '            ^-------------!';
      const expected = '        ----x--y--z---|';
      const work = (tx: Tx, value: string) => tools.cold('--(x|)', { x: tx.double(value) });
      tools.expectObservable(values.pipe(transaction(db, work))).toBe(expected, { x: 'aa', y: 'bb', z: 'cc' });
      tools.expectSubscriptions(values.subscriptions).toBe(subs);
      tools.expectSubscriptions(begin.subscriptions).toBe(['-^!', '----^!', '-------^!']);
    }));

  it('goes on with the waiting values after the source has completed', () =>
    marbles((tools) => {
      const { db } = databaseOf(tools);
      const values = tools.hot('-ab|');
      const expected = '        ----a--(b|)';
      const work = (_tx: Tx, value: string) => tools.cold('--(v|)', { v: value });
      tools.expectObservable(values.pipe(transaction(db, work))).toBe(expected);
      tools.expectSubscriptions(values.subscriptions).toBe('^--!');
    }));

  it('passes a source error at once, and unsubscribes the transaction in flight', () =>
    marbles((tools) => {
      const { db, begin } = databaseOf(tools);
      const values = tools.hot('-ab--#');
      const expected = '        -----#';
      const work = tools.cold('   ------(x|)');
      tools.expectObservable(values.pipe(transaction(db, () => work))).toBe(expected);
      tools.expectSubscriptions(values.subscriptions).toBe('^----!');
      tools.expectSubscriptions(begin.subscriptions).toBe('-^!');
      tools.expectSubscriptions(work.subscriptions).toBe('--^--!');
    }));

  it('errors with a failed transaction, unsubscribes the source and begins no other', () =>
    marbles((tools) => {
      const { db, begin } = databaseOf(tools);
      const values = tools.hot('-ab------');
      const expected = '        ----#';
      const work = tools.cold('   --#');
      tools.expectObservable(values.pipe(transaction(db, () => work))).toBe(expected);
      tools.expectSubscriptions(values.subscriptions).toBe('^---!');
      tools.expectSubscriptions(begin.subscriptions).toBe('-^!');
    }));

  it('stays with an endless transaction, and lets the later values wait', () =>
    marbles((tools) => {
      const { db, begin } = databaseOf(tools);
      const values = tools.hot('-a-b-c|');
      const expected = '        ---x-x-x-x-';
      const work = tools.cold('   -x-x-x-x-');
      tools.expectObservable(values.pipe(transaction(db, () => work))).toBe(expected);
      tools.expectSubscriptions(begin.subscriptions).toBe('-^!');
      tools.expectSubscriptions(work.subscriptions).toBe('--^');
    }));

  it('unsubscribes the transaction in flight and the source when it is unsubscribed', () =>
    marbles((tools) => {
      const { db, begin } = databaseOf(tools);
      const values = tools.hot('-ab--------');
      const unsub = '           -----!';
      const expected = '        ---x--';
      const work = tools.cold('   -x-----y');
      tools.expectObservable(values.pipe(transaction(db, () => work)), unsub).toBe(expected);
      tools.expectSubscriptions(values.subscriptions).toBe('^----!');
      tools.expectSubscriptions(begin.subscriptions).toBe('-^!');
      tools.expectSubscriptions(work.subscriptions).toBe('--^--!');
    }));

  it('errors with what the work throws', () =>
    marbles((tools) => {
      const { db } = databaseOf(tools);
      const values = tools.hot('-ab--');
      const expected = '        --#';
      const work = (): Observable<never> => {
        throw 'error';
      };
      tools.expectObservable(values.pipe(transaction(db, work))).toBe(expected);
      tools.expectSubscriptions(values.subscriptions).toBe('^-!');
    }));

  it('errors with what the database throws at the call', () =>
    marbles((tools) => {
      const db: Transacts<Tx> = {
        transaction: () => {
          throw 'error';
        },
      };
      const values = tools.hot('-ab--');
      tools.expectObservable(values.pipe(transaction(db, () => NEVER))).toBe('-#');
      tools.expectSubscriptions(values.subscriptions).toBe('^!');
    }));

  it('hands the database what the work returned, be it a Promise or nothing', () => {
    const returned: unknown[] = [];
    const db: Transacts<Tx> = {
      transaction: (work) =>
        defer(() => {
          returned.push(work({ double: String }));
          return EMPTY;
        }),
    };
    const promise = Promise.resolve('x');
    of(1)
      .pipe(transaction(db, () => promise))
      .subscribe();
    of(1)
      .pipe(transaction(db, () => {}))
      .subscribe();
    assert.deepEqual(returned, [promise, undefined]);
    assert.equal(returned[0], promise);
  });

  it('infers the handle from the database, and the emitted type from the work', () => {
    const db: Transacts<Tx> = { transaction: (work) => from(work({ double: (text) => text + text }) ?? EMPTY) };
    const lengths: Observable<number> = of('abc').pipe(transaction(db, (tx, text) => of(tx.double(text).length)));
    const seen: number[] = [];
    lengths.subscribe((length) => seen.push(length));
    assert.deepEqual(seen, [6]);
  });
});
