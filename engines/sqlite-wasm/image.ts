/** Fills a new database with the image of another. */
import type { Database } from '@sqlite.org/sqlite-wasm';
import { SQLITE } from '../../lib/model/result-codes.ts';
import { EngineError } from '../engine.ts';
import type { Driver } from './driver.ts';
import { check } from './refusal.ts';

/** Where the file's header tells that it has a write-ahead log. https://sqlite.org/fileformat2.html#file_format_version_numbers */
const journalVersions = [18, 19];

/**
 * Copies the image page by page, in one transaction of the database that receives it: it is filled, or as it was.
 *
 * Errors  {@link EngineError}, code 26 where the image is no database, and 11 where it is damaged.
 */
export function fill(driver: Driver, db: Database, image: Uint8Array): void {
  const source = new driver.sqlite.oo1.DB(':memory:', 'c');
  try {
    load(driver, source, image);
    refuseDamaged(source);
    db.exec(`PRAGMA page_size = ${source.selectValue('PRAGMA page_size')}`);
    copy(driver, source, db);
  } finally {
    source.close();
  }
}

function refuseDamaged(source: Database): void {
  try {
    const [finding] = source.selectValues('PRAGMA quick_check(1)');
    if (finding === 'ok') return;
  } catch (cause) {
    const { resultCode } = cause as { readonly resultCode?: number };
    if (resultCode === SQLITE.NOTADB) throw new EngineError(SQLITE.NOTADB, 'the image is not a database', { cause });
    throw new EngineError(SQLITE.CORRUPT, 'the image is damaged', { cause });
  }
  throw new EngineError(SQLITE.CORRUPT, 'the image is damaged');
}

function load(driver: Driver, source: Database, image: Uint8Array): void {
  const { capi, wasm } = driver.sqlite;
  const at = wasm.alloc(Math.max(1, image.length)) as number;
  wasm.heap8u().set(image, at);
  // A database in memory has no log; that of the image was not part of it.
  for (const version of journalVersions) if (image[version] === 2) wasm.heap8u()[at + version] = 1;
  const flags = capi.SQLITE_DESERIALIZE_FREEONCLOSE;
  check(driver, source, capi.sqlite3_deserialize(source, 'main', at, image.length, image.length, flags));
}

function copy(driver: Driver, source: Database, db: Database): void {
  const { capi } = driver.sqlite;
  const backup = capi.sqlite3_backup_init(db, 'main', source, 'main');
  if (!backup) check(driver, db, SQLITE.ERROR);
  capi.sqlite3_backup_step(backup, -1);
  check(driver, db, capi.sqlite3_backup_finish(backup));
}
