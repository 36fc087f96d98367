/** Writes happen once, whatever becomes of the server: what a lost one has not answered is sent again to the next. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { filter, firstValueFrom, type Observable } from 'rxjs';
import {
  ConstraintError,
  type Database,
  NotExecutedError,
  OutcomeUnknownError,
  type Server,
  type SpawnOptions,
  spawn,
} from '../../lib/index.ts';
import { done, fileEngines, onBetterSqlite3, withFile } from '../support/databases.ts';
import type { procedures } from '../support/dying-server.ts';
import { record } from '../support/recorder.ts';

const module = new URL('../support/dying-server.ts', import.meta.url);
const options: SpawnOptions = { restart: true, exactlyOnce: true, module };

interface Dying {
  readonly file: string;
  readonly server: Server;
  readonly db: Database<typeof procedures>;
}

async function withDying(use: (dying: Dying) => Promise<void>, engine = onBetterSqlite3): Promise<void> {
  await withFile(async (file) => {
    const server = spawn(engine.spec(file), options);
    try {
      await use({ file, server, db: server.connect<typeof procedures>() });
    } finally {
      await done(server.shutdown());
    }
  });
}

function valuesOf(db: Database, table: string): Promise<unknown[]> {
  return done(db.select<{ v: unknown }>(`SELECT v FROM ${table} ORDER BY rowid`)).then((rows) =>
    rows!.map(({ v }) => v),
  );
}

describe('a write with `exactlyOnce`', () => {
  for (const engine of fileEngines) {
    it(`that was committed when the server died is answered by the next one, and not run again, on ${engine.name}`, () =>
      withDying(async ({ db }) => {
        const executed = await done(db.execute("INSERT INTO fatal (id, v) VALUES (7, 'execute')"));
        assert.deepEqual([executed?.changes, executed?.lastInsertRowid], [1, 7]);
        await done(db.batch((b) => b.insert('fatal', [{ v: 'batch' }])));
        await done(db.executeScript("INSERT INTO fatal (v) VALUES ('script');"));
        const rows = await done(
          db.select(
            "INSERT INTO fatal (v) VALUES ('select') RETURNING id, v, 9007199254740993 AS big, x'0102' AS blob",
          ),
        );
        assert.deepEqual(rows, [{ id: 10, v: 'select', big: 9007199254740993n, blob: Uint8Array.of(1, 2) }]);
        assert.deepEqual(await done(db.call('add', 'call')), { id: 11, of: ['call', 2n ** 60n, null] });
        await done(db.execute("CREATE TABLE made AS SELECT 'once' AS v"));
        assert.deepEqual(await valuesOf(db, 'fatal'), ['execute', 'batch', 'script', 'select', 'call']);
        assert.deepEqual(await valuesOf(db, 'made'), ['once']);
      }, engine));
  }

  it('that was not committed when the server died is run by the next one', () =>
    withDying(async ({ db }) => {
      assert.equal(await done(db.call('addOrDie', 'again')), 1);
      assert.deepEqual(await valuesOf(db, 'item'), ['again']);
    }));

  it('that three servers died of is not sent to a fourth', () =>
    withDying(async ({ db }) => {
      const { error } = await record(db.call('die')).over();
      assert.ok(error instanceof NotExecutedError);
      await done(db.execute("INSERT INTO item (v) VALUES ('after')"));
    }));

  it('whose rows are too many to be kept is told to have happened, where they are lost', () =>
    withDying(async ({ db }) => {
      const many = 'WITH RECURSIVE n(v) AS (VALUES (1) UNION ALL SELECT v + 1 FROM n WHERE v < 500)';
      const { error } = await record(db.select(`${many} INSERT INTO fatal (v) SELECT v FROM n RETURNING v`)).over();
      assert.ok(error instanceof OutcomeUnknownError);
      assert.match(error.message, /the write happened/);
      assert.equal((await valuesOf(db, 'fatal')).length, 500);
    }));

  it('reads, too, are asked of the next server, and live queries go on', () =>
    withDying(async ({ db }) => {
      const watched = await record(db.watch('SELECT v FROM item')).count(1);
      const dying = record(db.call('addOrDie', 'again'));
      const read = record(db.select('SELECT 1 AS one'));
      await read.over();
      assert.deepEqual(read.values, [[{ one: 1 }]]);
      await dying.over();
      await done(db.execute("INSERT INTO item (v) VALUES ('after')"));
      await watched.until(({ last }) => last?.length === 2);
    }));
});

describe('a transaction with `exactlyOnce`', () => {
  it('that is open when the server dies did not happen, and says so', () =>
    withDying(async ({ file, db, server }) => {
      const other = server.connect<typeof procedures>();
      const transaction = record(
        db.transaction(async (tx) => {
          await done(tx.execute("INSERT INTO item (v) VALUES ('open')"));
          await done(tx.select('SELECT die_once(?)', [file]));
        }),
      );
      await transaction.over();
      assert.ok(transaction.error instanceof NotExecutedError);
      assert.deepEqual(await valuesOf(other, 'item'), []);
    }));

  it('whose COMMIT was carried out when the server died has happened, and gives what it emitted', () =>
    withDying(async ({ db }) => {
      const value$ = db.transaction(async (tx) => {
        await done(tx.execute("INSERT INTO item (v) VALUES ('first')"));
        await done(tx.execute("INSERT INTO fatal (v) VALUES ('second')"));
        return 'emitted';
      });
      assert.equal(await done(value$), 'emitted');
      assert.deepEqual([await valuesOf(db, 'item'), await valuesOf(db, 'fatal')], [['first'], ['second']]);
    }));

  it('whose COMMIT was on its way when the server died did not happen, and says so', () =>
    withDying(async ({ file, db }) => {
      const transaction = record(
        db.transaction(async (tx) => {
          await done(tx.execute("INSERT INTO item (v) VALUES ('lost')"));
          // It is not waited for: the COMMIT is right behind it.
          record(tx.select('SELECT die_once(?)', [file]));
        }),
      );
      await transaction.over();
      assert.ok(transaction.error instanceof NotExecutedError);
      assert.deepEqual(await valuesOf(db, 'item'), []);
    }));

  it('that waits for its turn when the server dies has it with the next one', () =>
    withDying(async ({ db, server }) => {
      const other = server.connect<typeof procedures>();
      const holding = record(other.call('addOrDie', 'first'));
      const added = await done(db.transaction((tx) => tx.execute("INSERT INTO item (v) VALUES ('second')")));
      await holding.over();
      assert.equal(added?.changes, 1);
      assert.equal((await valuesOf(db, 'item')).length, 2);
    }));
});

describe('a server with `exactlyOnce`', () => {
  it('loses and doubles nothing where it dies again and again under many writes of several clients', () =>
    withFile(async (file) => {
      const workers: Worker[] = [];
      const server = spawn(
        () => {
          const worker = new Worker(new URL('../support/serve-file.ts', import.meta.url), { workerData: file });
          workers.push(worker);
          return worker;
        },
        { restart: true, exactlyOnce: true },
      );
      const clients = [1, 2, 3].map(() => server.connect());
      await done(clients[0]!.execute('CREATE TABLE log (n)'));
      const [lanes, each] = [10, 60];
      let answered = 0;
      const writing = clients.flatMap((db, client) =>
        Array.from({ length: lanes }, async (_, lane) => {
          for (let i = 0; i < each; i++) {
            const n = (client * lanes + lane) * each + i;
            const write$: Observable<unknown> =
              i % 3 === 0
                ? db.batch((b) => b.execute('INSERT INTO log VALUES (?)', [n]))
                : i % 3 === 1
                  ? db.select('INSERT INTO log VALUES (?) RETURNING n', [n])
                  : db.execute('INSERT INTO log VALUES (?)', [n]);
            await done(write$);
            answered++;
          }
        }),
      );
      const total = clients.length * lanes * each;
      for (let deaths = 1; deaths <= 5; deaths++) {
        while (answered < (total * deaths) / 6) await new Promise((resolve) => setImmediate(resolve));
        await workers.at(-1)!.terminate();
      }
      await Promise.all(writing);
      const rows = (await done(clients[0]!.select<{ n: number }>('SELECT n FROM log ORDER BY n')))!;
      assert.deepEqual(
        rows.map(({ n }) => n),
        Array.from({ length: total }, (_, n) => n),
      );
      await done(server.shutdown());
      assert.ok(workers.length > 5);
    }));

  it('shows nothing of its records: neither updates nor live queries nor versions', () =>
    withDying(async ({ db }) => {
      const updates = record(db.updates());
      const all = await record(
        db.watch("SELECT name FROM sqlite_schema WHERE name NOT LIKE '$_sluice$_%' ESCAPE '$'"),
      ).count(1);
      const first = await done(db.execute("INSERT INTO item (v) VALUES ('a')"));
      const second = await done(db.transaction((tx) => tx.execute("INSERT INTO item (v) VALUES ('b')")));
      const third = await done(db.execute("INSERT INTO item (v) VALUES ('c')"));
      await updates.count(3);
      assert.deepEqual(
        updates.values.map(({ tables }) => [...tables.keys()]),
        [['item'], ['item'], ['item']],
      );
      assert.deepEqual([first?.lastInsertRowid, second?.lastInsertRowid, third?.lastInsertRowid], [1, 2, 3]);
      assert.equal(third!.version - first!.version, 2);
      assert.equal(all.values.length, 1);
    }));

  it('tells who listens to updates, when it is back, that every table may have changed', () =>
    withDying(async ({ db, server }) => {
      const [early, late] = [record(db.updates()), record(server.connect().updates({ tables: ['kept'] }))];
      await done(db.execute("INSERT INTO item (v) VALUES ('a')"));
      await early.count(1);
      await done(db.call('addOrDie', 'again'));
      await early.until(({ values }) => values.some(({ tables }) => tables.get('kept')?.all === true));
      await late.count(1);
      const all = { inserted: 0, updated: 0, deleted: 0, all: true };
      assert.deepEqual(
        late.values.map(({ tables, origin }) => [Object.fromEntries(tables), origin]),
        [[{ kept: all }, 'other']],
      );
      assert.ok(early.values.every(({ tables }) => !tables.has('_sluice_writes')));
      const again = early.values.length;
      await done(db.execute("INSERT INTO item (v) VALUES ('b')"));
      await early.count(again + 1);
      assert.equal(early.last?.tables.get('item')?.inserted, 1);
    }));

  it('keeps few records of answered writes, and none of a client that was closed', () =>
    withDying(async ({ db, server }) => {
      const other = server.connect();
      for (let n = 0; n < 100; n++) await done(db.execute('INSERT INTO item (v) VALUES (?)', [n]));
      const count = async (): Promise<number> =>
        (await done(other.select<{ n: number }>('SELECT count(*) AS n FROM _sluice_writes')))![0]!.n;
      assert.ok((await count()) < 40);
      await done(db.close());
      await done(other.execute("INSERT INTO item (v) VALUES ('last')"));
      assert.equal(await count(), 1);
    }));

  it('goes on where a client dropped its records', () =>
    withDying(async ({ db }) => {
      await done(db.execute("INSERT INTO item (v) VALUES ('a')"));
      await done(db.execute('DROP TABLE _sluice_writes'));
      await done(db.execute("INSERT INTO item (v) VALUES ('b')"));
      await done(db.execute("INSERT INTO fatal (v) VALUES ('c')"));
      assert.deepEqual([await valuesOf(db, 'item'), await valuesOf(db, 'fatal')], [['a', 'b'], ['c']]);
    }));

  it('keeps what a statement leaves where it fails half way, as others do', () =>
    withDying(async ({ db }) => {
      await done(db.execute("INSERT INTO item (id, v) VALUES (5, 'five')"));
      const failing = record(
        db.execute("INSERT OR FAIL INTO item (id, v) VALUES (4, 'four'), (5, 'again'), (6, 'six')"),
      );
      await failing.over();
      assert.ok(failing.error instanceof ConstraintError);
      assert.match(failing.error.message, /INSERT OR FAIL/);
      assert.deepEqual(await valuesOf(db, 'item'), ['four', 'five']);
    }));

  it('runs what cannot be in a transaction', () =>
    withDying(async ({ db }) => {
      await done(db.execute('VACUUM'));
      await done(db.execute('/* as ever */ PRAGMA user_version = 1'));
      await done(db.execute("ATTACH ':memory:' AS other"));
      await done(db.execute('DETACH other'));
    }));

  it('alone has a table for records', () =>
    withFile(async (file) => {
      const server = spawn(onBetterSqlite3.spec(file), { restart: true, module });
      const db = server.connect();
      await done(db.execute("INSERT INTO item (v) VALUES ('a')"));
      const tables = await done(db.select("SELECT name FROM sqlite_schema WHERE name LIKE '%sluice%'"));
      assert.deepEqual(tables, []);
      await done(server.shutdown());
    }));

  it('tells the versions on where the last one ended', () =>
    withDying(async ({ db }) => {
      for (let n = 0; n < 5; n++) await done(db.execute('INSERT INTO item (v) VALUES (?)', [n]));
      const before = await done(db.execute("INSERT INTO item (v) VALUES ('before')"));
      const restarted = firstValueFrom(db.state.pipe(filter((state) => state === 'restarting')));
      await done(db.call('addOrDie', 'again'));
      await restarted;
      const rows = await done(db.select('SELECT v FROM item', [], { atLeast: before!.version }));
      assert.equal(rows?.length, 7);
      const after = await done(db.execute("INSERT INTO item (v) VALUES ('after')"));
      assert.equal(after!.version, before!.version + 2);
    }));
});
