/** What became of each row: exactly, in the fewest moves, and by keys that nothing confuses. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { from, NEVER, of, retry, Subject, startWith, toArray } from 'rxjs';
import { DuplicateKeyError } from '../../streams/duplicate-key-error.ts';
import { type RowChanges, type RowKey, rowChanges } from '../../streams/row-changes.ts';
import { marbles } from '../support/marbles.ts';

interface Todo {
  readonly id: number;
  readonly title: string;
}

const [a, b, c] = [1, 2, 3].map((id): Todo => ({ id, title: `todo ${id}` })) as [Todo, Todo, Todo];
const B: Todo = { ...b, title: 'changed' };
const none = { inserted: [], updated: [], removed: [], moved: [] };

/** The changes from each of `results` to the next. They come to an error, or to one change for each. */
function changesOf<R>(key: RowKey<R>, ...results: (readonly R[])[]): RowChanges<R>[] {
  let seen: RowChanges<R>[] = [];
  let failure: unknown;
  from(results)
    .pipe(rowChanges({ key }), toArray())
    .subscribe({
      next: (changes) => {
        seen = changes;
      },
      error: (error) => {
        failure = error;
      },
    });
  if (failure !== undefined) throw failure;
  assert.equal(seen.length, results.length);
  return seen;
}

/** The change from `before` to `rows`. */
function changeBetween<R>(key: RowKey<R>, before: readonly R[], rows: readonly R[]): RowChanges<R> {
  return changesOf(key, before, rows)[1]!;
}

/** Rows that have one column. */
function rowsOf<V>(...keys: V[]): { key: V }[] {
  return keys.map((key) => ({ key }));
}

