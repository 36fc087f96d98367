/** What a write promises, in the words of the promise, over a real worker and a real file. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import Driver from 'better-sqlite3';
import {
  concat,
  concatMap,
  defer,
  delay,
  firstValueFrom,
  from,
  mergeMap,
  NEVER,
  of,
  range,
  repeat,
  tap,
  timer,
  toArray,
} from 'rxjs';
import { ConstraintError, type Scope, type Server, StatementError, TransactionEndedError } from '../../lib/index.ts';
import { type Bench, done, fileEngines, onBetterSqlite3, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

const schema = `
  CREATE TABLE account (id INTEGER PRIMARY KEY, owner TEXT UNIQUE, balance INTEGER NOT NULL CHECK (balance >= 0));
  CREATE TABLE entry (id INTEGER PRIMARY KEY, account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE);
  CREATE TABLE later (account INTEGER REFERENCES account DEFERRABLE INITIALLY DEFERRED);`;

const open = (scope: Pick<Scope, 'execute'>, owner: string, balance = 0) =>
  scope.execute('INSERT INTO account (owner, balance) VALUES (?, ?)', [owner, balance]);

/** Waits until so many operations wait in the queue. */
const queueLength = async (server: Server, length: number): Promise<void> => {
  while ((await firstValueFrom(server.inspect())).queue.length !== length) await timer(1).forEach(() => {});
};

const owners = async (scope: Pick<Scope, 'select'>): Promise<string[]> => {
  const rows = await firstValueFrom(scope.select<{ owner: string }>('SELECT owner FROM account ORDER BY id'));
  return rows.map(({ owner }) => owner);
};

