/** Results of many rows over a real worker: whole, exact, in order, and taken back at any time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Worker } from 'node:worker_threads';
import {
  concatMap,
  count,
  delay,
  firstValueFrom,
  type Observable,
  reduce,
  Subject,
  take,
  takeUntil,
  tap,
  toArray,
} from 'rxjs';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { type Row, type Server, type SqlValue, StatementError, spawn, versionOf } from '../../lib/index.ts';
import { type ClientPort, clientPort } from '../../lib/wire/client-port.ts';
import { protocolVersion, type Reply } from '../../lib/wire/messages.ts';
import { objectsOf } from '../../lib/wire/rows-of-block.ts';
import {
  allEngines,
  type Bench,
  done,
  type EngineCase,
  fileEngines,
  withFile,
  withServer,
} from '../support/databases.ts';
import { LiveCheck } from '../support/live-check.ts';
import { record } from '../support/recorder.ts';

const total = 30_000;

/** Values of every kind, the odd ones far behind the first rows. */
const schema = `
  CREATE TABLE item (id INTEGER PRIMARY KEY, list INTEGER, name TEXT, price REAL, any);
  WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < ${total - 1})
  INSERT INTO item SELECT i, i % 100, CASE WHEN i % 9 = 0 THEN NULL ELSE 'name ' || i END, i / 3.0,
    CASE WHEN i < 20000 THEN i WHEN i % 5 = 0 THEN 9007199254740993 + i WHEN i % 5 = 1 THEN x'00ff' WHEN i % 5 = 2 THEN 'é' || char(0) ELSE i / 7.0 END
  FROM n;`;

const all = 'SELECT * FROM item ORDER BY id';
const numbers = (end: number): string =>
  `WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${end}) SELECT i, 'text ' || i AS t FROM n`;

const rowAt = (i: number): Row => ({
  id: i,
  list: i % 100,
  name: i % 9 === 0 ? null : `name ${i}`,
  price: i / 3,
  any: anyAt(i),
});

function anyAt(i: number): SqlValue {
  if (i < 20_000) return i;
  return [9_007_199_254_740_993n + BigInt(i), new Uint8Array([0, 255]), 'é\0', i / 7, i / 7][i % 5]!;
}

const wanted = Array.from({ length: total }, (_, i) => rowAt(i));

/** Shows the first row that differs: a diff of all of them would take minutes. */
function assertSame(actual: readonly unknown[] | undefined, expected: readonly unknown[]): void {
  if (isDeepStrictEqual(actual, expected)) return;
  const index = expected.findIndex((row, at) => !isDeepStrictEqual(row, actual?.[at]));
  assert.deepStrictEqual([index, actual?.[index]], [index, expected[index]]);
  assert.equal(actual?.length, expected.length);
  assert.fail('the lists differ, and their rows do not');
}

/** Its large results are read by other threads, but for those in transactions. */
const withReaders: EngineCase = {
  name: 'better-sqlite3 with readers',
  spec: (file) => betterSqlite3({ file, readers: 2 }),
};

