/** What SQLite's WebAssembly build refuses, as an {@link EngineError}. */
import type { Database } from '@sqlite.org/sqlite-wasm';
import { SQLITE } from '../../lib/model/result-codes.ts';
import { EngineError } from '../engine.ts';
import type { Driver } from './driver.ts';

/** Throws what the connection tells of its last failure, unless `code` is that all is well. */
export function check(driver: Driver, db: Database, code: number): void {
  if (code === SQLITE.OK) return;
  const { capi } = driver.sqlite;
  const extended = capi.sqlite3_extended_errcode(db);
  // SQLite's own words are "disk I/O error"; that it can be mended by making room, the file system alone knows.
  if ((extended & 0xff) === SQLITE.IOERR && isForWantOfRoom(driver.lastFailure())) {
    throw new EngineError(SQLITE.FULL, 'the quota of this site is used up, or its data were cleared');
  }
  throw new EngineError(extended, capi.sqlite3_errmsg(db));
}

/**
 * Whether the browser refused for want of room. https://storage.spec.whatwg.org/#quota
 *
 * Chromium does not throw, but writes less than it was given, for which the driver has words of its own.
 */
export function isForWantOfRoom(thrown: unknown): boolean {
  const { name, message } = (thrown ?? {}) as Partial<Error>;
  return name === 'QuotaExceededError' || message === 'Unknown write() failure.';
}

export function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof EngineError || !(error instanceof Error)) throw error;
    const { resultCode } = error as { resultCode?: unknown };
    // The driver puts the code's name before SQLite's own words.
    const message = error.message.replace(/^SQLITE_\w+: sqlite3 result code \d+: /, '');
    throw new EngineError(typeof resultCode === 'number' ? resultCode : SQLITE.MISUSE, message, { cause: error });
  }
}
