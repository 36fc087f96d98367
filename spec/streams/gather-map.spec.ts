/** Order is kept, nothing is lost, and one call is in flight at a time. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  concat,
  concatAll,
  EMPTY,
  finalize,
  from,
  NEVER,
  type Observable,
  of,
  range,
  Subject,
  take,
  throwError,
  toArray,
} from 'rxjs';
import { type GatherOptions, gatherMap } from '../../streams/gather-map.ts';
import { type Marbles, marbles } from '../support/marbles.ts';

/** A projection whose every call lasts as `diagram` says, and emits the values of the call joined where that has an x. */
function joinAfter({ cold }: Marbles, diagram: string) {
  return (values: string[]) => cold(diagram, { x: values.join('') });
}

/** All that comes out of `source`, which has to end synchronously, gathered into calls that are `project`ed. */
function outcome<V, R>(source: Observable<V>, project: (values: V[]) => Observable<R>, options?: GatherOptions): R[] {
  let seen: R[] | undefined;
  source.pipe(gatherMap(project, options), toArray()).subscribe((values) => {
    seen = values;
  });
  assert.ok(seen, 'the source ends synchronously');
  return seen;
}

/** Asserts that `seen` is 0, 1, 2 … up to `end`, without the endless diff that deepEqual makes of long arrays. */
function assertCountsTo(end: number, seen: number[]): void {
  assert.equal(seen.length, end);
  assert.equal(
    seen.findIndex((value, index) => value !== index),
    -1,
  );
}

