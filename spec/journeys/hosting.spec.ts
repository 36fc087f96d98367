/** Who runs the server, who reaches it, and when it ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { host, type Server, SluiceError, serve, spawn } from '../../lib/index.ts';
import { done, onBetterSqlite3, withFile, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

const schema = 'CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT)';

/** A thread that attaches to a server, inserts one row, and ends. */
async function insertFromThread(server: Server, title: string): Promise<void> {
  const port = server.port();
  const worker = new Worker(new URL('../support/insert-todo.ts', import.meta.url), {
    workerData: { port, title },
    transferList: [port as never],
  });
  const [code] = await once(worker, 'exit');
  assert.equal(code, 0);
}

describe('a server', () => {
  it('is reached from other threads by a port, any number of times', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      const watched = await record(db.watch<{ title: string }>('SELECT title FROM todo ORDER BY id')).count(1);
      const updates = record(db.updates());
      await insertFromThread(server, 'from one thread');
      await watched.count(2);
      await Promise.all([insertFromThread(server, 'b'), insertFromThread(server, 'c')]);
      await watched.until(({ last }) => last?.length === 3);
      assert.deepEqual(
        updates.values.map(({ origin }) => origin),
        ['other', 'other', 'other'],
      );
      updates.unsubscribe();
    }));

  it('opens on first use, and says so', () =>
    withServer(async ({ db, server }) => {
      const [states, connection] = [record(server.state), record(db.state)];
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual([states.values, connection.values], [['starting'], ['starting']]);
      await done(db.select('SELECT 1'));
      await states.count(2);
      await connection.count(2);
      await done(db.close());
      await done(server.shutdown());
      assert.deepEqual(
        [states.values, connection.values],
        [
          ['starting', 'open', 'closed'],
          ['starting', 'open', 'closed'],
        ],
      );
    }));

  it('takes a live query as the very first use of a new database', () =>
    withServer(async ({ db, server }) => {
      const watched = record(db.watch('SELECT name FROM sqlite_schema'));
      await watched.count(1);
      await done(server.connect().executeScript(schema));
      await watched.count(2);
      assert.deepEqual(watched.last, [{ name: 'todo' }]);
    }));

  it('ends with the one client that was connected to close it', () =>
    withFile(async (file) => {
      const server = spawn(onBetterSqlite3.spec(file));
      const db = server.connect({ closeServer: true });
      await done(db.executeScript(schema));
      await done(db.close());
      const states = await record(server.state).count(1);
      assert.equal(states.last, 'closed');
    }));

  it('ends when the client that was to close it vanishes', () =>
    withFile(async (file) => {
      const server = spawn(onBetterSqlite3.spec(file));
      await done(server.connect().executeScript(schema));
      const port = server.port();
      const code = `
        const { workerData } = require('node:worker_threads');
        import(${JSON.stringify(new URL('../../lib/index.ts', import.meta.url).href)}).then(({ attach }) => {
          attach(workerData).connect({ closeServer: true }).select('SELECT 1').subscribe(() => process.exit());
        });`;
      new Worker(code, { eval: true, workerData: port, transferList: [port as never] });
      await record(server.state).until(({ last }) => last === 'closed');
    }));

  it('that shuts down when unused ends with the last of its clients, and calls its hook before', () =>
    withFile(async (file) => {
      let hooks = 0;
      const server = host(onBetterSqlite3.spec(file), { shutdownWhenUnused: true, beforeShutdown: () => hooks++ });
      const clients = Array.from({ length: 10 }, () => server.connect());
      await Promise.all(clients.map((client) => done(client.select('SELECT 1'))));
      for (const client of clients.slice(1)) await done(client.close());
      await done(clients[0]!.select('SELECT 1'));
      assert.equal(hooks, 0);
      await done(clients[0]!.close());
      await record(server.state).until(({ last }) => last === 'closed');
      assert.equal(hooks, 1);

      const onWorker = spawn(onBetterSqlite3.spec(file), { shutdownWhenUnused: true });
      const only = onWorker.connect();
      await done(only.select('SELECT 1'));
      await done(only.close());
      await record(onWorker.state).until(({ last }) => last === 'closed');
    }));

  it('runs from a worker file of the user, by URL or by factory', () =>
    withFile(async (file) => {
      const url = new URL('../support/serve-file.ts', import.meta.url);
      const server = spawn(() => new Worker(url, { workerData: file }));
      await done(server.connect().executeScript(schema));
      await done(server.shutdown());
      const inMemory = spawn(url);
      assert.deepEqual(await done(inMemory.connect().select('SELECT 1 AS one')), [{ one: 1 }]);
      await done(inMemory.shutdown());
    }));

  it('sends what is asked in one turn of the event loop as one packet', () =>
    withServer(async ({ db }) => {
      const { postMessage } = MessagePort.prototype;
      let packets = 0;
      MessagePort.prototype.postMessage = function (this: MessagePort, ...args: [never]) {
        if (Array.isArray(args[0])) packets++;
        return postMessage.apply(this, args);
      };
      try {
        await done(db.select('SELECT 1'));
        packets = 0;
        await Promise.all(Array.from({ length: 100 }, (_, n) => done(db.select('SELECT ?', [n]))));
        assert.equal(packets, 1);
      } finally {
        MessagePort.prototype.postMessage = postMessage;
      }
    }));
});

