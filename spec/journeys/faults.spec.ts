/** Clients and servers that vanish, and input that is wrong: every failure has a name, and nothing hangs. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { firstValueFrom, NEVER, type Observable } from 'rxjs';
import { betterSqlite3, open as openBetterSqlite3 } from '../../engines/better-sqlite3.ts';
import type { Engine, EngineOptions } from '../../engines/engine.ts';
import {
  BusyError,
  ConnectionClosedError,
  ConstraintError,
  type Database,
  host,
  NotExecutedError,
  OpenError,
  OutcomeUnknownError,
  ProtocolError,
  SluiceError,
  type SpawnOptions,
  StatementError,
  serve,
  spawn,
} from '../../lib/index.ts';
import { done, fileEngines, onBetterSqlite3, withFile, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';
import { runNode } from '../support/run-node.ts';
import { toldBy } from '../support/threads.ts';

const schema = 'CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT UNIQUE)';
const slow =
  'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) AS n FROM n';

const add = (db: Pick<Database, 'execute'>, title: string) =>
  db.execute('INSERT INTO todo (title) VALUES (?)', [title]);
type Taking = (given: unknown) => unknown;
const count = async (db: Pick<Database, 'select'>) =>
  (await firstValueFrom(db.select('SELECT count(*) AS n FROM todo')))[0]?.n;

describe('a client that vanishes', () => {
  /** A thread that begins a transaction, or waits for one, and says so. */
  const startClient = async (port: MessagePort, body: string): Promise<Worker> => {
    const lib = JSON.stringify(new URL('../../lib/index.ts', import.meta.url).href);
    const code = `
      const { workerData, parentPort } = require('node:worker_threads');
      const { firstValueFrom, NEVER, concatMap } = require('rxjs');
      import(${lib}).then(({ attach }) => {
        const db = attach(workerData).connect();
        const ready = () => parentPort.postMessage('ready');
        ${body}
      });`;
    const worker = new Worker(code, { eval: true, workerData: port, transferList: [port as never] });
    await once(worker, 'message');
    return worker;
  };

  for (const engine of fileEngines) {
    it(`in the middle of a transaction has it rolled back, and frees the queue at once, on ${engine.name}`, () =>
      withServer(
        async ({ db, server }) => {
          await done(db.executeScript(schema));
          const client = await startClient(
            server.port(),
            `db.transaction((tx) => tx.execute("INSERT INTO todo (title) VALUES ('lost')").pipe(concatMap(() => { ready(); return NEVER; }))).subscribe();`,
          );
          const waiting = done(add(db, 'kept'));
          await client.terminate();
          await waiting;
          assert.deepEqual(await done(db.select('SELECT title FROM todo')), [{ title: 'kept' }]);
        },
        { engine },
      ));
  }

  it('in a savepoint, or while it waits for its turn, does no harm', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      const inside = await startClient(
        server.port(),
        `db.transaction((tx) => tx.transaction((inner) => inner.execute("INSERT INTO todo (title) VALUES ('lost')").pipe(concatMap(() => { ready(); return NEVER; })))).subscribe();`,
      );
      const waiting = await startClient(
        server.port(),
        `db.transaction((tx) => tx.execute("INSERT INTO todo (title) VALUES ('lost too')")).subscribe(); setTimeout(ready, 50);`,
      );
      const own = done(add(db, 'kept'));
      await waiting.terminate();
      await inside.terminate();
      await own;
      assert.deepEqual(await done(db.select('SELECT title FROM todo')), [{ title: 'kept' }]);
    }));
});

