/** Servers with names: one for each name in the process, wherever it is spawned or attached to. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { firstValueFrom, NEVER, type Observable } from 'rxjs';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { change, claimFolder, lastChange } from '../../lib/hosting/claim-files.ts';
import {
  attach,
  BusyError,
  ConnectionClosedError,
  type Database,
  OpenError,
  OutcomeUnknownError,
  type Server,
  SluiceError,
  spawn,
} from '../../lib/index.ts';
import { done, withFile } from '../support/databases.ts';
import { record } from '../support/recorder.ts';
import { runNode } from '../support/run-node.ts';
import { startThread, textOfThread, toldBy } from '../support/threads.ts';

/** A database in memory is that of one server: whoever sees its tables is there. */
const inMemory = betterSqlite3({});
const schema = 'CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT)';

let names = 0;
const newName = (): string => `name ${++names}`;

const add = (db: Pick<Database, 'execute'>, title: string) =>
  db.execute('INSERT INTO todo (title) VALUES (?)', [title]);
const titles = async (server: Server) =>
  (await done(server.connect().select<{ title: string }>('SELECT title FROM todo ORDER BY id')))?.map((r) => r.title);
const tables = async (server: Server) =>
  (await firstValueFrom(server.connect().select('SELECT * FROM sqlite_schema'))).length;
const run = (script: string) =>
  runNode([`spec/support/${script}`], { timeoutMs: 20_000, cwd: join(import.meta.dirname, '../..') });
const failureOf = async (request: Observable<unknown>) => (await record(request).over()).error;

/** A thread that holds `data` as a name, with one table, and stays until it is ended. */
const holding = `
  const server = spawn(betterSqlite3({}), { name: data });
  await done(server.connect().executeScript('${schema}'));
  stay();
  tell('holding');`;

