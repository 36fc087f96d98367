/** What the spec of `compute` has computed: one function for each case, chosen by the argument. */
import { concat, concatMap, defer, interval, map, NEVER, of, timer } from 'rxjs';
import type { Database } from '../../../lib/index.ts';
import { done } from '../databases.ts';

interface Chosen {
  readonly choose: keyof typeof cases;
  readonly given?: unknown;
}

const insert = (db: Pick<Database, 'execute'>, a: number) => db.execute('INSERT INTO t VALUES (?)', [a]);

const cases = {
  given: (_: Database, given: unknown) => given,
  soon: async (_: Database, given: unknown) => given,
  several: () => timer(0, 5).pipe(concatMap((n) => (n < 3 ? of(n) : NEVER))),
  threeAndDone: () => of('a', 'b', 'c'),
  sum: async (db: Database) => (await done(db.select<{ n: number }>('SELECT sum(a) AS n FROM t')))?.[0]?.n,
  write: (db: Database, a: number) => insert(db, a).pipe(map(({ changes }) => changes)),
  writeUnawaited: (db: Database, a: number) => void insert(db, a).subscribe(),
  watch: (db: Database) => db.watch<{ n: number }>('SELECT count(*) AS n FROM t').pipe(map(([row]) => row?.n)),
  holdTransaction: (db: Database) => db.transaction((tx) => concat(insert(tx, 1), NEVER)),
  holdAndFail: (db: Database) => {
    db.transaction((tx) => concat(insert(tx, 1), NEVER)).subscribe();
    return timer(50).pipe(
      map(() => {
        throw new RangeError('too much');
      }),
    );
  },
  moved: () => {
    const tile = new Float64Array(1000).fill(1);
    return concat(
      of({ tiles: [tile], meta: new Map([['whole', tile.buffer]]) }),
      defer(() => of(tile.byteLength)),
    );
  },
  cannotMove: () => ({
    pooled: Buffer.from('pooled'),
    shared: new Uint8Array(new SharedArrayBuffer(3)).fill(7),
    wasm: new Uint8Array(new WebAssembly.Memory({ initial: 1 }).buffer, 0, 3),
  }),
  constraint: (db: Database) => db.execute('INSERT INTO t VALUES (NULL)'),
  fail: () => {
    throw new RangeError('too much', { cause: new TypeError('the reason') });
  },
  failLater: () => {
    setTimeout(() => {
      throw new RangeError('too late');
    }, 5);
    return NEVER;
  },
  unsendable: () =>
    concat(
      of('first'),
      of(() => 1),
    ),
  exit: () => process.exit(3),
  eatMemory: () => {
    const eaten: unknown[] = [];
    for (;;) eaten.push(new Array(1e6).fill(eaten.length));
  },
  spin: () => {
    for (;;);
  },
  nothing: () => NEVER,
  ticks: () => interval(1),
  nested: (db: Database, given: unknown) => db.compute(new URL(import.meta.url), { choose: 'given', given }),
};

export default function compute(db: Database, { choose, given }: Chosen): unknown {
  return (cases[choose] as (db: Database, given: unknown) => unknown)(db, given);
}