describe('rowChanges', () => {
  it('never emits for a source that never does', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Todo[]>('-');
      expectObservable(source.pipe(rowChanges({ key: 'id' }))).toBe('-');
      expectSubscriptions(source.subscriptions).toBe('^');
    }));

  it('completes with an empty source', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<Todo[]>('--|');
      expectObservable(source.pipe(rowChanges({ key: 'id' }))).toBe('--|');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }));

  it('inserts all rows with the first result', () =>
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--(x|)', { x: [a, b] });
      const all = { ...none, rows: [a, b], inserted: [a, b] };
      expectObservable(source.pipe(rowChanges({ key: 'id' }))).toBe('--(i|)', { i: all });
      expectSubscriptions(source.subscriptions).toBe('^-!');
    }));

  it('tells of each following result what became of the rows, and emits also where nothing did', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot<Todo[]>('-x---y---y---z---e--|', { x: [a, b, c], y: [c, a, B], z: [a, B], e: [] });
      const expected = '  -i---j---k---l---m--|';
      expectObservable(source.pipe(rowChanges({ key: 'id' }))).toBe(expected, {
        i: { ...none, rows: [a, b, c], inserted: [a, b, c] },
        j: { ...none, rows: [c, a, B], updated: [{ old: b, new: B }], moved: [{ row: c, from: 2, to: 0 }] },
        k: { ...none, rows: [c, a, B] },
        l: { ...none, rows: [a, B], removed: [c] },
        m: { ...none, rows: [], removed: [a, B] },
      });
      expectSubscriptions(source.subscriptions).toBe('^-------------------!');
    }));

  it('emits no change for a first result without rows', () =>
    marbles(({ cold, expectObservable }) => {
      const source = cold<Todo[]>('-e-x-', { e: [], x: [a] });
      const expected = {
        e: { ...none, rows: [] },
        i: { ...none, rows: [a], inserted: [a] },
      };
      expectObservable(source.pipe(rowChanges({ key: 'id' }))).toBe('-e-i-', expected);
    }));

  it('passes a source error at once', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot<Todo[]>('-e-#', { e: [] });
      expectObservable(source.pipe(rowChanges({ key: () => 1 }))).toBe('-e-#', { e: { ...none, rows: [] } });
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }));

  it('goes on with an endless source until it is unsubscribed', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-x-y-x-y-', { x: [a, b], y: [a, B] });
      const unsub = '     ----!';
      const expected = {
        i: { ...none, rows: [a, b], inserted: [a, b] },
        u: { ...none, rows: [a, B], updated: [{ old: b, new: B }] },
      };
      expectObservable(source.pipe(rowChanges({ key: 'id' })), unsub).toBe('-i-u-', expected);
      expectSubscriptions(source.subscriptions).toBe('^---!');
    }));

  it('errors with what the key function throws, and unsubscribes the source', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot<Todo[]>('-e-x-e-', { e: [], x: [a] });
      const refuse = () => {
        throw 'error';
      };
      expectObservable(source.pipe(rowChanges({ key: refuse }))).toBe('-e-#', { e: { ...none, rows: [] } });
      expectSubscriptions(source.subscriptions).toBe('^--!');
    }));

  it('errors at two rows of one key, unsubscribes the source, and starts anew with `retry`', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-x-d-x-', { x: [a, b], d: [a, B, c, b] });
      const all = { i: { ...none, rows: [a, b], inserted: [a, b] } };
      const changes = source.pipe(rowChanges({ key: 'id' }));
      expectObservable(changes).toBe('-i-#', all, new DuplicateKeyError(2, 1, 3));
      expectObservable(changes.pipe(retry(1))).toBe('-i---i-', all);
      expectSubscriptions(source.subscriptions).toBe(['^--!', '^--!', '---^']);
    }));

  it('compares for each subscription apart', () =>
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-x-y-', { x: [a, b], y: [a, B] });
      const second = '    --^--';
      const changes = source.pipe(rowChanges({ key: 'id' }));
      expectObservable(changes).toBe('-i-u-', {
        i: { ...none, rows: [a, b], inserted: [a, b] },
        u: { ...none, rows: [a, B], updated: [{ old: b, new: B }] },
      });
      expectObservable(changes, second).toBe('---i-', { i: { ...none, rows: [a, B], inserted: [a, B] } });
      expectSubscriptions(source.subscriptions).toBe(['^', '--^']);
    }));

  it('holds nothing between two Observables made of one operator', () => {
    const compare = rowChanges<Todo>({ key: 'id' });
    const seen: number[] = [];
    for (const source of [of([a]), NEVER.pipe(startWith([a]))])
      source.pipe(compare).subscribe(({ inserted }) => seen.push(inserted.length));
    assert.deepEqual(seen, [1, 1]);
  });

  it("emits the source's own array and rows", () => {
    const rows = [c, B, a];
    const change = changeBetween('id', [a, b], rows);
    assert.equal(change.rows, rows);
    assert.equal(change.inserted[0], c);
    assert.equal(change.updated[0]?.old, b);
    assert.equal(change.updated[0]?.new, B);
    for (const { row, to } of change.moved) assert.equal(row, rows[to]);
  });

  it('gives the new row of one that moves and is updated', () => {
    const { moved, updated } = changeBetween('id', [a, c, b], [B, a, c]);
    assert.deepEqual(moved, [{ row: B, from: 2, to: 0 }]);
    assert.deepEqual(updated, [{ old: b, new: B }]);
  });

  it('moves no row because others come and go', () => {
    const rows = Array.from({ length: 100 }, (_, id): Todo => ({ id, title: '' }));
    assert.deepEqual(changeBetween('id', rows, rows.slice(50)).moved, []);
    assert.deepEqual(changeBetween('id', rows.slice(50), rows).moved, []);
    assert.deepEqual(changeBetween('id', rows.slice(0, 60), rows.slice(40)).moved, []);
  });
});

describe('rowChanges, of a row that is another object', () => {
  const blob = (...bytes: number[]) => new Uint8Array(bytes);
  const nested = { deep: 1 };

  for (const [name, old, now] of [
    ['every column is the same', { x: 'a', y: 1, z: null }, { x: 'a', y: 1, z: null }],
    ['its columns are in another order', { x: 'a', y: 1 }, { y: 1, x: 'a' }],
    ['its blobs have the same bytes', { x: blob(1, 2), y: blob() }, { x: blob(1, 2), y: blob() }],
    ['both have NaN', { x: Number.NaN }, { x: Number.NaN }],
    ['both have the same object', { x: nested }, { x: nested }],
  ] as [string, object, object][])
    it(`sees no update where ${name}`, () => assert.deepEqual(changeBetween(() => 1, [old], [now]).updated, []));

  for (const [name, old, now] of [
    ['a column is another', { x: 'a', y: 1 }, { x: 'a', y: 2 }],
    ['a number became a bigint', { x: 1 }, { x: 1n }],
    ['a number became text', { x: 1 }, { x: '1' }],
    ['0 became -0', { x: 0 }, { x: -0 }],
    ['a blob has other bytes', { x: blob(1, 2) }, { x: blob(1, 3) }],
    ['a blob is longer', { x: blob(1) }, { x: blob(1, 0) }],
    ['a blob became text', { x: blob(1) }, { x: '1' }],
    ['null became undefined', { x: null }, { x: undefined }],
    ['a column is gone', { x: 1, y: undefined }, { x: 1 }],
    ['a column came', { x: 1 }, { x: 1, y: undefined }],
    ['a column has another name', { x: undefined }, { y: undefined }],
    ['an object in it is another', { x: nested }, { x: { ...nested } }],
  ] as [string, object, object][])
    it(`sees an update where ${name}`, () =>
      assert.deepEqual(changeBetween(() => 1, [old], [now]).updated, [{ old, new: now }]));

  it('compares rows that are arrays or plain values too', () => {
    const byFirst = (row: readonly unknown[]) => row[0];
    const arrays = changeBetween<readonly unknown[]>(
      byFirst,
      [
        ['a', 1],
        ['b', 2],
      ],
      [
        ['a', 1],
        ['b', 3],
      ],
    );
    assert.deepEqual(arrays.updated, [{ old: ['b', 2], new: ['b', 3] }]);
    const words = changeBetween((word: string) => word.toLowerCase(), ['a', 'b'], ['b', 'A']);
    assert.deepEqual(words.updated, [{ old: 'a', new: 'A' }]);
    assert.equal(words.moved.length, 1);
  });
});