describe('gatherMap', () => {
  it('projects nothing for a source that never emits', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-');
      expectObservable(source.pipe(gatherMap(() => of('x')))).toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^');
    }));

  it('completes with an empty source, and projects nothing', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--|');
      expectObservable(source.pipe(gatherMap(() => of('x')))).toBe('--|');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }));

  it('projects one value at once, and completes after that call', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a|');
      const call = cold('   -x--|');
      const expected = '   --x--|';
      expectObservable(source.pipe(gatherMap(() => call))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^-!');
      expectSubscriptions(call.subscriptions).toBe('-^---!');
    }));

  it('gathers the values that arrive during a call for the next one', () =>
    marbles((tools) => {
      const source = tools.hot('-abc------d----|');
      const subs = '            ^--------------!';
      const expected = '        -----x---y----z|';
      const project = joinAfter(tools, '----(x|)');
      tools.expectObservable(source.pipe(gatherMap(project))).toBe(expected, { x: 'a', y: 'bc', z: 'd' });
      tools.expectSubscriptions(source.subscriptions).toBe(subs);
    }));

  it('has one call in flight at a time', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-abc---d------|');
      const call = cold('  --x-|');
      const expected = '  ---x---x---x--|';
      expectObservable(source.pipe(gatherMap(() => call))).toBe(expected);
      expectSubscriptions(call.subscriptions).toBe(['-^---!', '-----^---!', '---------^---!']);
    }));

  it('projects what is gathered after the source has completed, and completes then', () =>
    marbles((tools) => {
      const source = tools.hot('-abc|');
      const expected = '        -----x---(y|)';
      const project = joinAfter(tools, '----(x|)');
      tools.expectObservable(source.pipe(gatherMap(project))).toBe(expected, { x: 'a', y: 'bc' });
      tools.expectSubscriptions(source.subscriptions).toBe('^---!');
    }));

  it('projects what is gathered before it passes a source error', () =>
    marbles((tools) => {
      const source = tools.hot('-abc#');
      const expected = '        -----x---(y#)';
      const project = joinAfter(tools, '----(x|)');
      tools.expectObservable(source.pipe(gatherMap(project))).toBe(expected, { x: 'a', y: 'bc' });
      tools.expectSubscriptions(source.subscriptions).toBe('^---!');
    }));

  it('passes a source error at once where nothing is gathered or in flight', () =>
    marbles((tools) => {
      const source = tools.hot('-a---#');
      const expected = '        --x--#';
      tools.expectObservable(source.pipe(gatherMap(joinAfter(tools, '-(x|)')))).toBe(expected, { x: 'a' });
    }));

  it('errors with the inner error where that comes before the source error can pass', () =>
    marbles(({ hot, cold, expectObservable }) => {
      const source = hot('-ab#', undefined, 'of the source');
      const call = cold('  ----#', undefined, 'of the call');
      const expected = '  -----#';
      expectObservable(source.pipe(gatherMap(() => call))).toBe(expected, undefined, 'of the call');
    }));

  it('errors with an inner error at once, unsubscribes the source and drops what is gathered', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-abc----d');
      const call = cold('  --x-#');
      const expected = '  ---x-#';
      expectObservable(source.pipe(gatherMap(() => call))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^----!');
      expectSubscriptions(call.subscriptions).toBe('-^---!');
    }));

  it('stays with an endless call', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-abc|');
      const call = cold('  -x-x-x-');
      const expected = '  --x-x-x-';
      expectObservable(source.pipe(gatherMap(() => call))).toBe(expected);
      expectSubscriptions(call.subscriptions).toBe('-^');
    }));

  it('goes on with an endless source', () =>
    marbles((tools) => {
      const source = tools.hot('-abc-abc-abc-abc-');
      const expected = '        ----x--y--z--v---';
      const project = joinAfter(tools, '---(x|)');
      tools
        .expectObservable(source.pipe(gatherMap(project)), '----------------!')
        .toBe(expected, { x: 'a', y: 'bc', z: 'abc', v: 'ab' });
      tools.expectSubscriptions(source.subscriptions).toBe('^---------------!');
    }));

  it('unsubscribes the call and the source when it is unsubscribed, and drops what is gathered', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-abc-------');
      const call = cold('  -x--|');
      const unsub = '     ---!';
      const expected = '  --x-';
      expectObservable(source.pipe(gatherMap(() => call)), unsub).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectSubscriptions(call.subscriptions).toBe('-^-!');
    }));

  it('errors with what the projection throws, in the first call as in a later one', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-abc-----');
      const refuse = (refused: string) => (values: string[]) => {
        if (values.includes(refused)) throw 'error';
        return cold('--(x|)');
      };
      expectObservable(source.pipe(gatherMap(refuse('a')))).toBe('-#');
      expectObservable(source.pipe(gatherMap(refuse('b')))).toBe('---(x#)');
      expectSubscriptions(source.subscriptions).toBe(['^!', '^--!']);
    }));

  it('gathers for each subscription apart', () =>
    marbles((tools) => {
      const source = tools.cold('-abc|');
      const second = '           --^';
      const joined = source.pipe(gatherMap(joinAfter(tools, '----(x|)')));
      tools.expectObservable(joined).toBe('-----x---(y|)', { x: 'a', y: 'bc' });
      tools.expectObservable(joined, second).toBe('-------x---(y|)', { x: 'a', y: 'bc' });
    }));

  it('tears a call down before it makes the next one', () => {
    const order: string[] = [];
    const gates = [new Subject<never>(), new Subject<never>()] as const;
    const project = ([value]: number[]) => {
      order.push(`call ${value}`);
      return gates[value === 0 ? 0 : 1].pipe(finalize(() => order.push(`end ${value}`)));
    };
    range(0, 2).pipe(gatherMap(project)).subscribe();
    for (const gate of gates) gate.complete();
    assert.deepEqual(order, ['call 0', 'end 0', 'call 1', 'end 1']);
  });

  it('gives each call an array of its own, to keep or to empty', () => {
    const source = new Subject<string>();
    const [gate, kept] = [new Subject<never>(), [] as string[][]];
    const project = (values: string[]) => {
      kept.push(values);
      return gate;
    };
    source.pipe(gatherMap(project)).subscribe();
    for (const value of 'abc') source.next(value);
    assert.deepEqual(kept, [['a']]);
    gate.complete();
    assert.deepEqual(kept, [['a'], ['b', 'c']]);
  });
});

