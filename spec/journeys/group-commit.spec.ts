/** Writes that wait together share a transaction, and nobody can tell but by the time that it takes. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { firstValueFrom, NEVER, type Observable } from 'rxjs';
import {
  BusyError,
  ConstraintError,
  type Database,
  host,
  type Scope,
  type Server,
  type ServerEvent,
  type SetupDatabase,
  StatementError,
  versionOf,
} from '../../lib/index.ts';
import { done, fileEngines, onNodeSqlite, withFile, withServer } from '../support/databases.ts';
import { randomNumbers, randomOperation, randomSchema, randomTables } from '../support/random-operations.ts';
import { record } from '../support/recorder.ts';

const schema = 'CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT UNIQUE)';
const add = (db: Pick<Scope, 'execute'>, title: string) => db.execute('INSERT INTO todo (title) VALUES (?)', [title]);
const addSeen = (db: Database, n: number) => db.execute("INSERT INTO todo (title) VALUES (? || ':' || seen())", [n]);
const titles = async (db: Pick<Scope, 'select'>) =>
  (await firstValueFrom(db.select<{ title: string }>('SELECT title FROM todo ORDER BY id'))).map(({ title }) => title);
const numbers = (length: number) => Array.from({ length }, (_, n) => n);

/** A server in this thread, whose statements can count by `seen()` the rows that another connection sees. */
const withOutside = (
  groupCommit: boolean | undefined,
  body: (db: Database, outside: DatabaseSync, server: Server) => Promise<void>,
) =>
  withFile(async (file) => {
    let outside: DatabaseSync | undefined;
    const seen = () => outside?.prepare('SELECT count(*) AS n FROM todo').get()?.n as number;
    const server = host(onNodeSqlite.spec(file), { groupCommit, setup: (db) => db.function('seen', seen) });
    const db = server.connect();
    await done(db.executeScript(schema));
    outside = new DatabaseSync(file);
    try {
      await body(db, outside, server);
    } finally {
      outside.close();
      await done(server.shutdown());
    }
  });

/** What came of an operation, as far as it can be compared. */
const outcomeOf = async (operation: Observable<unknown>): Promise<unknown> => {
  const { values, error } = await record(operation).over();
  const { name, message, code } = (error ?? {}) as { name?: string; message?: string; code?: number };
  return { values, name, message, code };
};

