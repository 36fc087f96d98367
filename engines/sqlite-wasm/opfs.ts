/** Opens a database in the private files of a web site (OPFS), through the driver's pool of file handles. */
import type { Database, SAHPoolUtil, Sqlite3Static } from '@sqlite.org/sqlite-wasm';
import { BusyError, StorageFullError, StorageUnavailableError } from '../../lib/model/errors.ts';
import { SQLITE } from '../../lib/model/result-codes.ts';
import type { Driver } from './driver.ts';
import { isForWantOfRoom } from './refusal.ts';

/** A database whose files are held: nobody else on this site can open them. */
export interface HeldFiles {
  readonly db: Database;
  /** Whether the files are still those of the site: they can be cleared away from under their handles. */
  areThere(): Promise<boolean>;
  /** Closes the database, and lets go of its files. */
  close(): void;
}

/** Below the site's root, this folder has one for each database, where the driver keeps files by names of its own. */
const home = 'sluice';
const poolFolder = '.opaque';

/**
 * The database, its journal, two for another that is attached, and the journal above both by which they commit as one. Each
 * takes a megabyte of the quota while it is open. https://sqlite.org/atomiccommit.html#_the_super_journal_file
 */
const filesHeld = 5;

const firstPauseMs = 10;
const longestPauseMs = 200;

/** What a browser throws where a site has no files: in private windows, in some embedded views, in frames of other sites. */
const unavailable = new Set(['SecurityError', 'NotAllowedError', 'NotSupportedError', 'UnknownError', 'TypeError']);

let pools = 0;

/**
 * Holds the files of the database of that name, made where there are none.
 *
 * Errors  `BusyError` where another tab or worker holds them for longer than that; `StorageUnavailableError` where a site has
 *         no files; `StorageFullError` where there is no room for new ones; others as the browser gives them.
 */
export async function holdFiles(driver: Driver, name: string, busyTimeoutMs: number): Promise<HeldFiles> {
  refuseWhereThereAreNone(name);
  const folder = folderOf(name);
  const pool = await patiently(installer(driver.sqlite, `${home}/${folder}`), name, busyTimeoutMs);
  try {
    // The driver may have made only some of them, if its first start was cut short.
    await pool.reserveMinimumCapacity(filesHeld);
    const { value: anyFile } = await (await folderAt([home, folder, poolFolder])).keys().next();
    const db = new pool.OpfsSAHPoolDb('/database');
    return {
      db,
      areThere: () => isThere([home, folder, poolFolder], anyFile!),
      close() {
        db.close();
        pool.pauseVfs();
      },
    };
  } catch (error) {
    pool.pauseVfs();
    throw explained(error, name);
  }
}

/** By default, a failure to open the files deletes them. https://sqlite.org/forum/forumpost/5664cd4baee50236 */
function installer(sqlite: Sqlite3Static, directory: string): () => Promise<SAHPoolUtil> {
  const options = {
    // A name for each: the driver keeps those that were closed.
    name: `sluice-${++pools}`,
    directory,
    initialCapacity: filesHeld,
    preserveOnInitFailure: true,
    forceReinitIfPreviouslyFailed: true,
    verbosity: 1,
  };
  return () => sqlite.installOpfsSAHPoolVfs(options);
}

/** A holder that is going away may let go of the files a little later than it is gone. */
async function patiently<T>(hold: () => Promise<T>, name: string, busyTimeoutMs: number): Promise<T> {
  const end = performance.now() + busyTimeoutMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await hold();
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw explained(error, name);
    }
    // Not in step: of two that try at once, each may keep the other from holding all the files.
    await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.5 + Math.random())));
  }
}

function isBusy(error: unknown): boolean {
  return (error as Error | undefined)?.name === 'NoModificationAllowedError';
}

function explained(error: unknown, name: string): unknown {
  const options = { cause: error };
  if (isBusy(error)) {
    const reason = `The database '${name}' is open in another tab or worker of this site`;
    return new BusyError(reason, { code: SQLITE.BUSY, sql: '' }, options);
  }
  if (isForWantOfRoom(error)) {
    const reason = `There is no room for the database '${name}': the quota of this site is used up`;
    return new StorageFullError(reason, { code: SQLITE.FULL, sql: '' }, options);
  }
  if (error instanceof Error && unavailable.has(error.name)) return unavailableFor(name, error.message, options);
  return error;
}

function refuseWhereThereAreNone(name: string): void {
  const { isSecureContext, FileSystemFileHandle, navigator } = globalThis;
  if (isSecureContext === false) throw unavailableFor(name, 'a site has files only over https, and on localhost');
  if (navigator?.storage?.getDirectory === undefined) throw unavailableFor(name, 'a site has no files here');
  if (!('createSyncAccessHandle' in FileSystemFileHandle.prototype)) {
    throw unavailableFor(name, 'the files of a site are for its workers alone');
  }
}

function unavailableFor(name: string, reason: string, options?: ErrorOptions): StorageUnavailableError {
  return new StorageUnavailableError(`There is no place for the database '${name}' to last: ${reason}`, options);
}

/** A folder's name may hold anything but a slash, and neither be `.` nor `..`. */
function folderOf(name: string): string {
  return encodeURIComponent(name).replace(/^\.+$/, (dots) => '%2E'.repeat(dots.length));
}

async function folderAt(path: readonly string[]): Promise<FileSystemDirectoryHandle> {
  let folder = await navigator.storage.getDirectory();
  for (const name of path) folder = await folder.getDirectoryHandle(name);
  return folder;
}

async function isThere(path: readonly string[], file: string): Promise<boolean> {
  try {
    await (await folderAt(path)).getFileHandle(file);
    return true;
  } catch (error) {
    return (error as Error).name !== 'NotFoundError';
  }
}
