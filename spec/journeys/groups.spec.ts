/** Many queries of one version, their differences, and what has a version. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { type Database, QueueTimeoutError, StatementError, sql, versionOf } from '../../lib/index.ts';
import { type Bench, done, fileEngines, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

const schema = `
  CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0));
  CREATE TABLE ledger (id INTEGER PRIMARY KEY, from_account INTEGER, to_account INTEGER, amount INTEGER);
  CREATE TABLE note (text TEXT);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) INSERT INTO account SELECT i, 100 FROM n;`;

const bank = {
  accounts: sql<{ id: number; balance: number }>`SELECT id, balance FROM account ORDER BY id`,
  total: sql<{ total: number }>`SELECT sum(balance) AS total FROM account`,
  ledger: sql<{ moved: number }>`SELECT count(*) AS moved FROM ledger`,
};

const move = (db: Database, from: number, to: number, amount: number) =>
  db.transaction(async (tx) => {
    await done(
      tx.execute('INSERT INTO ledger (from_account, to_account, amount) VALUES (?, ?, ?)', [from, to, amount]),
    );
    await done(tx.execute('UPDATE account SET balance = balance + ? WHERE id = ?', [amount, to]));
    await done(tx.execute('UPDATE account SET balance = balance - ? WHERE id = ?', [amount, from]));
  });

for (const engine of fileEngines) {
  const withBank = (body: (bench: Bench) => Promise<void>) => () =>
    withServer(
      async (bench) => {
        await done(bench.db.executeScript(schema));
        await body(bench);
      },
      { engine },
    );

  describe(`watchAll on ${engine.name}`, () => {
    it(
      'emits all its results at one version, never torn, under a hot writer',
      withBank(async ({ db, server }) => {
        const groups = await Promise.all(
          [db, server.connect()].map((client) => record(client.watchAll(bank)).count(1)),
        );
        const writers = [server.connect(), server.connect()];
        await Promise.all(
          Array.from({ length: 200 }, (_, n) =>
            done(move(writers[n % 2]!, 1 + (n % 100), 1 + ((n * 7) % 100), n % 11 === 0 ? 1e6 : 3)).catch(
              () => undefined,
            ),
          ),
        );
        const moved = (await firstValueFrom(db.select(bank.ledger)))[0]!.moved;
        for (const group of groups) {
          await group.until(({ last }) => last?.ledger[0]?.moved === moved);
          for (const { accounts, total } of group.values) {
            assert.equal(
              accounts.reduce((sum, { balance }) => sum + balance, 0),
              10_000,
            );
            assert.equal(total[0]?.total, 10_000);
          }
          group.unsubscribe();
        }
      }),
    );

    it(
      'emits when any of its queries changed, and keeps the results that did not as the same arrays',
      withBank(async ({ db }) => {
        const group = await record(db.watchAll({ ...bank, notes: 'SELECT text FROM note' })).count(1);
        await done(db.execute("INSERT INTO note VALUES ('a')"));
        await group.count(2);
        await done(db.execute('UPDATE account SET balance = balance'));
        await done(move(db, 1, 2, 5));
        await group.count(3);
        const [first, second, third] = group.values;
        assert.equal(first!.accounts, second!.accounts);
        assert.deepEqual(second!.notes, [{ text: 'a' }]);
        assert.equal(second!.notes, third!.notes);
        assert.equal(second!.accounts[5], third!.accounts[5]);
        assert.equal(group.values.length, 3);
      }),
    );

    it(
      'is delivered in one turn with the single queries that the same commit touched',
      withBank(async ({ db }) => {
        let turns: string[] = [];
        let told = (): void => {};
        const tell = (what: string) => (): void => {
          turns.push(what);
          told();
        };
        const subscriptions = [
          db.watchAll(bank).subscribe(tell('group')),
          db.watch(bank.total).subscribe(tell('total')),
          db.watch(bank.accounts).subscribe(tell('accounts')),
        ];
        await done(db.select('SELECT 1'));
        subscriptions.push(db.updates().subscribe(() => setImmediate(tell('turn over'))));
        // A turn of the server is short, and on a busy machine it may be over between two of them.
        let isOneTurn = false;
        for (let balance = 101; balance < 121 && !isOneTurn; balance++) {
          turns = [];
          const all = new Promise<void>((resolve) => {
            told = () => turns.length === 4 && resolve();
          });
          await done(db.execute('UPDATE account SET balance = ? WHERE id = 1', [balance]));
          await all;
          assert.deepEqual(turns.toSorted(), ['accounts', 'group', 'total', 'turn over'].toSorted());
          isOneTurn = turns.at(-1) === 'turn over';
        }
        assert.ok(isOneTurn);
        for (const subscription of subscriptions) subscription.unsubscribe();
      }),
    );

    it(
      'errors where one of its queries fails, and leaves the others alone',
      withBank(async ({ db }) => {
        const single = await record(db.watch(bank.total)).count(1);
        const group = await record(db.watchAll({ ...bank, broken: 'SELECT * FROM nowhere' })).over();
        assert.ok(group.error instanceof StatementError);
        await done(db.execute('UPDATE account SET balance = 99 WHERE id = 1'));
        await single.count(2);
        assert.deepEqual(await firstValueFrom(db.watchAll({})), {});
      }),
    );
  });

  describe(`watchChanges on ${engine.name}`, () => {
    it(
      'emits what each result inserts, updates and removes; the first inserts all',
      withBank(async ({ db }) => {
        const changes = await record(
          db.watchChanges<{ id: number; balance: number }>(
            'SELECT id, balance FROM account WHERE id < ? ORDER BY id',
            [4],
            {
              key: 'id',
            },
          ),
        ).count(1);
        await done(
          db.batch((b) => {
            b.execute('UPDATE account SET balance = 7 WHERE id = 2');
            b.execute('DELETE FROM account WHERE id = 3');
            b.insert('account', [{ id: 0, balance: 1 }]);
          }),
        );
        await changes.count(2);
        const [first, second] = changes.values;
        assert.deepEqual(
          first!.inserted.map(({ id }) => id),
          [1, 2, 3],
        );
        assert.deepEqual(second!.inserted, [{ id: 0, balance: 1 }]);
        assert.deepEqual(second!.updated, [{ old: { id: 2, balance: 100 }, new: { id: 2, balance: 7 } }]);
        assert.deepEqual(second!.removed, [{ id: 3, balance: 100 }]);
        assert.deepEqual(
          second!.rows.map(({ id }) => id),
          [0, 1, 2],
        );
      }),
    );
  });

  describe(`a version on ${engine.name}`, () => {
    it(
      'is that of every result and every write',
      withBank(async ({ db }) => {
        const written = await firstValueFrom(db.execute("INSERT INTO note VALUES ('a')"));
        const rows = await firstValueFrom(db.select('SELECT * FROM note'));
        assert.equal(versionOf(rows), written.version);
        const watched = await record(db.watch('SELECT * FROM note')).count(1);
        assert.equal(versionOf(watched.last!), written.version);
        const next = await firstValueFrom(db.execute("INSERT INTO note VALUES ('b')"));
        await watched.count(2);
        assert.equal(versionOf(watched.last!), next.version);
        assert.equal(next.version, written.version + 1);
      }),
    );

    it(
      'can be waited for: a read of another client sees the write',
      withBank(async ({ db, server }) => {
        const other = server.connect();
        const { version } = await firstValueFrom(db.execute("INSERT INTO note VALUES ('a')"));
        const read = firstValueFrom(other.select('SELECT text FROM note ORDER BY rowid', [], { atLeast: version + 1 }));
        await done(db.execute("INSERT INTO note VALUES ('b')"));
        assert.deepEqual(await read, [{ text: 'a' }, { text: 'b' }]);
        const never = await record(
          server.connect({ queueTimeoutMs: 100 }).select('SELECT 1', [], { atLeast: version + 9 }),
        ).over();
        assert.ok(never.error instanceof QueueTimeoutError);
      }),
    );
  });

  describe(`stream on ${engine.name}`, () => {
    it(
      'emits row by row from one snapshot, beside writes that go on',
      withBank(async ({ db }) => {
        await done(db.executeScript('INSERT INTO ledger (amount) SELECT a.id FROM account a, account b'));
        const rows: number[] = [];
        const writes: Promise<unknown>[] = [];
        await db.stream<{ amount: number }>('SELECT amount FROM ledger').forEach(({ amount }) => {
          if (rows.push(amount) % 1000 === 1) writes.push(done(db.execute('INSERT INTO ledger (amount) VALUES (-1)')));
        });
        await Promise.all(writes);
        assert.equal(rows.length, 10_000);
        assert.ok(!rows.includes(-1));
        const { length } = await lastValueFrom(db.stream('SELECT * FROM ledger').pipe(toArray()));
        assert.equal(length, 10_000 + writes.length);
      }),
    );

    it(
      'ends at once when it is unsubscribed, fails by name, and refuses what writes',
      withBank(async ({ db }) => {
        let heard = 0;
        const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n';
        await new Promise<void>((resolve) => {
          const subscription = db.stream(endless).subscribe(() => {
            if (++heard < 3000) return;
            subscription.unsubscribe();
            resolve();
          });
        });
        await done(db.select('SELECT 1'));
        assert.equal(heard, 3000);
        assert.ok((await record(db.stream('SELECT * FROM nowhere')).over()).error instanceof StatementError);
        assert.match(String((await record(db.stream('DELETE FROM note RETURNING *')).over()).error), /only reads/);
        assert.deepEqual(await lastValueFrom(db.stream('SELECT 1 AS a WHERE 0').pipe(toArray())), []);
      }),
    );
  });
}

describe('the bank', () => {
  it('holds its sum in every thread, while eight threads move money, of which some fail', () =>
    withServer(async ({ db, server }) => {
      await done(db.executeScript(schema));
      const threads = Array.from({ length: 8 }, (_, n) => {
        const port = server.port();
        return new Promise<{ emissions: number; torn: number; failed: number }>((resolve, reject) => {
          const worker = new Worker(new URL('../support/move-money.ts', import.meta.url), {
            workerData: { port, seed: n },
            transferList: [port as never],
          });
          worker.once('message', resolve);
          worker.once('error', reject);
        });
      });
      const reports = await Promise.all(threads);
      for (const { emissions, torn, failed } of reports) {
        assert.ok(emissions > 1);
        assert.equal(torn, 0);
        assert.ok(failed > 0);
      }
      assert.deepEqual(await done(db.select(bank.total)), [{ total: 10_000 }]);
    }));
});