describe('writes that wait together', () => {
  it('share one transaction: none of them is seen before all are committed', () =>
    withOutside(undefined, async (db) => {
      await Promise.all(numbers(100).map((n) => done(addSeen(db, n))));
      const seen = new Set((await titles(db)).map((title) => title.split(':')[1]));
      assert.ok(seen.size < 50, `${seen.size} transactions`);
    }));

  it('have a transaction each with `groupCommit: false`', () =>
    withOutside(false, async (db) => {
      await Promise.all(numbers(20).map((n) => done(addSeen(db, n))));
      assert.deepEqual(
        await titles(db),
        numbers(20).map((n) => `${n}:${n}`),
      );
    }));

  it('are acknowledged after COMMIT only', () =>
    withOutside(undefined, async (db, outside) => {
      const isThere = outside.prepare('SELECT count(*) AS n FROM todo WHERE title = ?');
      const found = await Promise.all(
        numbers(200).map(async (n) => {
          await done(add(db, `${n}`));
          return isThere.get(`${n}`)?.n;
        }),
      );
      assert.ok(found.every((n) => n === 1));
    }));

  it('have a version each, in order, and are announced one by one', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      const other = server.connect();
      const updates = record(other.updates());
      await done(other.select('SELECT 1'));
      const { version } = await firstValueFrom(add(db, 'first'));
      await updates.count(1);
      const outcomes = await Promise.all(
        numbers(50).map((n) => outcomeOf(n % 10 === 3 ? add(db, 'first') : add(db, `${n}`))),
      );
      const versions = outcomes.map((outcome) => (outcome as { values: { version: number }[] }).values[0]?.version);
      const kept = versions.filter((known) => known !== undefined);
      assert.deepEqual(
        kept,
        numbers(45).map((n) => version + 1 + n),
      );
      assert.equal(versions[3], undefined);
      await updates.count(46);
      assert.deepEqual(
        updates.values.map((update) => [update.version, update.tables.get('todo')?.inserted]),
        numbers(46).map((n) => [version + n, 1]),
      );
      updates.unsubscribe();
    }));

  for (const engine of fileEngines) {
    it(`are read between by a select as if each had been committed, on ${engine.name}`, () =>
      withServer(
        async ({ db }) => {
          await done(db.executeScript(schema));
          const counts = await Promise.all(
            numbers(30).map(async (n) => {
              const writing = firstValueFrom(add(db, `${n}`));
              const rows = await firstValueFrom(db.select<{ n: number }>('SELECT count(*) AS n FROM todo'));
              return [rows[0]?.n, (await writing).version === versionOf(rows)];
            }),
          );
          assert.deepEqual(
            counts,
            numbers(30).map((n) => [n + 1, true]),
          );
        },
        { engine },
      ));

    it(`are each what they would be alone, for random operations of two seeds, on ${engine.name}`, async () => {
      for (const seed of [1, 2]) {
        const [together, alone] = await Promise.all(
          [true, false].map((groupCommit) =>
            withServer(
              async ({ db }) => {
                await done(db.executeScript(randomSchema));
                const updates = record(db.updates());
                const random = randomNumbers(seed);
                const outcomes: unknown[] = [];
                for (let burst = 0; burst < 30; burst++) {
                  const operations = numbers(1 + random(40)).map(() => randomOperation(random)(db));
                  outcomes.push(...(await Promise.all(operations.map(outcomeOf))));
                }
                for (const table of randomTables) outcomes.push(await outcomeOf(db.select(`SELECT * FROM ${table}`)));
                updates.unsubscribe();
                return { outcomes, updates: updates.values };
              },
              { engine, groupCommit },
            ),
          ),
        );
        for (const [index, outcome] of together!.outcomes.entries()) assert.deepEqual(outcome, alone!.outcomes[index]);
        assert.deepEqual(together!.updates, alone!.updates);
      }
    });
  }

  it('break a rule by themselves, though the next write would mend it', () =>
    withServer(async ({ db }) => {
      await done(
        db.executeScript(`
          CREATE TABLE parent (id INTEGER PRIMARY KEY);
          CREATE TABLE child (parent INTEGER REFERENCES parent);
          CREATE TABLE later (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);`),
      );
      for (const table of ['child', 'later']) {
        const operations = [
          'PRAGMA defer_foreign_keys = ON',
          `INSERT INTO ${table} VALUES (1)`,
          'INSERT INTO parent VALUES (1)',
          'DELETE FROM parent',
        ].map((sql) => record(db.execute(sql)));
        const errors = (await Promise.all(operations.map((operation) => operation.over()))).map(({ error }) => error);
        assert.deepEqual(
          errors.map((error) => (error instanceof ConstraintError ? error.kind : error)),
          [undefined, 'foreign key', undefined, undefined],
        );
      }
    }));

  it('of which one has no room fail that one alone, though SQLite takes all of them back', () =>
    withServer(async ({ db }) => {
      await done(db.executeScript(schema));
      await done(db.execute('PRAGMA max_page_count = 20'));
      const outcomes = await Promise.all(
        numbers(20).map((n) => record(add(db, n === 10 ? 'x'.repeat(200_000) : `${n}`)).over()),
      );
      for (const [n, { error, values }] of outcomes.entries()) {
        if (n === 10) assert.ok(error instanceof StatementError && error.codeName === 'SQLITE_FULL', `${error}`);
        else assert.equal(values[0]?.changes, 1);
      }
      assert.equal((await titles(db)).length, 19);
    }));

  it('are each told, where none can begin, that another process holds the file', () =>
    withFile(async (file) => {
      const server = host(onNodeSqlite.spec(file), { setup: (db) => db.exec('PRAGMA busy_timeout = 20') });
      const db = server.connect();
      await done(db.executeScript(schema));
      const holder = new DatabaseSync(file);
      holder.exec('BEGIN IMMEDIATE');
      const writes = ['a', 'b', 'c'].map((title) => record(add(db, title)));
      const batch = record(db.batch((b) => b.insert('todo', [{ title: 'd' }])));
      for (const write of writes) {
        const { error } = await write.over();
        assert.ok(error instanceof BusyError);
        assert.equal(error.sql, 'INSERT INTO todo (title) VALUES (?)');
        assert.deepEqual(error.parameterTypes, ['string']);
      }
      assert.ok((await batch.over()).error instanceof BusyError);
      holder.exec('COMMIT');
      holder.close();
      await Promise.all(['a', 'b', 'c'].map((title) => done(add(db, title))));
      assert.deepEqual(await titles(db), ['a', 'b', 'c']);
      await done(server.shutdown());
    }));

  it('are all told, where COMMIT is refused, that another process holds the file; reads are answered', () =>
    withFile(async (file) => {
      const server = host(onNodeSqlite.spec(file), {
        setup: (db) => db.exec('PRAGMA journal_mode = DELETE; PRAGMA busy_timeout = 50'),
      });
      const db = server.connect();
      await done(db.executeScript(schema));
      const reader = new DatabaseSync(file);
      reader.exec('BEGIN; SELECT * FROM todo');
      const writes = ['a', 'b', 'b', 'c'].map((title) => record(add(db, title)));
      const reading = titles(db);
      for (const write of writes) assert.ok((await write.over()).error instanceof BusyError);
      assert.deepEqual(await reading, []);
      reader.exec('COMMIT');
      reader.close();
      await Promise.all(['a', 'b', 'c'].map((title) => done(add(db, title))));
      assert.deepEqual(await titles(db), ['a', 'b', 'c']);
      await done(server.shutdown());
    }));

  it('are taken out where they are unsubscribed before they ran, however many wait', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      const held = Promise.withResolvers<void>();
      const holding = record(
        server.connect().transaction(() => {
          held.resolve();
          return NEVER;
        }),
      );
      await held.promise;
      const waiting = numbers(5000).map((n) => record(add(db, `${n}`)));
      const length = async (wanted: number) => {
        while ((await firstValueFrom(server.inspect())).queue.length !== wanted);
      };
      await length(5000);
      for (const [n, write] of waiting.entries()) if (n % 50 !== 0) write.unsubscribe();
      await length(100);
      holding.unsubscribe();
      await Promise.all(waiting.filter((_, n) => n % 50 === 0).map((write) => write.over()));
      assert.deepEqual(
        await titles(db),
        numbers(100).map((n) => `${n * 50}`),
      );
    }));
});