describe('the key of rowChanges', () => {
  const makeKeys = () => [
    ...[0, 1, -1, 1.5, 12, Number.NaN, Number.POSITIVE_INFINITY, 0n, 1n, 12n, 2n ** 60n, true, false, null],
    ...[
      '',
      '0',
      '1',
      '12',
      '1n',
      'NaN',
      'true',
      'null',
      'a',
      'b',
      'a|b',
      'b|c',
      '|',
      'a;sb',
      'b;sa',
      ',',
      ';',
      '[',
      ']',
      '\\',
      '"',
    ],
    ...[
      '\0',
      '\0\0',
      '\0x1;',
      '\0x;',
      'x1;',
      '\0[1;]',
      '[1;]',
      '\0[s1:a]',
      '\0s1:a',
      's1:a',
      '\0null;',
      '1;',
      '\ud800',
    ],
    ...[[], [0], [0, 0], [1], [1, 2], [12], [1, 50], [150], [91]].map((bytes) => new Uint8Array(bytes)),
  ];

  it('tells every value from every other, by type and content', () => {
    const [before, rows] = [rowsOf(...makeKeys()), rowsOf(...makeKeys())];
    const change = changeBetween('key', before, rows);
    assert.deepEqual(change, { ...none, rows });
    assert.deepEqual(changeBetween('key', before, rows.toReversed()).inserted, []);
  });

  it('tells every pair of columns from every other, whatever their values join to', () => {
    const pairs = () => makeKeys().flatMap((x, i) => makeKeys().map((y, j) => ({ x, y, at: `${i} ${j}` })));
    const rows = pairs();
    const [first, change] = changesOf(['x', 'y'], pairs(), rows);
    assert.equal(first!.inserted.length, makeKeys().length ** 2);
    assert.deepEqual([change!.inserted, change!.removed, change!.updated], [[], [], []]);
  });

  it('tells a list that a function gives from other lists and from its own text', () => {
    const lists = () => [
      [],
      [[]],
      [[], []],
      ['a'],
      ['a', 'b'],
      [['a'], 'b'],
      [['a', 'b']],
      ['ab'],
      [null],
      [1, 2],
      [12],
    ];
    const keys = () => [...lists(), ...makeKeys()];
    const byFunction = ({ key }: { key: unknown }) => key;
    assert.deepEqual(changeBetween(byFunction, rowsOf<unknown>(...keys()), rowsOf<unknown>(...keys())).inserted, []);
    assert.throws(() => changesOf(byFunction, rowsOf<unknown>(['a', [1]], ['a', [1]])), DuplicateKeyError);
  });

  it('takes 0 and -0 for one key, as SQLite does', () => {
    assert.throws(() => changesOf('key', rowsOf(0, -0)), new DuplicateKeyError(-0, 0, 1));
    assert.throws(() => changesOf(['key'], rowsOf(0, -0)), new DuplicateKeyError([-0], 0, 1));
  });

  const [x, y, z] = ['x', 'y', 'z'].map((key) => ({ key })) as [{ key: string }, { key: string }, { key: string }];
  const copy = (row: { key: string }) => ({ ...row, other: true });
  for (const [name, before, rows, first, second] of [
    ['in a first result', [], [x, y, copy(x)], 0, 2],
    ['that is one object twice', [], [x, y, y], 1, 2],
    ['that is an unchanged object twice', [x, y], [x, y, y], 1, 2],
    ['between an unchanged row before and an inserted one', [x, y, z], [x, y, copy(x), z], 0, 2],
    ['between an inserted row and an unchanged one after', [x, y, z], [copy(z), x, y, z], 0, 3],
    ['between an updated row and an inserted one', [x, y, z], [copy(x), copy(x), y, z], 0, 1],
    ['between a moved row and an inserted one', [x, y, z], [y, z, copy(x), x], 2, 3],
    ['between two inserted rows', [x], [y, z, x, copy(z), copy(y)], 1, 3],
  ] as const)
    it(`refuses two rows of one key ${name}`, () => {
      const expected = new DuplicateKeyError(rows[second]!.key, first, second);
      assert.throws(() => changesOf<{ key: string }>('key', before, rows), expected);
    });

  it('shows the key and both places in its error, and keeps the key out of the message', () => {
    const rows = [
      { user: 'secret', n: 1n },
      { user: 'secret', n: 2n },
      { user: 'secret', n: 1n },
    ];
    assert.throws(
      () => changesOf(['user', 'n'], rows),
      (error) => {
        assert.ok(error instanceof DuplicateKeyError && error instanceof Error);
        assert.deepEqual(
          [error.name, error.key, error.first, error.second],
          ['DuplicateKeyError', ['secret', 1n], 0, 2],
        );
        assert.match(error.message, /rows at 0 and 2/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  });

  it('refuses what is no value to compare, and says what it is', () => {
    const refused = new Map<unknown, RegExp>([
      [undefined, /and is undefined$/],
      [new Date(0), /and is an object \(Date\)$/],
      [{}, /and is an object \(Object\)$/],
      [Object.create(null), /and is an object/],
      [Symbol('key'), /and is symbol$/],
      [() => 1, /and is function$/],
    ]);
    for (const [key, message] of refused)
      for (const given of [key, [1, key]])
        assert.throws(() => changesOf((_row: Todo) => given, [a]), { name: 'TypeError', message });
  });

  it('refuses a row without the key column, and names both', () => {
    const message = 'each row is expected to have the key column key, and one has id,title';
    const rows: readonly { key?: number }[] = [a as { key?: number }];
    for (const key of ['key', ['key']] as const)
      assert.throws(() => changesOf<{ key?: number }>(key, rows), { name: 'TypeError', message });
  });

  it('refuses at the call what is no key', () => {
    for (const key of [undefined, [], null, 1] as unknown as 'id'[])
      assert.throws(() => rowChanges<Todo>({ key }), { name: 'TypeError', message: /^key is expected/ });
  });
});

describe('rowChanges of many rows', () => {
  const many = 20_000;
  const rows = Array.from({ length: many }, (_, id): Todo => ({ id, title: '' }));

  /** How many keys are read to compare `after` with `rows`. */
  function keysRead(after: readonly Todo[]): number {
    let count = 0;
    const results = new Subject<readonly Todo[]>();
    const key = ({ id }: Todo) => {
      count++;
      return id;
    };
    results.pipe(rowChanges({ key })).subscribe();
    results.next(rows);
    count = 0;
    results.next(after);
    return count;
  }

  it('reads no key of a result whose rows are the same objects', () => assert.equal(keysRead([...rows]), 0));

  it('reads but the keys of the few rows that changed, wherever they are', () => {
    const after = [...rows];
    for (const place of [0, 5_000, 5_001, many - 1]) after[place] = { ...after[place]!, title: 'changed' };
    after.splice(8_000, 5);
    after.splice(12_000, 0, ...after.splice(9_000, 2));
    assert.ok(keysRead(after) < 100, `${keysRead(after)} keys`);
  });

  it('reads each key but once more to see that no row is inserted twice', () => {
    const after = [...rows];
    after.splice(5_000, 20, ...Array.from({ length: 20 }, (_, i) => ({ id: many + i, title: '' })));
    after[15_000] = { ...after[15_000]!, title: 'changed' };
    const count = keysRead(after);
    assert.ok(count < many + 100, `${count} keys`);
  });

  it('tells what became of all, whatever happened to them', () => {
    const shifted = changeBetween('id', rows, [...rows.slice(7_000), ...rows.slice(0, 7_000)]);
    assert.equal(shifted.moved.length, 7_000);
    assert.equal(changeBetween('id', rows, rows.toReversed()).moved.length, many - 1);
    assert.equal(
      changeBetween(
        'id',
        rows,
        rows.map((row) => ({ ...row })),
      ).updated.length,
      0,
    );
  });
});
