/** `sluice/worker`: all that a worker file in a browser needs, bundled into one, with `sqlite3.wasm` beside it. */
import { type SqliteWasmOptions, sqliteWasm } from '../../engines/sqlite-wasm.ts';
import { serve } from './serve.ts';
import { serveAsAddressed } from './worker-address.ts';

export type { EngineSpec } from '../../engines/engine.ts';
export type { ServerEvent } from '../server/server-event.ts';
export type { Migration, Procedure, Procedures, SetupDatabase, SyncDatabase } from '../server/sync-database.ts';
export type { ServeOptions } from './serve.ts';
export { type SqliteWasmOptions, serve, sqliteWasm };

serveAsAddressed(import.meta.url, sqliteWasm);