for (const engine of [...allEngines, withReaders]) {
  const withItems = (body: (bench: Bench) => Promise<void>) => () =>
    withServer(
      async (bench) => {
        await done(bench.db.executeScript(schema));
        await body(bench);
      },
      { engine },
    );

  describe(`a large result on ${engine.name}`, () => {
    it(
      'is selected with every value as it is, the first time and again',
      withItems(async ({ db }) => {
        for (let time = 0; time < 2; time++) assertSame(await firstValueFrom(db.select(all)), wanted);
        const { columns, rows } = await firstValueFrom(db.select(all, [], { rows: 'arrays' }));
        assert.deepEqual(columns, ['id', 'list', 'name', 'price', 'any']);
        assertSame(
          rows,
          wanted.map((row) => Object.values(row)),
        );
      }),
    );

    it(
      'is a plain array of plain objects',
      withItems(async ({ db }) => {
        const rows = await firstValueFrom(db.select('SELECT id, list, name FROM item ORDER BY id'));
        assert.ok(Array.isArray(rows) && Object.getPrototypeOf(rows) === Array.prototype);
        assert.deepEqual(Object.keys(rows).length, total);
        assertSame(structuredClone(rows), rows);
        assertSame(JSON.parse(JSON.stringify(rows)), rows);
        const row = rows[total - 1]!;
        assert.equal(Object.getPrototypeOf(row), Object.prototype);
        assert.deepEqual(Object.getOwnPropertyDescriptors({ ...row }), Object.getOwnPropertyDescriptors(row));
        assert.deepEqual(Object.entries(row), [
          ['id', total - 1],
          ['list', 99],
          ['name', `name ${total - 1}`],
        ]);
      }),
    );

    it(
      'is given lazily as the rows that an array of them has',
      withItems(async ({ db }) => {
        const rows = await firstValueFrom(db.select(all, [], { rows: 'lazy' }));
        assert.deepEqual(rows.columns, ['id', 'list', 'name', 'price', 'any']);
        assert.equal(rows.length, total);
        assert.equal(typeof versionOf(rows), 'number');
        const odd = [
          0,
          1,
          999,
          1000,
          12_345.9,
          total - 1,
          -1,
          -total,
          total,
          -total - 1,
          -0.5,
          0.5,
          Number.NaN,
          Infinity,
          -Infinity,
        ];
        for (const place of odd) assert.deepEqual(rows.at(place), wanted.at(place), `${place}`);
        for (const start of [...odd, undefined, total - 3]) {
          for (const end of [1, 2500, -0.5, -total + 3, Number.NaN, -Infinity, undefined])
            assertSame(rows.slice(start, end), wanted.slice(start, end));
        }
        const touched = rows.at(-7);
        assertSame([...rows], wanted);
        assert.ok(rows.at(-7) === touched && rows.slice(-7)[0] === touched, 'a row stays the same object');
      }),
    );

    it(
      'is refused by name in a form that there is not',
      withItems(async ({ db }) => {
        const refused = { name: 'SluiceError', message: /rows is one of .* here, and was given as/ };
        for (const rows of ['lasy', 'toString', null, 3]) {
          assert.throws(() => db.select(all, [], { rows } as object), refused);
          assert.throws(() => db.watch(all, [], { rows } as object), refused);
        }
        assert.throws(() => db.watch(all, [], { rows: 'lazy' } as object), refused);
        for (const rows of ['lazy', 'arrays', 'lasy', null]) {
          assert.throws(() => db.stream(all, [], { rows } as object), refused);
          assert.throws(() => db.watchChanges(all, [], { key: 'id', rows } as never), refused);
        }
        db.stream(all, [], { rows: 'objects' } as object);
      }),
    );

    it(
      'that is small, or has no rows, is given lazily too',
      withItems(async ({ db }) => {
        const lazily = (sql: string) => firstValueFrom(db.select(sql, [], { rows: 'lazy' }));
        assert.deepEqual([...(await lazily(`${all} LIMIT 3`))], wanted.slice(0, 3));
        const none = await lazily(`${all} LIMIT 0`);
        assert.deepEqual(
          [none.columns[0], none.length, [...none], none.at(0), none.slice()],
          ['id', 0, [], undefined, []],
        );
        assert.deepEqual([...(await lazily('UPDATE item SET list = list WHERE id = 3'))], []);
        assert.deepEqual([...(await lazily('DELETE FROM item WHERE id = 3 RETURNING id'))], [{ id: 3 }]);
      }),
    );

    it(
      'keeps columns of one name apart as arrays, and the later one in objects',
      withItems(async ({ db }) => {
        const sql = 'SELECT id, list AS id, name AS __proto__ FROM item ORDER BY item.id';
        const { rows } = await firstValueFrom(db.select(sql, [], { rows: 'arrays' }));
        assertSame(
          rows,
          wanted.map(({ id, list, name }) => [id, list, name]),
        );
        const objects = await firstValueFrom(db.select(sql));
        assert.deepEqual(Object.entries(objects[total - 1]!), [
          ['id', 99],
          ['__proto__', `name ${total - 1}`],
        ]);
      }),
    );

    it(
      'fails where one of its last rows does, and leaves nothing behind',
      withItems(async ({ db }) => {
        const failing =
          'SELECT id, abs(CASE WHEN id < 25000 THEN id ELSE -9223372036854775807 - 1 END) FROM item ORDER BY id';
        for (let time = 0; time < 2; time++) await assert.rejects(done(db.select(failing)), StatementError);
        assert.equal((await firstValueFrom(db.select(all))).length, total);
        await done(db.execute('DELETE FROM item WHERE id = 0'));
      }),
    );

    it(
      'is of one version, whatever is written meanwhile',
      withItems(async ({ db }) => {
        const sums = await Promise.all(
          Array.from({ length: 6 }, async (_, n) => {
            const rows = db.select<{ list: number }>('SELECT id, list FROM item');
            if (n % 2) await done(db.execute('UPDATE item SET list = list + 1'));
            return (await firstValueFrom(rows)).reduce((sum, { list }) => sum + list, 0);
          }),
        );
        for (const sum of sums) assert.equal((sum - 49.5 * total) % total, 0);
      }),
    );

    it(
      'is seen as it stands in a transaction',
      withItems(async ({ db }) => {
        const seen = await done(
          db.transaction(async (tx) => {
            await done(tx.execute('DELETE FROM item WHERE id >= 10000'));
            return (await firstValueFrom(tx.select('SELECT * FROM item'))).length;
          }),
        );
        assert.equal(seen, 10_000);
      }),
    );

    it(
      'is dropped where it is unsubscribed on its way',
      withItems(async ({ db }) => {
        for (let turns = 0; turns < 60; turns += 3) {
          const results: Observable<unknown>[] = [db.select(all), db.watch(`${all} LIMIT 20000`), db.stream(all)];
          const subscriptions = results.map((rows$) => {
            const subscription = rows$.subscribe(() => assert.ok(!subscription.closed));
            return subscription;
          });
          for (let n = 0; n < turns; n++) await turn();
          for (const subscription of subscriptions) subscription.unsubscribe();
        }
        assertSame(await firstValueFrom(db.select(all)), wanted);
      }),
    );

    it(
      'is followed: emitted whole, and then by what changes',
      withItems(async ({ db }) => {
        const watched = await record(db.watch(all)).count(1);
        assertSame(watched.last, wanted);
        await done(db.execute("UPDATE item SET name = 'x' WHERE id = 777"));
        await watched.count(2);
        assert.deepStrictEqual(watched.last?.[777], { ...rowAt(777), name: 'x' });
        assert.equal(watched.last?.[778], watched.values[0]?.[778]);
        await done(db.execute('UPDATE item SET list = list + 1 WHERE id >= 5000'));
        await watched.count(3);
        assertSame(
          watched.last,
          wanted.map((row, i) => ({
            ...row,
            ...(i === 777 ? { name: 'x' } : {}),
            list: (i % 100) + (i >= 5000 ? 1 : 0),
          })),
        );
        watched.unsubscribe();
      }),
    );

    it(
      'is followed through a change of its whole order: the same objects, in other places',
      withItems(async ({ db }) => {
        const watched = await record(db.watch('SELECT id, name FROM item ORDER BY price, id')).count(1);
        await done(db.execute('UPDATE item SET price = -price'));
        await watched.count(2);
        const [before, after] = watched.values;
        assert.equal(after?.length, total);
        assert.ok(after?.every((row, place) => row === before?.[total - 1 - place]));
        watched.unsubscribe();
      }),
    );

    it(
      'is followed in arrays, and beside others of one version',
      withItems(async ({ db }) => {
        const arrays = await record(db.watch(all, [], { rows: 'arrays' })).count(1);
        assertSame(
          arrays.last?.rows,
          wanted.map((row) => Object.values(row)),
        );
        const queries = {
          up: 'SELECT id, list FROM item ORDER BY id',
          down: 'SELECT id, list FROM item ORDER BY id DESC',
        };
        const both = await record(db.watchAll(queries)).count(1);
        for (let time = 1; time < 4; time++) {
          await done(db.execute('UPDATE item SET list = list + 1'));
          await both.count(1 + time);
        }
        for (const { up, down } of both.values) {
          assert.equal(up.length, total);
          assertSame(down, [...up].reverse());
        }
        arrays.unsubscribe();
        both.unsubscribe();
      }),
    );

    it(
      'never shows, after a write has emitted, what was before it',
      withItems(async ({ db }) => {
        let written = 0;
        const listOf = (rows: readonly { list: number }[]): number => rows[total - 1]!.list;
        const watched = db.watch<{ list: number }>('SELECT id, list FROM item ORDER BY id');
        const subscription = watched.subscribe((rows) => assert.ok(listOf(rows) >= 99 + written));
        for (let time = 1; time <= 5; time++) {
          await done(db.execute('UPDATE item SET list = list + 1'));
          written = time;
          // Whoever comes now must wait for a result that is as new.
          assert.ok(listOf(await firstValueFrom(watched)) >= 99 + written);
        }
        subscription.unsubscribe();
      }),
    );

    it(
      'is right in the end where a few rows of it change that are large, and again while they arrive',
      withItems(async (bench) => {
        const check = await LiveCheck.of(bench, ['SELECT id, name FROM item ORDER BY id']);
        const { db } = bench;
        for (let round = 0; round < 12; round++) {
          const change = (first: number): Promise<unknown> =>
            done(
              db.execute('UPDATE item SET name = hex(zeroblob(50000)) || ? WHERE id BETWEEN ? AND ? + 7', [
                round,
                first,
                first,
              ]),
            );
          const [first, second] = [
            change(round),
            (async () => {
              for (let turns = 0; turns < round % 10; turns++) await turn();
              await change(round + (round % 12));
            })(),
          ];
          await Promise.all([first, second]);
          await check.assertFresh(`round ${round}`);
          await check.write(['UPDATE item SET name = ? WHERE id = ?', [`small ${round}`, round + 4]]);
        }
        assert.ok((await check.counts()).every(({ partialRuns }) => partialRuns > 12));
        check.stop();
      }),
    );

    it(
      'streams row by row, as it is selected',
      withItems(async ({ db }) => {
        assertSame(await done(db.stream(all).pipe(toArray())), wanted);
        const failing =
          'SELECT id, abs(CASE WHEN id < 25000 THEN id ELSE -9223372036854775807 - 1 END) AS a FROM item ORDER BY id';
        const seen = await record(db.stream(failing)).over();
        assert.ok(seen.error instanceof StatementError);
      }),
    );
  });
}