describe('a server that dies', () => {
  it('leaves no Observable hanging: each tells what became of it', () =>
    withFile(async (file) => {
      let worker: Worker | undefined;
      const url = new URL('../support/serve-file.ts', import.meta.url);
      const server = spawn(() => (worker = new Worker(url, { workerData: file })));
      const db = server.connect();
      const states = record(server.state);
      await done(db.executeScript(schema));
      const watched = await record(db.watch('SELECT * FROM todo')).count(1);
      const updates = record(db.updates());
      const begun = Promise.withResolvers<void>();
      const transaction = record(
        db.transaction(async (tx) => {
          await done(add(tx, 'in a transaction'));
          begun.resolve();
          await done(NEVER);
        }),
      );
      await begun.promise;
      const queued = [
        db.select('SELECT 1'),
        add(db, 'queued'),
        db.transaction((tx) => add(tx, 'x')),
        db.watch('SELECT 2'),
      ];
      const inFlight = queued.map((request: Observable<unknown>) => record(request));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await worker?.terminate();
      for (const recorder of [watched, updates, transaction, ...inFlight]) await recorder.over();
      const names = [watched, updates, transaction, ...inFlight].map(({ error }) => (error as Error).name);
      assert.deepEqual(names, [
        'ConnectionClosedError',
        'ConnectionClosedError',
        'NotExecutedError',
        'ConnectionClosedError',
        'OutcomeUnknownError',
        'NotExecutedError',
        'ConnectionClosedError',
      ]);
      await states.until(({ last }) => last === 'closed');
      const late = await record(add(db, 'late')).over();
      assert.ok(late.error instanceof NotExecutedError);
      assert.ok(new OutcomeUnknownError('') instanceof ConnectionClosedError);
    }));

  it('with `restart` comes back: live queries go on, and what was not sent waits', () =>
    withFile(async (file) => {
      const workers: Worker[] = [];
      const url = new URL('../support/serve-file.ts', import.meta.url);
      const start = (): Worker => {
        const worker = new Worker(url, { workerData: file });
        workers.push(worker);
        return worker;
      };
      const server = spawn(start, { restart: true });
      const states = record(server.state);
      const db = server.connect();
      await done(db.executeScript(schema));
      await done(add(db, 'before'));
      const watched = await record(db.watch<{ title: string }>('SELECT title FROM todo ORDER BY id')).count(1);
      const named = await record(db.watch('SELECT id, title AS id FROM todo ORDER BY todo.id')).count(1);
      await workers[0]?.terminate();
      await record(db.state).until(({ last }) => last === 'restarting');
      await done(add(db, 'after'));
      await watched.count(2);
      assert.deepEqual(watched.last, [{ title: 'before' }, { title: 'after' }]);
      assert.equal(watched.last?.[0], watched.values[0]?.[0], 'a row that did not change is the same object');
      assert.equal(watched.values.length, 2, 'an equal result is not emitted again');
      await named.count(2);
      assert.deepEqual([named.values.length, named.last?.[0] === named.values[0]?.[0]], [2, true]);
      await states.until(({ values }) => values.includes('restarting') && values.at(-1) === 'open');
      assert.equal(workers.length, 2);
      await done(server.shutdown());
      await watched.over();
      assert.ok(watched.error instanceof ConnectionClosedError);
    }));

  it('with `restart` gives up where it cannot start, and says why', async () => {
    const server = spawn(new URL('../support/no-such-worker.ts', import.meta.url), { restart: true });
    const { error } = await record(server.connect().select('SELECT 1')).over();
    assert.ok(error instanceof ConnectionClosedError);
    assert.match(error.message, /no-such-worker/);
  });

  it('at its start, such as a worker file that is not there, fails what is asked of it with the reason', async () => {
    const server = spawn(new URL('../support/no-such-worker.ts', import.meta.url));
    const { error } = await record(server.connect().execute('SELECT 1')).over();
    assert.ok(error instanceof ConnectionClosedError);
    assert.match(error.message, /no-such-worker/);
    await done(server.shutdown());
  });
});