describe('what a server cannot be told', () => {
  const url = new URL('../support/serve-file.ts', import.meta.url);
  const engine = betterSqlite3({});
  const refused = (call: () => unknown, message: RegExp) =>
    assert.throws(call, (error: Error) => error instanceof SluiceError && message.test(error.message));

  it('is refused at the call, where a worker cannot be sent it', () => {
    for (const option of ['setup', 'onEvent', 'beforeShutdown']) {
      refused(() => spawn(engine, { [option]: () => {} }), new RegExp(`export \`${option}\`.* as \`module\``));
      refused(() => spawn(url, { [option]: () => {} }), new RegExp(`${option} .* serve\\(\\)`));
    }
    refused(() => spawn(engine, { procedures: {} } as object), /export `procedures`/);
    refused(() => spawn(engine, { migrations: [() => {}] } as object), /export `migrations`/);
    refused(() => spawn(engine, { module: './x.js' } as object), /module is a URL/);
  });

  it('is refused at the call, where it is of the wrong kind or has no effect', () => {
    for (const start of [spawn, host, serve]) {
      for (const odd of [undefined, null, 'todos.db', 7, {}, { module: 'x' }, { migrations: [] }]) {
        refused(() => start(odd as never), /engine is what betterSqlite3\(\)/);
      }
      refused(() => start(engine, { migrations: schema } as object), /migrations is an array/);
    }
    refused(() => spawn(new Worker('', { eval: true }) as never), /engine is/);
    refused(() => spawn(engine, { exactlyOnce: true }), /`restart`/);
    refused(() => spawn(url, { exactlyOnce: true, restart: false }), /`restart`/);
  });

  it('is refused where a client is connected', () =>
    withServer(async ({ server, db }) => {
      const times = [Number.NaN, '100', null, {}] as never[];
      for (const ms of times) {
        assert.throws(() => server.connect({ queueTimeoutMs: ms }), /queueTimeoutMs takes a number/);
        assert.throws(() => db.transaction(() => {}, { timeoutMs: ms }), /timeoutMs takes a number/);
      }
      refused(() => server.connect({ priority: 'high' as never }), /priority is one of interactive, background/);
      const patient = server.connect({ queueTimeoutMs: Number.POSITIVE_INFINITY, priority: 'background' });
      assert.deepEqual(await done(patient.select('SELECT 1 AS one')), [{ one: 1 }]);
    }));

  it('may be exported from a module, also what is called before the database is closed', () =>
    withFile(async (file) => {
      const module = new URL('../support/before-shutdown.ts', import.meta.url);
      const server = spawn(onBetterSqlite3.spec(file), { module });
      await done(server.connect().executeScript(schema));
      const said = new BroadcastChannel('before shutdown');
      const heard = once(said, 'message');
      await done(server.shutdown());
      const [{ data }] = await heard;
      said.close();
      assert.equal(data, 'closing');
    }));
});
