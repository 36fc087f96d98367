/** Commits to a file of the site by sqlite-wasm alone, with the settings of the engine, and posts what one takes in ms. */
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';

const runs = 300;

const sqlite3 = await sqlite3InitModule();
const pool = await sqlite3.installOpfsSAHPoolVfs({ name: 'commits', directory: 'commits' });
const database = new pool.OpfsSAHPoolDb('/commits.db');
database.exec(`
  PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
  CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t (v) VALUES (1), (2), (3);
`);
const update = database.prepare('UPDATE t SET v = v + 1 WHERE id = 2');
const begun = performance.now();
for (let run = 0; run < runs; run++) update.stepReset();
const commitMs = (performance.now() - begun) / runs;
update.finalize();
database.close();
await pool.removeVfs();
postMessage(commitMs);