for (const engine of [...fileEngines, withReaders]) {
  describe(`a stream on ${engine.name}`, () => {
    it('gives 1,000,000 rows, each once and in order', () =>
      withServer(
        async ({ db }) => {
          const stream = db.stream<{ i: number; t: string }>(numbers(1_000_000));
          let before = 0;
          const checked = stream.pipe(
            tap(({ i, t }) => {
              if (i !== before + 1 || t !== `text ${i}`) assert.fail(`${i} after ${before}`);
              before = i;
            }),
          );
          assert.equal(await done(checked.pipe(count())), 1_000_000);
        },
        { engine },
      ));

    it('ends at once where it is unsubscribed, in the middle of a part', () =>
      withServer(
        async ({ server, db }) => {
          const stop = new Subject<void>();
          const seen = await done(
            db.stream<{ i: number }>(numbers(100_000_000)).pipe(
              tap(({ i }) => {
                if (i === 1_234) stop.next();
              }),
              takeUntil(stop),
              reduce((_, { i }) => i, 0),
            ),
          );
          assert.equal(seen, 1_233);
          assert.deepEqual(await done(db.stream(numbers(100_000_000)).pipe(take(3), count())), 3);
          while ((await firstValueFrom(server.inspect())).clients[0]?.liveQueries !== 0);
        },
        { engine },
      ));

    it('is read on as its chunks are taken, and waits for whoever works on one', () =>
      withServer(
        async ({ server, db }) => {
          const gates: Subject<void>[] = [];
          let arrived = 0;
          const sizes: number[] = [];
          const stream = db.stream<{ i: number }>(numbers(100_000), [], { chunks: true }).pipe(
            tap(() => arrived++),
            concatMap((chunk, index) => {
              const gate = new Subject<void>();
              gates.push(gate);
              // Of one of them, only the beginning is wanted.
              const rows = index === 2 ? chunk.pipe(take(1)) : chunk;
              return rows.pipe(
                toArray(),
                tap(({ length }) => sizes.push(length)),
                concatMap(() => gate),
              );
            }),
          );
          const seen = record(stream);
          for (let work = 1; work <= 5; work++) {
            // The part that is worked on is replaced: so many wait, and no more come.
            while (arrived < 4 + work) await done(db.select('SELECT 1'));
            for (let n = 0; n < 5; n++) await done(db.select('SELECT 1'));
            assert.deepEqual([arrived, gates.length], [4 + work, work]);
            gates[work - 1]!.complete();
          }
          assert.equal(sizes[2], 1);
          assert.ok(sizes[1]! > 1 && sizes[1]! <= 1000);
          seen.unsubscribe();
          while ((await firstValueFrom(server.inspect())).clients[0]?.liveQueries !== 0);
          const all = db.stream<{ i: number }>(numbers(20_000), [], { chunks: true });
          const last = await done(all.pipe(concatMap((chunk) => chunk.pipe(toArray(), delay(0)))));
          assert.equal(last?.at(-1)?.i, 20_000);
        },
        { engine },
      ));

    it('has what its client wrote before it, and nothing that it wrote right behind', () =>
      withServer(
        async ({ db }) => {
          await done(db.execute('CREATE TABLE t (n INTEGER)'));
          for (let n = 1; n < 30; n++) {
            const written = done(db.execute('INSERT INTO t VALUES (?)', [n]));
            const read = done(db.stream('SELECT n FROM t ORDER BY n').pipe(toArray()));
            await Promise.all([written, done(db.execute('INSERT INTO t VALUES (-1)'))]);
            assert.deepEqual(
              await read,
              Array.from({ length: n }, (_, place) => ({ n: place + 1 })),
            );
            await done(db.execute('DELETE FROM t WHERE n < 0'));
          }
        },
        { engine },
      ));

    it('and a write behind it do not keep each other waiting where there is no write-ahead log', () =>
      withServer(
        async ({ db }) => {
          await done(db.execute(`CREATE TABLE t AS ${numbers(20_000)}`));
          const read = done(db.stream('SELECT * FROM t').pipe(count()));
          await done(db.execute("INSERT INTO t VALUES (0, 'behind')"));
          assert.equal(await read, 20_000);
        },
        { engine, module: new URL('../support/rollback-journal.ts', import.meta.url) },
      ));

    it('leaves the others their turn', () =>
      withServer(
        async ({ db }) => {
          await done(db.executeScript('CREATE TABLE t (a)'));
          let seen = 0;
          const subscription = db.stream(numbers(100_000_000)).subscribe(() => seen++);
          for (let n = 0; n < 20; n++) await done(db.execute('INSERT INTO t VALUES (1)'));
          const before = seen;
          while (seen === before) await turn();
          subscription.unsubscribe();
        },
        { engine },
      ));
  });
}