describe('a worker that never serves', () => {
  const spawnSilent = (options?: SpawnOptions) => {
    const workers: Worker[] = [];
    const server = spawn(() => {
      workers.push(new Worker('setInterval(() => {}, 1000)', { eval: true }));
      return workers.at(-1)!;
    }, options);
    return { server, workers };
  };

  it('is ended by a shutdown, in about a second', async () => {
    for (const options of [{}, { restart: true }, { name: 'silent' }]) {
      const { server, workers } = spawnSilent(options);
      const asked = record(server.connect().select('SELECT 1'));
      // A name is claimed first.
      while (workers.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      const since = performance.now();
      const ended = once(workers[0]!, 'exit');
      await done(server.shutdown());
      assert.ok(performance.now() - since < 5000);
      await ended;
      assert.ok((await asked.over()).error instanceof OpenError);
    }
  });

  it('fails what is asked of it after 30 s with an OpenError, and is not started again', async (test) => {
    test.mock.timers.enable({ apis: ['setInterval'] });
    const { server, workers } = spawnSilent({ restart: true });
    const db = server.connect();
    const asked = [db.select('SELECT 1'), db.execute('SELECT 1'), db.watch('SELECT 1')].map((one) =>
      record<unknown>(one),
    );
    test.mock.timers.tick(29_999);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.ok(asked.every(({ isOver }) => !isOver));
    test.mock.timers.tick(1);
    for (const { error } of await Promise.all(asked.map((one) => one.over()))) {
      assert.ok(error instanceof OpenError);
      assert.match(error.message, /does it call serve\(\)/);
    }
    await done(server.shutdown());
    assert.ok((await record(db.select('SELECT 1')).over()).error instanceof OpenError);
    assert.equal(workers.length, 1);
  });

  it('is told apart from one that takes its time, for which the process stays alive', async () => {
    const address = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const slow = `
      const { betterSqlite3 } = await import(${address('../../engines/better-sqlite3.ts')});
      const { serve } = await import(${address('../../lib/index.ts')});
      await new Promise((resolve) => setTimeout(resolve, 500));
      serve(betterSqlite3({}));`;
    for (const options of ['{}', "{ name: 'slow' }"]) {
      const { stdout, exitCode } = await runNode(
        [
          '--input-type=module',
          '--eval',
          `
          import { Worker } from 'node:worker_threads';
          const { spawn } = await import(${address('../../lib/index.ts')});
          const slow = ${JSON.stringify(`(async () => { ${slow} })()`)};
          const server = spawn(() => new Worker(slow, { eval: true }), ${options});
          server.connect().select('SELECT 1 AS one').subscribe(([row]) => console.log(row.one));`,
        ],
        { timeoutMs: 20_000 },
      );
      assert.deepEqual([stdout, exitCode], ['1\n', 0]);
    }
  });
});

describe('a shutdown', () => {
  it('completes after the file is closed and the worker is gone, from any holder, any number of times', () =>
    withFile(async (file) => {
      const server = spawn(onBetterSqlite3.spec(file));
      const db = server.connect();
      await done(db.executeScript(schema));
      await done(server.shutdown());
      assert.ok(!existsSync(`${file}-wal`), 'the last connection to a file removes its log');
      await done(server.shutdown());
      assert.ok((await record(db.select('SELECT 1')).over()).error instanceof ConnectionClosedError);
      assert.ok((await record(server.connect().select('SELECT 1')).over()).error instanceof ConnectionClosedError);
    }));

  it('while the database is being opened waits for that, and nothing is written any more', () =>
    withFile(async (file) => {
      const opening = Promise.withResolvers<void>();
      const opened = Promise.withResolvers<void>();
      const open = async (options: EngineOptions): Promise<Engine> => {
        const engine = openBetterSqlite3(options);
        if (options.file === undefined) return engine;
        opening.resolve();
        await opened.promise;
        return engine;
      };
      const server = host({ ...betterSqlite3({ file }), open }, { migrations: [schema] });
      const asked = record(server.connect().select('SELECT * FROM todo'));
      await opening.promise;
      const down = record(server.shutdown());
      assert.ok((await asked.over()).error instanceof ConnectionClosedError);
      assert.ok(!down.isOver);
      opened.resolve();
      await down.over();
      assert.ok(!existsSync(`${file}-wal`), 'its connection is closed');
      const left = new DatabaseSync(file);
      assert.deepEqual(left.prepare('SELECT name FROM sqlite_schema').all(), []);
      left.close();
    }));

  it('tells a write that waits that it did not happen, and a read that there is no server', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      const other = server.connect();
      const begun = Promise.withResolvers<void>();
      const holding = record(
        other.transaction(async () => {
          begun.resolve();
          await done(NEVER);
        }),
      );
      await begun.promise;
      const [write, read] = [record(add(db, 'waits')), record(db.select('SELECT 1'))];
      const watched = record(db.watch('SELECT 1'));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await done(server.shutdown());
      for (const recorder of [holding, write, read, watched]) await recorder.over();
      assert.ok(holding.error instanceof ConnectionClosedError);
      assert.deepEqual(
        [write, read, watched].map(({ error }) => (error as Error).name),
        ['NotExecutedError', 'ConnectionClosedError', 'ConnectionClosedError'],
      );
    }));
});