describe('gatherMap with a maxSize', () => {
  it('puts no more than that into one call', () =>
    marbles((tools) => {
      const source = tools.hot('-abcdef|');
      const expected = '        ----x--y--z--(v|)';
      const project = joinAfter(tools, '---(x|)');
      tools
        .expectObservable(source.pipe(gatherMap(project, { maxSize: 2 })))
        .toBe(expected, { x: 'a', y: 'bc', z: 'de', v: 'f' });
    }));

  it('keeps the rest behind a full array, and passes a source error after all of it', () =>
    marbles((tools) => {
      const source = tools.hot('-(abcd)#');
      const expected = '        ----x--y--(z#)';
      const project = joinAfter(tools, '---(x|)');
      tools
        .expectObservable(source.pipe(gatherMap(project, { maxSize: 2 })))
        .toBe(expected, { x: 'a', y: 'bc', z: 'd' });
    }));

  it('refuses one that is no count', () => {
    for (const maxSize of [0, -1, 1.5, Number.NaN])
      assert.throws(() => gatherMap(() => EMPTY, { maxSize }), {
        name: 'RangeError',
        message: new RegExp(`${maxSize}$`),
      });
  });
});

describe('gatherMap with a maxWaitMs', () => {
  it('waits that long from the first value, and projects all that came', () =>
    marbles((tools) => {
      const source = tools.hot('-a-b------c-------|');
      const expected = '        -----x--------y---|';
      const project = joinAfter(tools, '(x|)');
      tools.expectObservable(source.pipe(gatherMap(project, { maxWaitMs: 4 }))).toBe(expected, { x: 'ab', y: 'c' });
      tools.expectSubscriptions(source.subscriptions).toBe('^-----------------!');
    }));

  it('does not wait with a full array', () =>
    marbles((tools) => {
      const source = tools.hot('-a-b---c---d-|');
      const expected = '        ---x-------y-|';
      const project = joinAfter(tools, '(x|)');
      tools
        .expectObservable(source.pipe(gatherMap(project, { maxSize: 2, maxWaitMs: 9 })))
        .toBe(expected, { x: 'ab', y: 'cd' });
    }));

  it('does not wait with an array that its first value fills', () =>
    marbles((tools) => {
      const source = tools.hot('-a-b-|');
      const expected = '        -a-b-|';
      const project = joinAfter(tools, '(x|)');
      tools.expectObservable(source.pipe(gatherMap(project, { maxSize: 1, maxWaitMs: 9 }))).toBe(expected);
    }));

  it('does not wait with values that came during a call', () =>
    marbles((tools) => {
      const source = tools.hot('-a-----b-------|');
      const expected = '        --------x---y--|';
      const project = joinAfter(tools, '----(x|)');
      tools.expectObservable(source.pipe(gatherMap(project, { maxWaitMs: 3 }))).toBe(expected, { x: 'a', y: 'b' });
    }));

  it('waits again after a call that left nothing to project', () =>
    marbles((tools) => {
      const source = tools.hot('-a------bc------|');
      const expected = '        -----x------y---|';
      const project = joinAfter(tools, '-(x|)');
      tools.expectObservable(source.pipe(gatherMap(project, { maxWaitMs: 3 }))).toBe(expected, { x: 'a', y: 'bc' });
    }));

  it('does not wait once the source has completed', () =>
    marbles((tools) => {
      const source = tools.hot('-ab|');
      const expected = '        ---(x|)';
      const project = joinAfter(tools, '(x|)');
      tools.expectObservable(source.pipe(gatherMap(project, { maxWaitMs: 9 }))).toBe(expected, { x: 'ab' });
    }));

  it('does not wait once the source has errored, and still projects before the error', () =>
    marbles((tools) => {
      const source = tools.hot('-ab#');
      const expected = '        ----(x#)';
      const project = joinAfter(tools, '-(x|)');
      tools.expectObservable(source.pipe(gatherMap(project, { maxWaitMs: 9 }))).toBe(expected, { x: 'ab' });
    }));

  it('projects nothing when it is unsubscribed during the wait', () =>
    marbles(({ hot, cold, expectObservable, expectSubscriptions }) => {
      const source = hot('-ab-------');
      const call = cold('  x|');
      const unsub = '     ---!';
      expectObservable(source.pipe(gatherMap(() => call, { maxWaitMs: 4 })), unsub).toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectSubscriptions(call.subscriptions).toBe([]);
    }));

  it('refuses one that no timer can wait', () => {
    for (const maxWaitMs of [-1, 2 ** 31, Number.POSITIVE_INFINITY, Number.NaN])
      assert.throws(() => gatherMap(() => EMPTY, { maxWaitMs }), {
        name: 'RangeError',
        message: new RegExp(`${maxWaitMs}$`),
      });
  });
});

