/** A database that cannot be opened is told by an error of the kind that a caller can do something about. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betterSqlite3 } from '../../../engines/better-sqlite3.ts';
import { EngineError } from '../../../engines/engine.ts';
import { nodeSqlite } from '../../../engines/node-sqlite.ts';
import { BusyError, OpenError, StorageFullError, StorageUnavailableError, spawn } from '../../../lib/index.ts';
import { openFailure } from '../../../lib/server/open-failure.ts';
import { openEngine } from '../../engines/engine-under-test.ts';
import { done, withFile } from '../../support/databases.ts';
import { record } from '../../support/recorder.ts';

describe('what opening failed of', () => {
  for (const engine of [betterSqlite3, nodeSqlite]) {
    it(`is a BusyError where another holds the file, and the next operation tries again, on ${engine.name}`, () =>
      withFile(async (file) => {
        const holder = await openEngine(engine({ file }));
        holder.exec('PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE t (v)');
        const server = spawn(engine({ file, busyTimeoutMs: 20 }));
        const db = server.connect();
        const { error } = await record(db.select('SELECT * FROM t')).over();
        assert.ok(error instanceof BusyError, `${error}`);
        assert.match(error.message, /^The database could not be opened: .*locked.* \(SQLITE_BUSY\)$/);
        holder.close();
        assert.deepEqual(await done(db.select('SELECT * FROM t')), []);
        await done(server.shutdown());
      }));
  }

  it('is a StorageFullError where there is no room', () => {
    const failure = openFailure(new EngineError(13, 'database or disk is full'));
    assert.ok(failure instanceof StorageFullError);
    assert.equal(failure.message, 'The database could not be opened: database or disk is full (SQLITE_FULL)');
  });

  it('is told as it is where it tells by itself, and else is the cause of an OpenError', () => {
    const told = new StorageUnavailableError('There is no place');
    assert.equal(openFailure(told), told);
    for (const [cause, reason] of [
      [new EngineError(26, 'file is not a database'), /opened: file is not a database$/],
      ['a text', /opened: a text$/],
    ] as const) {
      const failure = openFailure(cause);
      assert.ok(failure instanceof OpenError);
      assert.match(failure.message, reason);
      assert.equal(failure.cause, cause);
    }
  });
});
