/** Code that runs on the server: procedures, functions, migrations. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { firstValueFrom } from 'rxjs';
import {
  ConstraintError,
  type Database,
  host,
  type Migration,
  MigrationError,
  type Server,
  type ServerEvent,
  SluiceError,
  StatementError,
  spawn,
} from '../../lib/index.ts';
import type * as bank from '../support/bank-procedures.ts';
import { allEngines, done, fileEngines, onBetterSqlite3, withFile } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

const module = new URL('../support/bank-procedures.ts', import.meta.url);
type Bank = Database<typeof bank.procedures>;

const sum = async (db: Pick<Database, 'select'>) =>
  (await firstValueFrom(db.select<{ sum: number }>('SELECT sum(balance) AS sum FROM account')))[0]?.sum;

for (const engine of allEngines) {
  const withBank = (body: (db: Bank, server: Server) => Promise<void>) => () =>
    withFile(async (file) => {
      const server = spawn(engine.spec(file), { module });
      try {
        await body(server.connect<typeof bank.procedures>(), server);
      } finally {
        await done(server.shutdown());
      }
    });

  describe(`a procedure on ${engine.name}`, () => {
    it(
      'runs in one transaction, and its result is emitted once that is committed',
      withBank(async (db, server) => {
        const other = server.connect();
        const watched = await record(other.watch('SELECT balance FROM account WHERE id < 3 ORDER BY id')).count(1);
        const updates = record(other.updates());
        await done(other.select('SELECT 1'));
        assert.deepEqual(await firstValueFrom(db.call('move', 1, 2, 30)), { from: 70, to: 130 });
        await watched.count(2);
        assert.deepEqual(watched.last, [{ balance: 70 }, { balance: 130 }]);
        assert.equal(updates.values.length, 1);
        updates.unsubscribe();
      }),
    );

    it(
      'that fails takes its writes back, and gives its error',
      withBank(async (db) => {
        const overdrawn = await record(db.call('move', 1, 2, 1000)).over();
        assert.ok(overdrawn.error instanceof ConstraintError);
        const failing = await record(db.call('failing')).over();
        assert.equal((failing.error as Error).message, 'too far');
        assert.equal((failing.error as Error).name, 'RangeError');
        assert.match(String((await record(db.call('unsendable')).over()).error), /cannot be sent/);
        assert.match(String((await record(db.call('late')).over()).error), /Promise/);
        const unknown = await record(db.call('nothing' as 'late')).over();
        assert.ok(unknown.error instanceof SluiceError);
        assert.match(unknown.error.message, /no procedure named nothing; the server has: move/);
        const unsendable = await record(db.call('move', (() => 1) as never, 2, 3)).over();
        assert.match(String(unsendable.error), /arguments of procedure move cannot be sent/);
        assert.equal(await sum(db), 1000);
      }),
    );

    it(
      'finds what setup defined, and so does every query',
      withBank(async (db) => {
        const rows = await firstValueFrom(
          db.select('SELECT half(5) AS half, product(value) AS product FROM json_each(?)', ['[2,3,4]']),
        );
        assert.deepEqual(rows, [{ half: 2.5, product: 24 }]);
        const window = await firstValueFrom(
          db.select<{ p: number }>(
            'SELECT product(value) OVER (ORDER BY key ROWS 1 PRECEDING) AS p FROM json_each(?)',
            ['[2,3,4]'],
          ),
        );
        assert.deepEqual(
          window.map(({ p }) => p),
          [2, 6, 12],
        );
      }),
    );
  });
}

for (const engine of fileEngines) {
  describe(`the migrations on ${engine.name}`, () => {
    const open = async (file: string, migrations: readonly Migration[], body: (db: Database) => Promise<void>) => {
      const server = host(engine.spec(file), { migrations });
      try {
        await body(server.connect());
      } finally {
        await done(server.shutdown());
      }
    };
    const version = async (db: Database) =>
      (await firstValueFrom(db.select<{ user_version: number }>('PRAGMA user_version')))[0]?.user_version;
    const steps: Migration[] = [
      "CREATE TABLE list (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO list VALUES (1, 'home')",
      'CREATE TABLE todo (id INTEGER PRIMARY KEY, list INTEGER REFERENCES list)',
      (db) => {
        db.execute('INSERT INTO todo VALUES (1, 1)');
      },
      'CREATE TABLE new_list (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO new_list SELECT * FROM list; DROP TABLE list; ALTER TABLE new_list RENAME TO list',
    ];

    it('run once, before the first operation of any client, and user_version counts them', () =>
      withFile(async (file) => {
        await open(file, steps.slice(0, 2), async (db) => {
          const watched = await record(db.watch('SELECT * FROM todo')).count(1);
          assert.deepEqual(watched.last, []);
          assert.equal(await version(db), 2);
          watched.unsubscribe();
        });
        await open(file, steps, async (db) => {
          assert.equal(await version(db), 4);
          assert.deepEqual(await done(db.select('SELECT title FROM list')), [{ title: 'home' }]);
          assert.deepEqual(await done(db.select('PRAGMA foreign_keys')), [{ foreign_keys: 1 }]);
        });
        await open(file, steps, async (db) => assert.equal(await version(db), 4));
      }));

    it('that fail name the step, and leave the file as it was; a later start resumes', () =>
      withFile(async (file) => {
        const broken = [
          ...steps.slice(0, 2),
          'INSERT INTO todo VALUES (7, 1); INSERT INTO nowhere VALUES (1)',
          steps[3]!,
        ];
        await open(file, broken, async (db) => {
          const { error } = await record(db.select('SELECT 1')).over();
          assert.ok(error instanceof MigrationError);
          assert.match(error.message, /Migration 3 of 4 failed: no such table: nowhere/);
          assert.deepEqual([error.step, error.fileVersion, error.codeVersion], [3, 2, 4]);
        });
        await open(file, steps, async (db) => {
          assert.deepEqual(await done(db.select('SELECT id FROM todo')), [{ id: 1 }]);
          assert.equal(await version(db), 4);
        });
      }));

    it('that leave a reference dangling fail', () =>
      withFile(async (file) => {
        await open(file, [...steps.slice(0, 3), 'DELETE FROM list'], async (db) => {
          const { error } = await record(db.select('SELECT 1')).over();
          assert.match(
            String(error),
            /Migration 4 of 4 failed: a row of todo refers to a row of list that is not there/,
          );
        });
      }));

    it('refuse a file that is newer than the code', () =>
      withFile(async (file) => {
        await open(file, steps, async (db) => assert.equal(await version(db), 4));
        await open(file, steps.slice(0, 2), async (db) => {
          const { error } = await record(db.select('SELECT 1')).over();
          assert.ok(error instanceof MigrationError);
          assert.match(error.message, /version 4, and this code knows 2/);
        });
      }));
  });
}

describe('an onEvent hook', () => {
  it('hears of every operation, commit and run of a live query, with its reason', () =>
    withFile(async (file) => {
      const events: ServerEvent[] = [];
      const server = host(onBetterSqlite3.spec(file), { onEvent: (event) => events.push(event) });
      const db = server.connect();
      await done(db.executeScript('CREATE TABLE t (a)'));
      const watched = await record(db.watch('SELECT count(*) AS n FROM t')).count(1);
      await done(db.execute('INSERT INTO t VALUES (1)'));
      await watched.count(2);
      await record(db.execute('INSERT INTO nowhere VALUES (1)')).over();
      await done(server.shutdown());
      const runs = events.filter((event) => event.kind === 'live-run');
      assert.deepEqual(
        runs.map(({ reason, runs: n }) => [reason, n]),
        [
          [[], 1],
          [['t'], 2],
        ],
      );
      const commits = events.filter((event) => event.kind === 'commit');
      assert.deepEqual(
        commits.map(({ version, tables }) => [version, tables]),
        [
          [1, ['t']],
          [2, ['t']],
        ],
      );
      const operations = events.filter((event) => event.kind === 'operation');
      assert.deepEqual(
        operations.map(({ request }) => request),
        ['script', 'watch', 'execute', 'execute'],
      );
      assert.ok(operations.at(-1)?.failure instanceof StatementError);
      assert.ok(operations.every(({ waitedMs, tookMs }) => waitedMs >= 0 && tookMs >= 0));
    }));
});