for (const engine of fileEngines) {
  const withAccounts = (body: (bench: Bench) => Promise<void>) => () =>
    withServer(
      async (bench) => {
        await done(bench.db.executeScript(schema));
        await body(bench);
      },
      { engine },
    );

  describe(`a write on ${engine.name}`, () => {
    it(
      'is cold: it runs once per subscription',
      withAccounts(async ({ db }) => {
        const write$ = db.execute('INSERT INTO account (balance) VALUES (1)');
        assert.deepEqual(await done(db.select('SELECT * FROM account')), []);
        await done(write$);
        await done(write$.pipe(repeat(2)));
        assert.equal((await firstValueFrom(db.select('SELECT * FROM account'))).length, 3);
      }),
    );

    it(
      'has the parameters that were there when it was made, whatever becomes of the array or the buffer',
      withAccounts(async ({ db }) => {
        const blob = new Uint8Array([1, 2, 3]);
        const params: [Uint8Array, string] = [blob, 'before'];
        const select$ = db.select('SELECT ? AS blob, ? AS text', params);
        blob.fill(9);
        params[1] = 'after';
        assert.deepEqual(await firstValueFrom(select$), [{ blob: new Uint8Array([1, 2, 3]), text: 'before' }]);
      }),
    );

    it(
      'that is unsubscribed before it ran is taken out of the queue; it is never half done',
      withAccounts(async ({ db, server }) => {
        const other = server.connect();
        const [entered, leave] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
        const holding = done(
          other.transaction(async (tx) => {
            await done(open(tx, 'holder'));
            entered.resolve();
            await leave.promise;
          }),
        );
        await entered.promise;
        const waiting = [
          open(db, 'first'),
          open(db, 'second'),
          db.batch((b) => b.insert('account', [{ owner: 'third', balance: 0 }])),
        ];
        const [first, second, third] = waiting.map((write$) => record<unknown>(write$));
        await queueLength(server, 3);
        second!.unsubscribe();
        third!.unsubscribe();
        const inTheSameTurn = record(open(db, 'fourth'));
        inTheSameTurn.unsubscribe();
        await queueLength(server, 1);
        leave.resolve();
        await holding;
        await first!.over();
        assert.deepEqual(await owners(db), ['holder', 'first']);
      }),
    );

    it(
      'in a transaction is as good from a Promise as from an Observable',
      withAccounts(async ({ db }) => {
        const promised = await done(
          db.transaction(async (tx) => {
            await done(open(tx, 'a'));
            return owners(tx);
          }),
        );
        assert.deepEqual(promised, ['a']);
        const observed = db.transaction((tx) =>
          concat(open(tx, 'b'), open(tx, 'c')).pipe(concatMap(() => from(owners(tx)))),
        );
        assert.deepEqual(await firstValueFrom(observed.pipe(toArray())), [
          ['a', 'b'],
          ['a', 'b', 'c'],
        ]);
      }),
    );

    it(
      'of a transaction is emitted after COMMIT, with what the work emitted',
      withAccounts(async ({ db, server }) => {
        const other = server.connect();
        const seen: Promise<string[]>[] = [];
        const values = db.transaction((tx) =>
          open(tx, 'a').pipe(
            mergeMap(() => of('one', 'two')),
            delay(10),
          ),
        );
        await values.forEach(() => {
          seen.push(owners(other));
        });
        assert.deepEqual(await Promise.all(seen), [['a'], ['a']]);
      }),
    );

    it(
      'of a transaction is rolled back on error, and the same error is given',
      withAccounts(async ({ db }) => {
        const own = new Error('mine');
        const failing = db.transaction((tx) =>
          concat(
            open(tx, 'a'),
            defer(() => {
              throw own;
            }),
          ),
        );
        await assert.rejects(done(failing), (error) => error === own);
        await assert.rejects(
          done(
            db.transaction(() => {
              throw own;
            }),
          ),
          (error) => error === own,
        );
        assert.deepEqual(await owners(db), []);
      }),
    );

    it(
      'of a transaction is rolled back on unsubscribe, and the queue is free at once',
      withAccounts(async ({ db }) => {
        const begun = Promise.withResolvers<void>();
        const running = record(db.transaction((tx) => concat(open(tx, 'a').pipe(tap(() => begun.resolve())), NEVER)));
        await begun.promise;
        running.unsubscribe();
        assert.deepEqual(await owners(db), []);
        const queued = [record(db.transaction((tx) => open(tx, 'b'))), record(db.transaction(() => NEVER))];
        for (const recorder of queued) recorder.unsubscribe();
        assert.deepEqual(await owners(db), []);
      }),
    );

    it(
      'by select of INSERT … RETURNING is a write like any other, and gives its rows once committed',
      withAccounts(async ({ db, server }) => {
        const watched = await record(server.connect().watch('SELECT id FROM account')).count(1);
        const rows = await firstValueFrom(
          db.select("INSERT INTO account (owner, balance) VALUES ('a', 1), ('b', 2) RETURNING owner"),
        );
        assert.deepEqual(rows, [{ owner: 'a' }, { owner: 'b' }]);
        await watched.count(2);
        assert.equal(watched.last?.length, 2);
      }),
    );

    it(
      'sent before the commit, and not waited for, still runs inside the transaction, before the commit',
      withAccounts(async ({ db }) => {
        let late: Promise<unknown> | undefined;
        await done(
          db.transaction((tx) => {
            late = done(open(tx, 'not waited for'));
            return of('done');
          }),
        );
        assert.deepEqual(await owners(db), ['not waited for']);
        await late;
      }),
    );

    it(
      'on a handle whose transaction ended fails at once, with a clear error; nothing ever hangs',
      withAccounts(async ({ db }) => {
        for (const isCommitted of [true, false]) {
          let kept: Scope | undefined;
          const transaction = db.transaction(async (tx) => {
            kept = tx;
            if (!isCommitted) throw new Error('no');
          });
          await done(transaction).catch(() => undefined);
          const uses = [
            kept!.select('SELECT 1'),
            open(kept!, 'late'),
            kept!.executeScript('SELECT 1'),
            kept!.batch((b) => b.execute('SELECT 1')),
            kept!.watch('SELECT 1'),
            kept!.updates(),
            kept!.transaction(() => of(1)),
          ];
          for (const use of uses) {
            const { error } = await record<unknown>(use).over();
            assert.ok(error instanceof TransactionEndedError);
            assert.match(error.message, isCommitted ? /committed/ : /rolled back/);
          }
        }
        assert.deepEqual(await owners(db), []);
      }),
    );

    it(
      'in a transaction that SQLite itself rolled back fails, and none of it is kept',
      withAccounts(async ({ db }) => {
        await done(open(db, 'taken'));
        const lost = db.transaction(async (tx) => {
          await done(open(tx, 'a'));
          await done(tx.execute("INSERT OR ROLLBACK INTO account (owner, balance) VALUES ('taken', 1)")).catch(
            (error: unknown) => assert.ok(error instanceof ConstraintError),
          );
          const { error } = await record(open(tx, 'after')).over();
          assert.ok(error instanceof TransactionEndedError, 'nothing runs outside the transaction by accident');
        });
        await assert.rejects(done(lost), TransactionEndedError);
        assert.deepEqual(await owners(db), ['taken']);
      }),
    );

    it(
      'that has SQLite roll its transaction back is not run again without it, though the schema is another then',
      withAccounts(async ({ db }) => {
        const lost = db.transaction(async (tx) => {
          await done(tx.execute('CREATE INDEX by_balance ON account (balance)'));
          await done(open(tx, 'a'));
          await done(tx.execute("INSERT OR ROLLBACK INTO account (owner, balance) VALUES ('a', 1)"));
        });
        await assert.rejects(done(lost), ConstraintError);
        assert.deepEqual(await owners(db), []);
      }),
    );

    it(
      'that fails in a transaction takes only itself back, if the work goes on',
      withAccounts(async ({ db }) => {
        await done(
          db.transaction(async (tx) => {
            await done(open(tx, 'a'));
            await assert.rejects(done(open(tx, 'a')), ConstraintError);
            await done(open(tx, 'b'));
          }),
        );
        assert.deepEqual(await owners(db), ['a', 'b']);
      }),
    );

    it(
      'of a transaction whose COMMIT is refused is rolled back, and the next one works',
      withAccounts(async ({ db }) => {
        const dangling = db.transaction((tx) => tx.execute('INSERT INTO later (account) VALUES (99)'));
        await assert.rejects(
          done(dangling),
          (error) => error instanceof ConstraintError && error.kind === 'foreign key',
        );
        assert.deepEqual(await done(db.select('SELECT * FROM later')), []);
        await done(db.transaction((tx) => open(tx, 'a')));
        assert.deepEqual(await owners(db), ['a']);
      }),
    );

    it(
      'in a nested transaction is a savepoint: its failure takes back the inner one only',
      withAccounts(async ({ db }) => {
        const updates = record(db.updates());
        await done(
          db.transaction(async (tx) => {
            await done(open(tx, 'outer'));
            const inner = tx.transaction(async (inside) => {
              await done(open(inside, 'inner'));
              assert.deepEqual(await owners(inside), ['outer', 'inner']);
              await done(inside.execute('INSERT INTO entry (account) VALUES (1)'));
              throw new Error('inner');
            });
            await assert.rejects(done(inner), /inner/);
            assert.deepEqual(await owners(tx), ['outer']);
            await done(tx.transaction((inside) => inside.transaction((deep) => open(deep, 'deep'))));
          }),
        );
        assert.deepEqual(await owners(db), ['outer', 'deep']);
        await updates.count(1);
        await done(db.select('SELECT 1'));
        assert.deepEqual(
          updates.values.map(({ tables }) => [...tables]),
          [[['account', { inserted: 2, updated: 0, deleted: 0 }]]],
        );
        updates.unsubscribe();
      }),
    );

    it(
      'in a read-only transaction is refused, and its reads are of one snapshot',
      withAccounts(async ({ db, server }) => {
        const other = server.connect();
        let write: Promise<unknown> | undefined;
        const counts = await done(
          db.transaction(
            async (tx) => {
              const before = await owners(tx);
              write = done(open(other, 'a'));
              await assert.rejects(
                done(open(tx, 'b')),
                (error) => error instanceof StatementError && error.codeName === 'SQLITE_READONLY',
              );
              await assert.rejects(done(tx.batch((b) => b.insert('account', [{ balance: 1 }]))), /read-only/);
              await assert.rejects(done(tx.transaction((inner) => open(inner, 'c'))), /read-only/);
              return [before, await owners(tx)];
            },
            { readOnly: true },
          ),
        );
        assert.deepEqual(counts, [[], []]);
        await write;
        assert.deepEqual(await owners(db), ['a']);
      }),
    );

    it(
      'in a transaction begins IMMEDIATE, while a read-only one takes no write lock',
      withAccounts(async ({ db, file }) => {
        // Of the same library: two in one process do not see each other's locks.
        const outside = engine === onBetterSqlite3 ? new Driver(file, { timeout: 0 }) : new DatabaseSync(file);
        const write = (owner: string): void => {
          outside.exec(`INSERT INTO account (owner, balance) VALUES ('${owner}', 1)`);
        };
        await done(
          db.transaction(async () => {
            assert.throws(() => write('a'), /locked/);
          }),
        );
        await done(
          db.transaction(
            async (tx) => {
              assert.deepEqual(await owners(tx), []);
              write('b');
              assert.deepEqual(await owners(tx), []);
            },
            { readOnly: true },
          ),
        );
        assert.deepEqual(await owners(db), ['b']);
        outside.close();
      }),
    );

    it(
      'is announced with one version for each commit, which counts up by one; a rolled-back one never',
      withAccounts(async ({ db, server }) => {
        const other = server.connect();
        const updates = record(other.updates());
        await done(other.select('SELECT 1'));
        const before = (await firstValueFrom(db.execute('UPDATE account SET balance = 1 WHERE 0'))).version;
        const first = await firstValueFrom(open(db, 'a', 5));
        assert.equal(first.version, before + 1);
        await assert.rejects(done(open(db, 'a')));
        await assert.rejects(
          done(
            db.transaction((tx) =>
              concat(
                open(tx, 'b'),
                defer(() => {
                  throw new Error('no');
                }),
              ),
            ),
          ),
        );
        await done(db.transaction((tx) => concat(open(tx, 'c'), tx.execute('UPDATE account SET balance = 7'))));
        await done(db.execute('DELETE FROM account WHERE id = 1'));
        await updates.count(3);
        assert.deepEqual(
          updates.values.map(({ version, origin }) => [version - before, origin]),
          [
            [1, 'other'],
            [2, 'other'],
            [3, 'other'],
          ],
        );
        assert.deepEqual([...updates.values[1]!.tables], [['account', { inserted: 1, updated: 2, deleted: 0 }]]);
        updates.unsubscribe();
      }),
    );

    it(
      'of a batch is one message and one transaction: all of it, or nothing',
      withAccounts(async ({ db }) => {
        const updates = record(db.updates());
        const written = await firstValueFrom(
          db.batch((b) => {
            b.insert('account', [{ owner: 'a', balance: 1 }, { owner: 'b', balance: 2 }, { balance: 3 }]);
            b.executeMany('INSERT INTO entry (account) VALUES (?)', [[1], [2]]);
            b.execute('UPDATE account SET balance = balance + :more WHERE id = :id', { more: 10, id: 1 });
            b.insert('account', [{ owner: 'a', balance: 9 }], 'ignore');
          }),
        );
        assert.equal(written.changes, 6);
        await updates.count(1);
        await assert.rejects(
          done(
            db.batch((b) => {
              b.execute('DELETE FROM account');
              b.insert('account', [{ owner: 'x', balance: -1 }]);
            }),
          ),
          (error) => error instanceof ConstraintError && error.kind === 'check',
        );
        await done(
          db.transaction(async (tx) => {
            await done(tx.batch((b) => b.insert('account', [{ owner: 'in tx', balance: 0 }])));
            const failing = tx.batch((b) => {
              b.execute('DELETE FROM account');
              b.execute('INSERT INTO entry (account) VALUES (99)');
            });
            await assert.rejects(done(failing), (error) => error instanceof ConstraintError);
          }),
        );
        assert.deepEqual(await owners(db), ['a', 'b', null, 'in tx']);
        assert.equal(updates.values.length, 2);
        updates.unsubscribe();
      }),
    );

    it(
      'by a script is one transaction of many statements',
      withAccounts(async ({ db }) => {
        await done(
          db.executeScript(
            "INSERT INTO account VALUES (1, 'a;b', 0); -- a comment; with a semicolon\nINSERT INTO account VALUES (2, 'c', 0)",
          ),
        );
        await assert.rejects(done(db.executeScript('DELETE FROM account; INSERT INTO nowhere VALUES (1)')), /nowhere/);
        await assert.rejects(done(db.executeScript('BEGIN; DELETE FROM account; COMMIT')), /transaction/);
        await done(
          db.executeScript(`CREATE TRIGGER spawn AFTER INSERT ON account BEGIN
            INSERT INTO entry (account) SELECT CASE WHEN new.id > 0 THEN new.id END; END;
            INSERT INTO account VALUES (3, 'd', 0);`),
        );
        assert.deepEqual(await owners(db), ['a;b', 'c', 'd']);
        assert.deepEqual(await done(db.select('SELECT account FROM entry')), [{ account: 3 }]);
      }),
    );

    it(
      'of one hundred transactions runs them strictly in request order, each with its own result',
      withAccounts(async ({ db }) => {
        const order: number[] = [];
        const results = await firstValueFrom(
          range(0, 100).pipe(
            mergeMap((n) =>
              db.transaction(async (tx) => {
                order.push(n);
                await done(open(tx, `${n}`));
                return n;
              }),
            ),
            toArray(),
          ),
        );
        const expected = Array.from({ length: 100 }, (_, n) => n);
        assert.deepEqual(order, expected);
        assert.deepEqual(results, expected);
        assert.deepEqual(await owners(db), expected.map(String));
      }),
    );

    it(
      'of a transaction with an empty body completes',
      withAccounts(async ({ db }) => {
        assert.equal(await done(db.transaction(() => {})), undefined);
        assert.equal(await done(db.transaction(async () => {})), undefined);
      }),
    );
  });
}
