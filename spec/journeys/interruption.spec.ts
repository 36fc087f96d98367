/** A statement that runs for too long in its transaction is ended, where the driver can. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concat, lastValueFrom } from 'rxjs';
import { TransactionTimeoutError } from '../../lib/index.ts';
import { done, onSqliteWasm, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';

describe('a statement without an end', () => {
  for (const [what, options] of Object.entries({ 'that may write': {}, 'that only reads': { readOnly: true } })) {
    it(`is ended with its transaction ${what}, and the server serves on`, () =>
      withServer(
        async ({ db }) => {
          await done(db.executeScript('CREATE TABLE t (v); INSERT INTO t VALUES (1)'));
          const counts = record(db.watch<{ n: number }>('SELECT count(*) AS n FROM t'));
          await counts.count(1);
          const transaction = record(
            db.transaction((tx) => concat(tx.select('SELECT * FROM t'), tx.select(endless)), {
              timeoutMs: 100,
              ...options,
            }),
          );
          const error = (await transaction.over()).error;
          assert.ok(error instanceof TransactionTimeoutError, `${error}`);
          await done(db.execute('INSERT INTO t VALUES (2)'));
          await counts.until(({ last }) => last?.[0]?.n === 2);
        },
        { engine: onSqliteWasm },
      ));
  }

  it('takes what its transaction wrote with it', () =>
    withServer(
      async ({ db }) => {
        await done(db.executeScript('CREATE TABLE t (v)'));
        const work = db.transaction(
          (tx) => concat(tx.execute('INSERT INTO t VALUES (1)'), tx.execute(`INSERT INTO t ${endless}`)),
          {
            timeoutMs: 100,
          },
        );
        await assert.rejects(lastValueFrom(work), TransactionTimeoutError);
        assert.deepEqual(await done(db.select('SELECT * FROM t')), []);
      },
      { engine: onSqliteWasm },
    ));
});