describe('a database that cannot be opened', () => {
  for (const engine of fileEngines) {
    it(`errors the first operation with the reason, and the next operation tries again, on ${engine.name}`, () =>
      withFile(async (file) => {
        const missing = join(dirname(file), 'missing', 'test.db');
        const server = spawn(engine.spec(missing));
        const db = server.connect();
        const [first, watched] = [record(db.select('SELECT 1 AS one')), record(db.watch('SELECT 1 AS one'))];
        for (const recorder of [first, watched]) {
          await recorder.over();
          assert.ok(recorder.error instanceof OpenError);
          assert.match(recorder.error.message, /director|unable to open/);
        }
        mkdirSync(dirname(missing));
        assert.deepEqual(await done(db.select('SELECT 1 AS one')), [{ one: 1 }]);
        await done(server.shutdown());
      }));

    it(`is told apart from a file that is no database, on ${engine.name}`, () =>
      withFile(async (file) => {
        writeFileSync(
          file,
          'This is a text, and it is long enough to be taken for the header of a database file.'.repeat(20),
        );
        const server = spawn(engine.spec(file));
        const { error } = await record(server.connect().select('SELECT * FROM sqlite_schema')).over();
        assert.ok(error instanceof OpenError);
        assert.match(error.message, /not a database/);
        await done(server.shutdown());
      }));
  }

  it('because another process holds its file is told so by a BusyError, and nothing is harmed', () =>
    withFile(async (file) => {
      const servers = [
        spawn(betterSqlite3({ file, busyTimeoutMs: 50 })),
        spawn(betterSqlite3({ file, busyTimeoutMs: 50 })),
      ];
      const [db, second] = servers.map((server) => server.connect());
      await done(db!.executeScript(schema));
      await done(
        db!.transaction(async (tx) => {
          await done(add(tx, 'first'));
          const { error } = await record(add(second!, 'second')).over();
          assert.ok(error instanceof BusyError);
          assert.match(error.message, /outside this server/);
        }),
      );
      await done(add(second!, 'second'));
      assert.equal(await count(db!), 2);
      for (const server of servers) await done(server.shutdown());
    }));
});