for (const engine of allEngines) {
  describe(`values of 100 MB on ${engine.name}`, () => {
    it('are bound, stored and selected as they are', () =>
      withServer(
        async ({ db }) => {
          const size = 100 * 2 ** 20;
          const text = `${'é'.repeat(size / 2 - 2)}\0x`;
          const blob = new Uint8Array(size).fill(200);
          blob[size - 1] = 7;
          await done(db.executeScript('CREATE TABLE large (id INTEGER PRIMARY KEY, v)'));
          await done(db.execute('INSERT INTO large VALUES (1, ?)', [blob]));
          await done(db.batch((b) => b.executeMany('INSERT INTO large VALUES (?, ?)', [[2, text]])));
          const query = 'SELECT id, v FROM large ORDER BY id';
          const [first, second] = await firstValueFrom(db.select(query));
          assert.equal(Buffer.compare(first!.v as Uint8Array, blob), 0);
          assert.ok(second!.v === text);
        },
        { engine },
      ));
  });
}

describe('the parts of a large result', () => {
  for (const what of ['stream', 'watch'] as const) {
    it(`are made as their reader takes them: ${what}`, () =>
      withServer(async ({ server, db }) => {
        await done(db.executeScript(schema));
        const { port, heard, until } = connect(server);
        const parts = (): number => heard.filter(({ kind }) => kind === 'part' || kind === 'livePart').length;
        const statement = { sql: all, params: [] };
        if (what === 'watch') port.send([{ kind: 'watch', id: 1, scope: 0, queries: [statement] }]);
        else port.send([{ kind: 'stream', id: 1, scope: 0, ...statement }]);
        for (let credits = 0; credits < 5; credits++) {
          await until(() => parts() === 4 + credits);
          // The reply to this is sent after whatever is sent without a credit.
          port.send([{ kind: 'select', id: 100 + credits, scope: 0, atLeast: 0, sql: 'SELECT 1', params: [] }]);
          await until(() => heard.some((reply) => reply.kind === 'rows' && reply.id === 100 + credits));
          assert.equal(parts(), 4 + credits);
          port.send([{ kind: 'credit', id: 1 }]);
        }
        port.send([{ kind: 'cancel', id: 1 }]);
        while ((await firstValueFrom(server.inspect())).clients.some(({ liveQueries }) => liveQueries > 0));
        port.close();
      }));
  }

  it('of a live result that is superseded while it arrives are dropped, once: the next arrives whatever is written', () =>
    withServer(async ({ server, db }) => {
      await done(db.executeScript(schema));
      const { port, heard, until, parts, outcome, write } = await follow(server);
      write(2);
      // Its reply waits for nothing of what is superseded.
      await until(() => outcome(2) && parts() === 8);
      write(3);
      port.send([{ kind: 'select', id: 4, scope: 0, atLeast: 0, sql: 'SELECT 1', params: [] }]);
      let taken = 0;
      let credits = 0;
      await until(() => {
        const arrived = heard.filter(({ kind }) => kind === 'livePart' || kind === 'live');
        for (const reply of arrived.slice(taken)) {
          taken++;
          if (reply.kind === 'livePart') port.send([{ kind: 'credit', id: 1 }]);
          if (reply.kind === 'livePart') credits++;
        }
        return arrived.some(({ kind }) => kind === 'live');
      });
      const [first] = heard.filter((reply) => reply.kind === 'live');
      const rows = heard.flatMap((reply) => (reply.kind === 'livePart' ? [reply] : [])).slice(4);
      assert.equal(credits, rows.length + 4);
      assert.deepEqual(rows.map(({ before }) => before)[0], 0);
      const lists = rows.flatMap((part) => objectsOf(part.rows, part.columns!).map(({ list }) => list));
      assertSame(
        lists,
        wanted.map(() => -2),
      );
      assert.equal(first?.results[0]?.ahead, total);
      // What was written meanwhile is told only now: until then, its client could have found what is from before it.
      await until(() => outcome(3));
      assert.ok(
        heard.findIndex(({ kind }) => kind === 'live') < heard.findIndex((r) => r.kind === 'done' && r.id === 3),
      );
      port.send([{ kind: 'cancel', id: 1 }]);
      port.close();
    }));

  it('are told to be out of date before a write is told, also of the first result: their client may outlive a server', () =>
    withServer(async ({ server, db }) => {
      await done(db.executeScript(schema));
      const { port, heard, until } = connect(server);
      await until(() => ['welcome', 'opened'].every((word) => heard.some(({ kind }) => kind === word)));
      port.send([{ kind: 'watch', id: 1, scope: 0, queries: [{ sql: all, params: [] }] }]);
      await until(() => heard.some(({ kind }) => kind === 'livePart'));
      const slow = `SELECT count(*) FROM (${numbers(200_000)})`;
      port.send([
        { kind: 'execute', id: 2, scope: 0, sql: 'UPDATE item SET list = 1 WHERE id = 0', params: [] },
        // There is no time for the next result in the turn of the write.
        { kind: 'select', id: 3, scope: 0, atLeast: 0, sql: slow, params: [] },
        { kind: 'select', id: 4, scope: 0, atLeast: 0, sql: slow, params: [] },
      ]);
      await until(() => heard.some(({ kind }) => kind === 'done'));
      const kinds = heard.map(({ kind }) => kind);
      assert.deepEqual(kinds.slice(kinds.indexOf('stale'), kinds.indexOf('stale') + 2), ['stale', 'done']);
      port.close();
    }));

  it('hold back a reply no longer once nobody wants them', () =>
    withServer(async ({ server, db }) => {
      await done(db.executeScript(schema));
      const { port, until, parts, outcome, write } = await follow(server);
      write(2);
      await until(() => outcome(2) && parts() === 8);
      write(3);
      while ((await firstValueFrom(db.select('SELECT list FROM item WHERE id = 0')))[0]?.list !== -3);
      assert.ok(!outcome(3));
      port.send([{ kind: 'cancel', id: 1 }]);
      await until(() => outcome(3));
      port.close();
    }));

  it('of a server that died are forgotten, and come anew from the next', () =>
    withFile(async (file) => {
      const workers: Worker[] = [];
      const start = (): Worker => {
        const worker = new Worker(new URL('../support/serve-file.ts', import.meta.url), { workerData: file });
        workers.push(worker);
        return worker;
      };
      const server = spawn(start, { restart: true });
      const db = server.connect();
      await done(db.executeScript(schema));
      const watched = record(db.watch(all));
      await done(db.select('SELECT 1'));
      await workers[0]?.terminate();
      await watched.count(1);
      assertSame(watched.last, wanted);
      await done(db.execute('UPDATE item SET list = list + 1'));
      await watched.count(2);
      assertSame(
        watched.last,
        wanted.map((row, i) => ({ ...row, list: (i % 100) + 1 })),
      );
      await workers[1]?.terminate();
      await done(db.execute('UPDATE item SET list = 5 WHERE id = 29999'));
      await watched.count(3);
      assert.deepEqual(watched.last?.[29_999], { ...rowAt(29_999), list: 5 });
      assert.equal(watched.last?.[29_998], watched.values[1]?.[29_998], 'a row that did not change is the same object');
      await done(server.shutdown());
    }));
});

