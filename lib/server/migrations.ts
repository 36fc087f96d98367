/** Brings a file up to the code's version of the schema, step by step. */
import { MigrationError } from '../model/errors.ts';
import { Changes } from './changes.ts';
import type { Storage } from './storage.ts';
import { type Migration, SyncDatabase } from './sync-database.ts';

/**
 * Runs the steps that the file has not had; `user_version` counts them. Each is a transaction of its own, so a step that
 * fails leaves the file as the one before it did, and a later start resumes there.
 *
 * Foreign keys are off while a step runs, and checked before its commit, as https://sqlite.org/lang_altertable.html#otheralter
 * wants it: a table may be made anew under its references.
 */
export function migrate(storage: Storage, migrations: readonly Migration[]): void {
  const fileVersion = pragma(storage, 'user_version');
  const codeVersion = migrations.length;
  if (fileVersion > codeVersion) {
    const reason = `The file is of version ${fileVersion}, and this code knows ${codeVersion} migrations: it is too old for it`;
    throw new MigrationError(reason, { fileVersion, codeVersion });
  }
  if (fileVersion === codeVersion) return;
  const hadForeignKeys = pragma(storage, 'foreign_keys') === 1;
  storage.exec('PRAGMA foreign_keys = OFF');
  try {
    for (let step = fileVersion + 1; step <= codeVersion; step++) {
      try {
        runStep(storage, migrations[step - 1]!, step);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const at = { step, fileVersion: step - 1, codeVersion };
        throw new MigrationError(`Migration ${step} of ${codeVersion} failed: ${reason}`, at, { cause });
      }
    }
  } finally {
    if (hadForeignKeys) storage.exec('PRAGMA foreign_keys = ON');
    storage.forgetSchema();
  }
}

function runStep(storage: Storage, migration: Migration, step: number): void {
  const db = new SyncDatabase(storage, { changes: new Changes(), readOnly: false });
  storage.control('begin');
  try {
    if (typeof migration === 'string') db.executeScript(migration);
    else refuseToWait(migration(db));
    const [broken] = db.select<{ table: string; parent: string }>('PRAGMA foreign_key_check');
    if (broken) throw new Error(`a row of ${broken.table} refers to a row of ${broken.parent} that is not there`);
    storage.exec(`PRAGMA user_version = ${step}`);
    storage.control('commit');
  } catch (error) {
    if (storage.inTransaction) storage.control('rollback');
    throw error;
  } finally {
    db.end();
  }
}

/** What runs on the server is synchronous: a Promise would go on after the commit. */
export function refuseToWait(result: unknown): void {
  if (typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function') {
    // Its failure has been told already.
    void Promise.resolve(result).catch(() => {});
    throw new TypeError('it returned a Promise, and what runs on the server cannot wait');
  }
}

function pragma(storage: Storage, name: string): number {
  const { rows } = storage.read({ sql: `PRAGMA ${name}`, params: [] });
  return Number(rows[0]?.[0] ?? 0);
}
