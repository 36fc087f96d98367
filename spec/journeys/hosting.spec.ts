/** Who runs the server, who reaches it, and when it ends. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { host, type Server, spawn } from '../../lib/index.ts';
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