/** A client of a server that sends what it is told to, and credits nothing by itself. */
function connect(server: Server): { port: ClientPort; heard: Reply[]; until(met: () => boolean): Promise<void> } {
  const { port1, port2 } = new MessageChannel();
  const control = server.port();
  control.postMessage({ kind: 'connect', port: port1, closesServer: false }, [port1]);
  const port = clientPort(port2);
  const heard: Reply[] = [];
  let check = (): void => {};
  port.listen({
    packet: (packet) => {
      heard.push(...packet);
      check();
    },
    closed: () => control.close(),
  });
  port.send([{ kind: 'hello', protocolVersion, queueTimeoutMs: 10_000, priority: 'interactive' }]);
  const until = (met: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      check = () => met() && resolve();
      check();
    });
  return { port, heard, until };
}

/** A client that follows all items, has the parts of the first result that are sent without a credit, and gives none. */
async function follow(server: Server) {
  const client = connect(server);
  const { port, heard, until } = client;
  const parts = (): number => heard.filter(({ kind }) => kind === 'livePart').length;
  const outcome = (id: number): boolean => heard.some((reply) => reply.kind === 'done' && reply.id === id);
  const write = (id: number): void =>
    port.send([{ kind: 'execute', id, scope: 0, sql: 'UPDATE item SET list = -?', params: [id] }]);
  port.send([{ kind: 'watch', id: 1, scope: 0, queries: [{ sql: all, params: [] }] }]);
  await until(() => parts() === 4);
  return { ...client, parts, outcome, write };
}