describe('a server with a name', () => {
  it('is started by the first to spawn it, and joined by the later ones', async () => {
    const name = newName();
    const first = spawn(inMemory, { name });
    await done(first.connect().executeScript(schema));
    const second = spawn(inMemory, { name });
    await done(add(second.connect(), 'by the second'));
    assert.deepEqual(await titles(first), ['by the second']);
    await done(first.shutdown());
  });

  it('is one for ten threads that spawn it at once', async () => {
    const name = newName();
    const gate = new Int32Array(new SharedArrayBuffer(8));
    const threads = Array.from({ length: 10 }, () =>
      toldBy<number>(
        `const { name, gate } = data;
         if (Atomics.add(gate, 0, 1) === 9) { Atomics.store(gate, 1, 1); Atomics.notify(gate, 1); }
         Atomics.wait(gate, 1, 0);
         const db = spawn(betterSqlite3({}), { name }).connect();
         await done(db.executeScript('CREATE TABLE IF NOT EXISTS thread (id INTEGER PRIMARY KEY)'));
         await done(db.execute('INSERT INTO thread VALUES (?)', [threadId]));
         stay();
         tell(threadId);`,
        { name, gate },
      ),
    );
    const told = await Promise.all(threads);
    const server = attach(name);
    const rows = await firstValueFrom(server.connect().select<{ id: number }>('SELECT id FROM thread ORDER BY id'));
    const ids = told.map((thread) => thread.told).sort((a, b) => a - b);
    assert.deepEqual(
      rows.map(({ id }) => id),
      ids,
    );
    await Promise.all(told.map(({ worker }) => worker.terminate()));
  });

  it('is claimed by one thread alone, however many try in the same instant', async () => {
    const rounds = 500;
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const files = new URL('../../lib/hosting/claim-files.ts', import.meta.url).href;
    const name = newName();
    const race = () =>
      toldBy<number[]>(
        `const { change } = await import(data.files);
         const won = [];
         for (let generation = 1; generation <= data.rounds; generation++) {
           Atomics.add(data.gate, 0, 1);
           while (Atomics.load(data.gate, 0) < 2 * generation);
           if (change(data.name, { generation, holder: threadId })) won.push(generation);
         }
         tell(won);`,
        { rounds, gate, files, name },
      );
    const [one, other] = await Promise.all([race(), race()]);
    const won = [...one.told, ...other.told].sort((a, b) => a - b);
    assert.deepEqual(
      won,
      Array.from({ length: rounds }, (_, i) => i + 1),
    );
    assert.equal(lastChange(name).generation, rounds);
  });

  it('is found by `attach` from any thread, also from one inside another', async () => {
    const name = newName();
    const server = spawn(inMemory, { name });
    await done(server.connect().executeScript(schema));
    const live = await record(server.connect().watch<{ title: string }>('SELECT title FROM todo')).count(1);
    const inner = `await done(attach(data).connect().execute("INSERT INTO todo (title) VALUES ('from inside')")); tell('written');`;
    const outer = `new Worker(${JSON.stringify(textOfThread(inner))}, { eval: true, workerData: data }).on('message', tell);`;
    await toldBy(outer, name);
    await live.until(({ last }) => last?.[0]?.title === 'from inside');
    await done(server.shutdown());
  });

  it('tells its state to all who joined it, and ends for all when one of them shuts it down', async () => {
    const name = newName();
    const [holder, joiner] = [spawn(inMemory, { name }), spawn(inMemory, { name })];
    const late = attach(name);
    const states = [holder, joiner].map((server) => record(server.state));
    await done(joiner.connect().executeScript(schema));
    for (const state of states) await state.until(({ last }) => last === 'open');
    assert.equal(await tables(late), 1);
    await record(late.state).until(({ last }) => last === 'open');
    const watched = await record(holder.connect().watch('SELECT * FROM todo')).count(1);
    await done(joiner.shutdown());
    for (const state of states) {
      await state.until(({ last }) => last === 'closed');
      assert.deepEqual(state.values, ['starting', 'open', 'closed']);
    }
    await watched.over();
    assert.ok(watched.error instanceof ConnectionClosedError);
    assert.ok((await failureOf(attach(name).connect().select('SELECT 1'))) instanceof OpenError);
  });

  it('may be called anything, and hands out ports like any other', async () => {
    const name = `../a/b\0 "✓" ${'long '.repeat(100)}${newName()}`;
    const server = spawn(inMemory, { name });
    const port = server.port();
    assert.equal(await tables(attach(port)), 0);
    await done(attach(name).connect().executeScript(schema));
    assert.equal(await tables(server), 1);
    await done(server.shutdown());
  });

  it('lets the process end by itself, also one whose main thread knows nothing of it', async () => {
    const { exitCode, stdout, stderr } = await run('hold-names.ts');
    assert.equal(exitCode, 0, stderr);
    assert.equal(stdout, 'written\n');
  });
});

