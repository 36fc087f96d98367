/** A database that cannot be opened is told by an error of the kind that a caller can do something about. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { betterSqlite3 } from '../../../engines/better-sqlite3.ts';
import { EngineError } from '../../../engines/engine.ts';
import { namingFile } from '../../../engines/naming-file.ts';
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

  for (const engine of [betterSqlite3, nodeSqlite]) {
    it(`names the file, and what is wrong with it where that can be seen, on ${engine.name}`, () =>
      withFile(async (file) => {
        const failureOf = async (path: string): Promise<string> => {
          const server = spawn(engine({ file: path }));
          const { error } = await record(server.connect().select('SELECT 1')).over();
          await done(server.shutdown());
          assert.ok(error instanceof OpenError, `${error}`);
          return error.message;
        };
        const folder = dirname(file);
        assert.ok((await failureOf(folder)).endsWith(`: ${folder} is a directory`));
        const nowhere = join(folder, 'nowhere', 'test.db');
        assert.ok((await failureOf(nowhere)).endsWith(`: ${nowhere} is in a directory that is not there`));
        writeFileSync(file, 'no database'.repeat(200));
        assert.ok((await failureOf(file)).endsWith(`: file is not a database: ${file}`));
      }));
  }

  it('names a file that is read-only', () => {
    const refuse = (): never => {
      throw new EngineError(8, 'attempt to write a readonly database');
    };
    const message = 'attempt to write a readonly database: /some/file.db or its folder is read-only';
    assert.throws(() => namingFile('/some/file.db', refuse), { name: 'EngineError', code: 8, message });
    assert.throws(() => namingFile(undefined, refuse), { message: 'attempt to write a readonly database' });
  });

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