describe('wrong input', () => {
  for (const engine of fileEngines) {
    it(`gives an error with a name that says what to do, and the server serves on, on ${engine.name}`, () =>
      withServer(
        async ({ db }) => {
          await done(db.executeScript(schema));
          const cases: [Observable<unknown>, RegExp, string][] = [
            [db.execute('INSRT INTO todo'), /syntax error/, 'SQLITE_ERROR'],
            [db.select('SELECT * FROM nowhere'), /no such table: nowhere/, 'SQLITE_ERROR'],
            [db.execute(''), /no statement/, 'SQLITE_MISUSE'],
            [db.execute('-- only a comment'), /no statement/, 'SQLITE_MISUSE'],
            [db.execute('DELETE FROM todo; DELETE FROM todo'), /use executeScript/, 'SQLITE_MISUSE'],
            [db.select('SELECT 1; SELECT 2'), /use executeScript/, 'SQLITE_MISUSE'],
            [db.execute('BEGIN'), /transaction\(\)/, 'SQLITE_MISUSE'],
            [db.execute('SAVEPOINT a'), /transaction\(\)/, 'SQLITE_MISUSE'],
            [db.execute('INSERT INTO todo (title) VALUES (?)'), /takes 1 parameter, 0 given/, 'SQLITE_RANGE'],
            [db.execute('DELETE FROM todo WHERE id = ?', [1, 2]), /takes 1 parameter, 2 given/, 'SQLITE_RANGE'],
            [db.execute('DELETE FROM todo WHERE id = :id', { idd: 1 }), /:id/, 'SQLITE_RANGE'],
            [
              db.execute('DELETE FROM todo WHERE id = :id', { id: 1, more: 2 }),
              /no parameter named more/,
              'SQLITE_RANGE',
            ],
            [db.execute('SELECT ?', [undefined as never]), /undefined: pass null/, 'SQLITE_MISMATCH'],
            [db.execute('SELECT ?', [new Date() as never]), /toISOString/, 'SQLITE_MISMATCH'],
            [db.select('SELECT ?', [{} as never]), /JSON.stringify/, 'SQLITE_MISMATCH'],
            [db.select('SELECT ?', [(() => 1) as never]), /function/, 'SQLITE_MISMATCH'],
            [db.watch('SELECT ?', [Number.NaN]), /NaN/, 'SQLITE_MISMATCH'],
            [db.batch((b) => b.insert('todo', [{ title: Symbol('x') as never }])), /symbol/, 'SQLITE_MISMATCH'],
            [db.batch((b) => b.insert('todo', [1, 2] as never)), /takes objects/, 'SQLITE_MISMATCH'],
            [db.batch((b) => b.insert('todo', 'ab' as never)), /takes objects/, 'SQLITE_MISMATCH'],
            [db.batch((b) => b.insert('todo', [{ id: 9 }, null] as never)), /takes objects/, 'SQLITE_MISMATCH'],
            [db.batch((b) => b.insert('todo', [[9, 'x']] as never)), /takes objects/, 'SQLITE_MISMATCH'],
            [db.execute("INSERT INTO todo (title) SELECT 'x' \0 WHERE false"), /NUL/, 'SQLITE_MISUSE'],
            [db.executeScript("INSERT INTO todo (title) SELECT 'x' \0 WHERE false"), /NUL/, 'SQLITE_MISUSE'],
            [db.watch("SELECT 'a\0b'"), /NUL/, 'SQLITE_MISUSE'],
            [db.stream("SELECT 'a\0b'"), /NUL/, 'SQLITE_MISUSE'],
            [
              db.batch((b) => b.executeMany('INSERT INTO todo (title) VALUES (?) \0 ON', [['x']])),
              /NUL/,
              'SQLITE_MISUSE',
            ],
            [db.select(null as never), /a query is/, 'SQLITE_MISUSE'],
          ];
          for (const [request, message, codeName] of cases) {
            const { error } = await record(request).over();
            assert.ok(error instanceof StatementError, `${error}`);
            assert.match(error.message, message);
            assert.equal(error.codeName, codeName);
          }
          await done(add(db, 'served on'));
          assert.equal(await count(db), 1);
        },
        { engine },
      ));

    it(`carries SQL, code and both stacks in its error, and no bound value, on ${engine.name}`, () =>
      withServer(
        async ({ db }) => {
          await done(db.executeScript(schema));
          await done(add(db, 'secret value'));
          const { error } = await record(add(db, 'secret value')).over();
          assert.ok(
            error instanceof ConstraintError && error instanceof StatementError && error instanceof SluiceError,
          );
          assert.equal(error.codeName, 'SQLITE_CONSTRAINT_UNIQUE');
          assert.equal(error.code, 2067);
          assert.deepEqual([error.kind, error.table, error.columns], ['unique', 'todo', ['title']]);
          assert.match(error.sql, /INSERT INTO todo/);
          assert.deepEqual(error.parameterTypes, ['string']);
          assert.match(error.stack ?? '', /faults\.spec\.ts/, 'where the caller asked');
          assert.match(error.serverStack ?? '', /storage\.ts/, 'where it happened');
          assert.doesNotMatch(`${error.stack} ${error.serverStack} ${JSON.stringify(error)}`, /secret value/);
        },
        { engine },
      ));
  }

  it('closed twice is closed once what was asked before is done, and says so once', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      const states = record(db.state);
      const writing = record(add(db, 'x'));
      const closing = [record(db.close()), record(db.close())];
      await closing[1]!.over();
      assert.ok(writing.isOver);
      await closing[0]!.over();
      await done(server.shutdown());
      assert.deepEqual(states.values, ['open', 'closed']);
    }));

  it('closed while the server is shut down is closed once', () =>
    withServer(async ({ db, server }) => {
      await done(db.select('SELECT 1'));
      const states = record(db.state);
      await Promise.all([done(server.shutdown()), done(db.close())]);
      await states.until(({ last }) => last === 'closed');
      await new Promise(setImmediate);
      assert.deepEqual(states.values, ['open', 'closed']);
    }));

  it('after close is told so', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      await done(db.close());
      await done(db.close());
      const uses: Observable<unknown>[] = [
        db.select('SELECT 1'),
        add(db, 'x'),
        db.watch('SELECT 1'),
        db.updates(),
        db.transaction(() => {}),
      ];
      for (const use of uses) assert.ok((await record(use).over()).error instanceof ConnectionClosedError);
      assert.equal(await count(server.connect()), 0);
      await done(server.connect().close());
    }));

  it('of another version of the protocol is refused by name', () =>
    withServer(async ({ server }) => {
      const { port1, port2 } = new MessageChannel();
      const control = server.port();
      control.postMessage({ kind: 'connect', port: port1, closesServer: false }, [port1]);
      port2.postMessage([{ kind: 'hello', protocolVersion: 99 }]);
      const [packet] = (await once(port2, 'message')) as [{ error: { type: string; message: string } }[]];
      assert.equal(packet[0]?.error.type, ProtocolError.name);
      assert.match(packet[0]?.error.message ?? '', /version 99/);
      port2.close();
      control.close();
    }));

  it('to serve, outside a worker, is told what to use', () => {
    assert.throws(() => serve(betterSqlite3({})), /host\(\)/);
  });
});