describe('reads that wait together', () => {
  const countOf = 'SELECT count(*) AS n FROM todo';

  it('are of one moment, whatever another process commits meanwhile, and hold nothing when they are over', () =>
    withFile(async (file) => {
      let outside: DatabaseSync | undefined;
      const onEvent = ({ kind }: ServerEvent): void => {
        if (kind === 'operation') outside?.exec('INSERT INTO todo (title) VALUES (hex(randomblob(8)))');
      };
      const server = host(onNodeSqlite.spec(file), { onEvent });
      const db = server.connect();
      await done(db.executeScript(schema));
      outside = new DatabaseSync(file);
      outside.exec('PRAGMA synchronous = OFF');
      const found = await Promise.all(numbers(30).map(() => firstValueFrom(db.select(countOf))));
      const counts = found.map(([row]) => row!.n);
      assert.ok(new Set(counts).size < 25, `${counts}`);
      const checkpoint = outside.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
      assert.deepEqual({ ...checkpoint }, { busy: 0, log: 0, checkpointed: 0 });
      assert.deepEqual(await firstValueFrom(db.select(countOf)), [{ n: 30 }]);
      outside.close();
      outside = undefined;
      await done(server.shutdown());
    }));

  it('do what they would do alone, where they call a function that writes', () =>
    withFile(async (file) => {
      let outside: DatabaseSync | undefined;
      const title = (n: number) => Number(outside?.prepare('INSERT INTO todo (title) VALUES (?)').run(`o${n}`).changes);
      const setup = (db: SetupDatabase): void => {
        db.function('elsewhere', title as never);
        db.function('here', (n) => {
          db.exec(`INSERT INTO todo (title) VALUES ('h${n}')`);
          return 1;
        });
      };
      const server = host(onNodeSqlite.spec(file), { setup });
      const db = server.connect();
      await done(db.executeScript(schema));
      outside = new DatabaseSync(file);
      const reads = [countOf, 'SELECT elsewhere(1) AS n', 'SELECT here(1) AS n', countOf, countOf];
      const found = await Promise.all(reads.map((sql) => firstValueFrom(db.select(sql))));
      assert.deepEqual(
        found.map(([row]) => row!.n),
        [0, 1, 1, 2, 2],
      );
      outside.close();
      await done(server.shutdown());
    }));

  it('fail each by itself, and see what was written before them and not what is written behind', () =>
    withServer(async ({ db }) => {
      await done(db.executeScript(schema));
      const operations = numbers(60).map((n) => {
        if (n % 10 === 9) return done(add(db, `${n}`)).then(() => 'written');
        if (n % 10 === 5) return done(db.select('SELECT abs(-9223372036854775807 - 1)')).catch(({ name }) => name);
        if (n % 10 === 7) return done(db.executeScript('PRAGMA foreign_keys = ON; SELECT 1')).then(() => 'pragma');
        return firstValueFrom(db.select(countOf)).then((rows) => rows[0]!.n);
      });
      const wanted = numbers(60).map((n) => {
        const others: Record<number, unknown> = { 9: 'written', 5: 'StatementError', 7: 'pragma' };
        return others[n % 10] ?? Math.floor(n / 10);
      });
      assert.deepEqual(await Promise.all(operations), wanted);
    }));
});