describe('gatherMap with synchronous sources and calls', () => {
  const many = 100_000;

  it('projects the first value in the call to subscribe, and each following one', () => {
    assert.deepEqual(
      outcome(range(0, 3), (values) => of(values)),
      [[0], [1], [2]],
    );
  });

  it('fills its arrays from a synchronous source, whose completion ends the wait', () => {
    assert.deepEqual(
      outcome(range(0, 7), (values) => of(values), { maxSize: 3, maxWaitMs: 9 }),
      [[0, 1, 2], [3, 4, 5], [6]],
    );
  });

  it('takes a hundred thousand values one by one', () => {
    assert.equal(outcome(from(range(0, many)), (values) => of(values.length)).length, many);
  });

  it('takes a hundred thousand values that were gathered during the first call', () => {
    const gate = new Subject<number>();
    const sizes: number[] = [];
    const project = (values: number[]) => (values[0] === 0 ? gate : of(values.length));
    range(0, many)
      .pipe(gatherMap(project))
      .subscribe((size) => sizes.push(size));
    gate.complete();
    assert.deepEqual(sizes, [many - 1]);
  });

  it('makes thousands of synchronous calls in a row without growing the stack', () => {
    const gate = new Subject<number[]>();
    const seen: number[] = [];
    const project = (values: number[]) => (values[0] === 0 ? gate : of(values));
    range(0, many)
      .pipe(gatherMap(project, { maxSize: 5 }), concatAll())
      .subscribe((value) => seen.push(value));
    gate.next([0]);
    gate.complete();
    assertCountsTo(many, seen);
  });

  it('takes values that its own output feeds back, each once and in order', () => {
    const source = new Subject<number>();
    const seen: number[] = [];
    source.pipe(gatherMap(from)).subscribe((value) => {
      seen.push(value);
      if (value + 1 < many) source.next(value + 1);
      else source.complete();
    });
    source.next(0);
    assertCountsTo(many, seen);
  });

  it('gathers what the output feeds back in one emission', () => {
    const source = new Subject<number>();
    const calls: number[][] = [];
    const project = (values: number[]) => {
      calls.push(values);
      return from(values);
    };
    source.pipe(gatherMap(project)).subscribe((value) => {
      if (value < 10) for (const digit of [1, 2]) source.next(value * 10 + digit);
    });
    source.next(1);
    assert.deepEqual(calls, [[1], [11, 12]]);
  });

  it('takes values that arrive while a call is torn down', () => {
    const source = new Subject<number>();
    const seen: number[] = [];
    const project = (values: number[]) =>
      from(values).pipe(
        finalize(() => {
          if (values.includes(1)) source.next(2);
        }),
      );
    source.pipe(gatherMap(project)).subscribe((value) => seen.push(value));
    source.next(1);
    assert.deepEqual(seen, [1, 2]);
  });

  it('stops an endless synchronous source when downstream has enough', () => {
    const seen: number[] = [];
    range(0, Number.POSITIVE_INFINITY)
      .pipe(gatherMap(from), take(3))
      .subscribe((value) => seen.push(value));
    assert.deepEqual(seen, [0, 1, 2]);
  });

  it('stops an endless synchronous source when a call fails', () => {
    const seen: unknown[] = [];
    range(0, Number.POSITIVE_INFINITY)
      .pipe(gatherMap(() => throwError(() => 'error')))
      .subscribe({ error: (error) => seen.push(error) });
    assert.deepEqual(seen, ['error']);
  });

  it('passes an error of a source that fails at once', () => {
    const seen: unknown[] = [];
    concat(
      of(1),
      throwError(() => 'error'),
    )
      .pipe(gatherMap(from))
      .subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error) });
    assert.deepEqual(seen, [1, 'error']);
  });

  it('lets go of the source while the last call is still in flight', () => {
    let isTornDown = false;
    const source = of(1).pipe(
      finalize(() => {
        isTornDown = true;
      }),
    );
    source.pipe(gatherMap(() => NEVER)).subscribe();
    assert.ok(isTornDown);
  });
});
