/** Where a database lives: in memory, or in the private files of a web site. */
import type { Database } from '@sqlite.org/sqlite-wasm';
import { type SluiceError, StorageUnavailableError } from '../../lib/model/errors.ts';
import { defaultBusyTimeoutMs } from '../pragmas.ts';
import type { Driver } from './driver.ts';
import { watchForLoss } from './loss.ts';
import { holdFiles } from './opfs.ts';

export interface Place {
  readonly db: Database;
  readonly hasFiles: boolean;
  /** Files were asked for, and could not be had. */
  readonly isTemporary: boolean;
  /** Calls `tell` once, should the files be cleared away. `uses` counts up whenever a statement is run. */
  onLoss(uses: () => number, tell: (reason: SluiceError) => void): void;
  /** Closes the database, and lets go of its files. */
  close(): void;
}

export interface PlaceOptions {
  readonly name?: string | undefined;
  readonly persistence?: 'required' | 'preferred' | undefined;
  readonly busyTimeoutMs?: number | undefined;
}

export async function placeFor(
  driver: Driver,
  { name, persistence, busyTimeoutMs = defaultBusyTimeoutMs }: PlaceOptions,
): Promise<Place> {
  if (name === undefined) return inMemory(driver, false);
  try {
    return await inFiles(driver, name, busyTimeoutMs);
  } catch (error) {
    if (persistence === 'preferred' && error instanceof StorageUnavailableError) return inMemory(driver, true);
    throw error;
  }
}

function inMemory(driver: Driver, isTemporary: boolean): Place {
  const db = new driver.sqlite.oo1.DB(':memory:', 'c');
  return { db, hasFiles: false, isTemporary, onLoss: () => {}, close: () => db.close() };
}

async function inFiles(driver: Driver, name: string, busyTimeoutMs: number): Promise<Place> {
  const { db, areThere, close } = await holdFiles(driver, name, busyTimeoutMs);
  // Before all else: without it, a file that has a write-ahead log cannot be opened, since there is no memory to share.
  db.exec('PRAGMA locking_mode = EXCLUSIVE');
  let stopWatching = (): void => {};
  return {
    db,
    hasFiles: true,
    isTemporary: false,
    onLoss(uses, tell) {
      stopWatching = watchForLoss(uses, areThere, tell);
    },
    close() {
      stopWatching();
      close();
    },
  };
}