describe('a name', () => {
  it('that nobody holds fails what is asked of it with an OpenError that says so, and nothing hangs', async () => {
    const server = attach(newName());
    const db = server.connect();
    const requests: Observable<unknown>[] = [
      db.select('SELECT 1'),
      db.execute('SELECT 1'),
      db.watch('SELECT 1'),
      db.updates(),
      db.transaction(() => NEVER),
    ];
    for (const request of requests) {
      const error = await failureOf(request);
      assert.ok(error instanceof OpenError, `${error}`);
      assert.match(error.message, /Nobody holds the name 'name \d+'/);
    }
    assert.ok((await failureOf(server.connect().execute('SELECT 1'))) instanceof OpenError);
    await record(server.state).until(({ last }) => last === 'closed');
    await done(server.shutdown());
  });

  it('of another engine is refused with an OpenError that shows both, and the server serves on', async () => {
    const name = newName();
    const server = spawn(inMemory, { name });
    await done(server.connect().executeScript(schema));
    const others = [
      spawn(betterSqlite3({ file: 'other.db' }), { name }),
      spawn(new URL('../support/serve-file.ts', import.meta.url), { name }),
    ];
    for (const [other, spec] of [
      [others[0]!, /'other\.db'/],
      [others[1]!, /serve-file\.ts/],
    ] as const) {
      const error = await failureOf(other.connect().execute('SELECT 1'));
      assert.ok(error instanceof OpenError, `${error}`);
      assert.match(error.message, spec);
      assert.match(error.message, /better-sqlite3\.ts', options: \{\}/);
    }
    assert.equal(await tables(spawn(inMemory, { name })), 1);
    await done(server.shutdown());
  });

  it('with options that only the worker file can be given is refused at the call', () => {
    const url = new URL('../support/serve-file.ts', import.meta.url);
    for (const option of [{ migrations: [] }, { module: url }, { shutdownWhenUnused: true }]) {
      assert.throws(
        () => spawn(url, option),
        (error: Error) => error instanceof SluiceError && /serve\(\)/.test(error.message),
      );
    }
    assert.throws(() => spawn(inMemory, { migrations: [(() => {}) as never] }), SluiceError);
  });
});

describe('a holder that is gone', () => {
  /** The ways in which a holder can go. Each leaves the name as if it had never been held. */
  const ways: Readonly<Record<string, (name: string) => Promise<void>>> = {
    'was shut down': async (name) => {
      const server = spawn(inMemory, { name });
      await done(server.connect().executeScript(schema));
      await done(server.shutdown());
    },
    'has lost its worker': async (name) => {
      let worker: Worker | undefined;
      const url = new URL('../support/serve-file.ts', import.meta.url);
      const server = spawn(() => (worker = new Worker(url)), { name });
      await done(server.connect().executeScript(schema));
      await worker?.terminate();
    },
    'never got its worker': async (name) => {
      const server = spawn(new URL('../support/no-such-worker.ts', import.meta.url), { name });
      assert.match(`${await failureOf(server.connect().select('SELECT 1'))}`, /no-such-worker/);
    },
    'was terminated with its thread': async (name) => {
      const { worker } = await toldBy(holding, name);
      await worker.terminate();
    },
    'was terminated with the thread around its thread': async (name) => {
      const outer = `new Worker(${JSON.stringify(textOfThread(holding))}, { eval: true, workerData: data }).on('message', tell);`;
      const { worker } = await toldBy(outer, name);
      await worker.terminate();
    },
    'came to the end of its thread': async (name) => {
      const worker = startThread(`${holding} process.exit();`, name);
      await once(worker, 'exit');
    },
    'belonged to a former process of the same id': async (name) => {
      change(name, { generation: 7, holder: 0 });
    },
    'belonged to a thread that is no more': async (name) => {
      change(name, { generation: 7, holder: 999_999 });
    },
  };

  for (const [way, go] of Object.entries(ways)) {
    it(`because it ${way} is not served, and its name is free at once`, { timeout: 20_000 }, async () => {
      const name = newName();
      await go(name);
      assert.ok((await failureOf(attach(name).connect().select('SELECT 1'))) instanceof OpenError);
      const next = spawn(inMemory, { name });
      assert.equal(await tables(next), 0);
      assert.equal(await tables(attach(name)), 0);
      await done(next.shutdown());
    });
  }

  it('leaves no Observable of those who joined it hanging', async () => {
    const name = newName();
    const { worker } = await toldBy(holding, name);
    const joined = attach(name);
    const db = joined.connect();
    const watched = await record(db.watch('SELECT * FROM todo')).count(1);
    const held = record(db.transaction(() => NEVER));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const queued = record(add(joined.connect(), 'queued'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await worker.terminate();
    for (const recorder of [watched, held, queued]) {
      await recorder.over();
      assert.ok(recorder.error instanceof ConnectionClosedError);
    }
    assert.ok(queued.error instanceof OutcomeUnknownError);
    await record(joined.state).until(({ last }) => last === 'closed');
  });

  it('because its whole process was killed leaves files that the next process removes', async () => {
    const left = join(dirname(claimFolder), `${hostname()}-${2 ** 22 + process.pid}`);
    mkdirSync(left, { recursive: true });
    await run('hold-names.ts');
    assert.ok(!existsSync(left));
    assert.ok(existsSync(claimFolder), 'those of a process that lives are kept');
  });

  it('because its process ended leaves no files', async () => {
    const { stdout } = await run('spawn-in-main.ts');
    assert.match(stdout, /sluice-/);
    assert.ok(!existsSync(stdout.trim()));
  });

  it('frees its name however often it is held, and few files tell of it', async () => {
    const name = newName();
    for (let i = 0; i < 10; i++) {
      const server = spawn(inMemory, { name });
      assert.equal(await tables(server), 0);
      await done(server.connect().executeScript(schema));
      await done(server.shutdown());
    }
    assert.deepEqual(lastChange(name), { generation: 20, holder: undefined });
  });
});

describe('a name with `restart`', () => {
  it('lives on: who wants it restarted comes to the next server, others are told that theirs is gone', () =>
    withFile(async (file) => {
      const name = newName();
      const workers: Worker[] = [];
      const url = new URL('../support/serve-file.ts', import.meta.url);
      const start = (): Worker => {
        const worker = new Worker(url, { workerData: file });
        workers.push(worker);
        return worker;
      };
      const holder = spawn(start, { name, restart: true });
      await done(holder.connect().executeScript(schema));
      const follows = spawn(start, { name, restart: true });
      const leaves = spawn(start, { name });
      const db = follows.connect();
      const query = 'SELECT title FROM todo';
      const watched = await record(db.watch<{ title: string }>(query)).count(1);
      const left = await record(leaves.connect().watch(query)).count(1);
      await workers[0]?.terminate();
      await left.over();
      assert.ok(left.error instanceof ConnectionClosedError);
      await record(db.state).until(({ last }) => last === 'restarting');
      await done(add(db, 'after'));
      await watched.count(2);
      assert.deepEqual(watched.last, [{ title: 'after' }]);
      assert.deepEqual(await titles(holder), ['after']);
      assert.equal(workers.length, 2);
      await done(holder.shutdown());
      await record(follows.state).until(({ last }) => last === 'closed');
    }));

  it('is started again by one who joined it, where the thread of its holder is gone', () =>
    withFile(async (file) => {
      const name = newName();
      const code = `
        const server = spawn(betterSqlite3({ file: data.file }), { name: data.name });
        await done(server.connect().executeScript('${schema}'));
        stay();
        tell('holding');`;
      const { worker } = await toldBy(code, { file, name });
      const heirs = [1, 2, 3].map(() => spawn(betterSqlite3({ file }), { name, restart: true }));
      const query = 'SELECT title FROM todo';
      const watched = heirs.map((heir) => record(heir.connect().watch(query)));
      for (const recorder of watched) await recorder.count(1);
      await worker.terminate();
      await done(add(heirs[0]!.connect(), 'by an heir'));
      for (const recorder of watched) await recorder.count(2);
      await done(heirs[1]!.shutdown());
      for (const heir of heirs) await record(heir.state).until(({ last }) => last === 'closed');
    }));
});

describe('a second process', () => {
  it('that opens the same file is told so by a BusyError, never by corruption', () =>
    withFile(async (file) => {
      const server = spawn(betterSqlite3({ file, busyTimeoutMs: 50 }), { name: newName() });
      const db = server.connect();
      await done(db.executeScript(schema));
      const other = fork(new URL('../support/hold-write-lock.ts', import.meta.url), [file]);
      await once(other, 'message');
      for (const write of [
        add(db, 'x'),
        db.transaction((tx) => add(tx, 'x')),
        db.batch((b) => b.insert('todo', [{ title: 'x' }])),
      ]) {
        const error = await failureOf(write);
        assert.ok(error instanceof BusyError, `${error}`);
        assert.match(error.message, /outside this server/);
      }
      assert.deepEqual(await titles(server), [], 'reading goes on');
      other.send('commit');
      await once(other, 'exit');
      await done(add(db, 'of this process'));
      assert.deepEqual(await titles(server), ['of another process', 'of this process']);
      assert.deepEqual(await done(db.select('PRAGMA integrity_check')), [{ integrity_check: 'ok' }]);
      await done(server.shutdown());
    }));
});