describe('cancellation', () => {
  it('of four slow queries at once keeps all four from running', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      const ran: number[] = [];
      const queries = [1, 2, 3, 4].map((n) => db.watch(`${slow} WHERE ${n}`).subscribe(() => ran.push(n)));
      await new Promise((resolve) => setTimeout(resolve, 10));
      for (const query of queries) query.unsubscribe();
      const started = Date.now();
      await done(server.connect().select('SELECT 1'));
      const waited = Date.now() - started;
      const one = Date.now();
      await done(db.select(slow));
      assert.ok(waited < 3 * (Date.now() - one), 'no more than the one that was under way was waited for');
      assert.deepEqual(ran, []);
    }));

  it("does not hit another client's request of the same number", () =>
    withServer(async ({ db, server }) => {
      const others = [server.connect(), server.connect(), server.connect()];
      await done(db.executeScript(schema));
      const results = others.map((other) => record(other.select(slow)));
      const own = record(db.select(slow));
      await new Promise((resolve) => setTimeout(resolve, 5));
      own.unsubscribe();
      for (const result of results) await result.over();
      assert.ok(results.every(({ values }) => values.length === 1));
    }));
});

describe('an argument of the wrong kind', () => {
  it('is refused at the call by a TypeError that tells what is taken', () =>
    withServer(async ({ db }) => {
      const odd = db as unknown as Record<'transaction' | 'exclusive' | 'batch' | 'invalidate' | 'updates', Taking>;
      for (const taker of ['transaction', 'exclusive', 'batch'] as const) {
        for (const given of [undefined, {}, 'SELECT 1'])
          assert.throws(() => odd[taker](given), {
            name: 'TypeError',
            message: new RegExp(`${taker} takes a function`),
          });
      }
      for (const given of ['todo', ['todo', 7], [undefined]]) {
        const names = { name: 'TypeError', message: / takes an array of names of tables, not / };
        assert.throws(() => odd.invalidate(given), names);
        assert.throws(() => odd.updates({ tables: given }), names);
      }
    }));
});

describe('a server in this thread', () => {
  it('serves as one on a worker does', () =>
    withFile(async (file) => {
      const server = host(onBetterSqlite3.spec(file));
      const db = server.connect();
      await done(db.executeScript(schema));
      const watched = await record(db.watch('SELECT title FROM todo')).count(1);
      await done(db.transaction((tx) => add(tx, 'a')));
      await watched.count(2);
      await done(server.shutdown());
      assert.ok(!existsSync(`${file}-wal`));
    }));

  it('that cannot be loaded fails what is asked of it with the reason, and is shut down', async () => {
    const { worker, told } = await toldBy<string[]>(`
      require('node:module').registerHooks({
        resolve(name, context, next) {
          if (name.endsWith('server/server.ts')) throw new Error('no network');
          return next(name, context);
        },
      });
      const { host } = await import('${new URL('../../lib/index.ts', import.meta.url)}');
      const server = host(betterSqlite3({}));
      const db = server.connect();
      const failures = [db.select('SELECT 1'), db.execute('SELECT 1')].map((request) =>
        done(request).catch((error) => error.name + ': ' + error.message),
      );
      const told = await Promise.all(failures);
      await done(server.shutdown());
      tell([...told, 'down']);
    `);
    await worker.terminate();
    assert.deepEqual(told, [
      'ConnectionClosedError: The server is gone: no network',
      'NotExecutedError: The server is gone: no network: the write did not happen',
      'down',
    ]);
  });

  it('whose file cannot be closed tells its holders that it is down', (test) =>
    withFile(async (file) => {
      const open = (options: EngineOptions): Engine => {
        const engine = openBetterSqlite3(options);
        if (options.file === undefined) return engine;
        const { close } = engine;
        engine.close = () => {
          close.call(engine);
          throw new Error('the disk is gone');
        };
        return engine;
      };
      const log = test.mock.method(console, 'error', () => {});
      const server = host({ ...betterSqlite3({ file }), open });
      await done(server.connect().select('SELECT 1'));
      await done(server.shutdown());
      assert.match(`${log.mock.calls[0]?.arguments[1]}`, /the disk is gone/);
    }));
});
