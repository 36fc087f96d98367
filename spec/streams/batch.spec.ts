/** What arrives during one batch is the next batch. Its timing is that of gatherMap, whose spec has the cases in full. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defer, type Observable, of } from 'rxjs';
import { type Batches, batch } from '../../streams/batch.ts';
import { type Marbles, marbles } from '../support/marbles.ts';

/** The collector of the fake's batches. */
interface Collector {
  add(value: string): void;
}

/** A database whose batches last as `diagram` says; its x stands for the values of the batch, joined. */
function databaseOf({ cold }: Marbles, diagram: string): Batches<Collector, string> {
  return {
    batch: (build) =>
      defer(() => {
        const added: string[] = [];
        build({ add: (value) => added.push(value) });
        return cold(diagram, { x: added.join('') });
      }),
  };
}

const addAll = (b: Collector, values: string[]) => {
  for (const value of values) b.add(value);
};

describe('batch', () => {
  it('writes nothing for a source that never emits', () =>
    marbles((tools) => {
      const values = tools.cold('-');
      tools.expectObservable(values.pipe(batch(databaseOf(tools, '(x|)'), addAll))).toBe('-');
      tools.expectSubscriptions(values.subscriptions).toBe('^');
    }));

  it('completes with an empty source, and writes nothing', () =>
    marbles((tools) => {
      const values = tools.cold('--|');
      tools.expectObservable(values.pipe(batch(databaseOf(tools, '(x|)'), addAll))).toBe('--|');
      tools.expectSubscriptions(values.subscriptions).toBe('^-!');
    }));

  it('writes one value at once, and completes after its batch', () =>
    marbles((tools) => {
      const values = tools.cold('-a|');
      const expected = '         ----(a|)';
      tools.expectObservable(values.pipe(batch(databaseOf(tools, '---(x|)'), addAll))).toBe(expected);
      tools.expectSubscriptions(values.subscriptions).toBe('^-!');
    }));

  it('writes the many values that arrive during one batch as the next', () =>
    marbles((tools) => {
      const values = tools.hot('-abc------d----|');
      const expected = '        -----x---y----z|';
      tools
        .expectObservable(values.pipe(batch(databaseOf(tools, '----(x|)'), addAll)))
        .toBe(expected, { x: 'a', y: 'bc', z: 'd' });
      tools.expectSubscriptions(values.subscriptions).toBe('^--------------!');
    }));

  it('writes at most maxSize values in one batch', () =>
    marbles((tools) => {
      const values = tools.hot('-abcd|');
      const expected = '        ----x--y--(z|)';
      tools
        .expectObservable(values.pipe(batch(databaseOf(tools, '---(x|)'), addAll, { maxSize: 2 })))
        .toBe(expected, { x: 'a', y: 'bc', z: 'd' });
    }));

  it('waits maxWaitMs for more while nothing is in flight', () =>
    marbles((tools) => {
      const values = tools.hot('-a-b------|');
      const expected = '        ------x---|';
      tools
        .expectObservable(values.pipe(batch(databaseOf(tools, '-(x|)'), addAll, { maxWaitMs: 4 })))
        .toBe(expected, { x: 'ab' });
    }));

  it('writes what is gathered before it passes a source error', () =>
    marbles((tools) => {
      const values = tools.hot('-abc#');
      const expected = '        ----x--(y#)';
      tools
        .expectObservable(values.pipe(batch(databaseOf(tools, '---(x|)'), addAll)))
        .toBe(expected, { x: 'a', y: 'bc' });
      tools.expectSubscriptions(values.subscriptions).toBe('^---!');
    }));

  it('errors with a failed batch at once, and unsubscribes the source', () =>
    marbles((tools) => {
      const values = tools.hot('-abc---');
      const expected = '        ----#';
      tools.expectObservable(values.pipe(batch(databaseOf(tools, '---#'), addAll))).toBe(expected);
      tools.expectSubscriptions(values.subscriptions).toBe('^---!');
    }));

  it('goes on with an endless source', () =>
    marbles((tools) => {
      const values = tools.hot('-a--b--c--');
      const expected = '        --a--b--c-';
      tools.expectObservable(values.pipe(batch(databaseOf(tools, '-(x|)'), addAll))).toBe(expected);
      tools.expectSubscriptions(values.subscriptions).toBe('^');
    }));

  it('unsubscribes the batch in flight and the source when it is unsubscribed', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const values = hot('-abc-----');
      const running = cold('-----(x|)');
      const unsub = '     ----!';
      const db: Batches<Collector, string> = { batch: () => running };
      expectObservable(values.pipe(batch(db, addAll)), unsub).toBe('-');
      expectSubscriptions(values.subscriptions).toBe('^---!');
      expectSubscriptions(running.subscriptions).toBe('-^--!');
    }));

  it('errors with what the build function throws', () =>
    marbles((tools) => {
      const values = tools.hot('-ab--');
      const refuse = () => {
        throw 'error';
      };
      tools.expectObservable(values.pipe(batch(databaseOf(tools, '(x|)'), refuse))).toBe('-#');
      tools.expectSubscriptions(values.subscriptions).toBe('^!');
    }));

  it('infers from the database what a batch is, and what comes of it', () => {
    const db = {
      batch: (build: (b: { insert(row: { id: number }): void }) => void) => {
        const ids: number[] = [];
        build({ insert: ({ id }) => ids.push(id) });
        return of({ ids });
      },
    };
    const outcomes: Observable<{ ids: number[] }> = of(7).pipe(
      batch(db, (b, ids) => {
        for (const id of ids) b.insert({ id });
      }),
    );
    const seen: unknown[] = [];
    outcomes.subscribe((outcome) => seen.push(outcome));
    assert.deepEqual(seen, [{ ids: [7] }]);
  });
});
