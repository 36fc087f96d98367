/** `sluice/worker-inline`: all that a worker file in a browser needs, bundled into one, the WebAssembly too. */
import type { EngineSpec } from '../../engines/engine.ts';
import { type SqliteWasmOptions, sqliteWasmFrom } from '../../engines/sqlite-wasm.ts';
import { serve } from './serve.ts';
import { serveAsAddressed } from './worker-address.ts';

export type { ServerEvent } from '../server/server-event.ts';
export type { Migration, Procedure, Procedures, SetupDatabase, SyncDatabase } from '../server/sync-database.ts';
export type { ServeOptions } from './serve.ts';
export { type EngineSpec, type SqliteWasmOptions, serve };

/** The file itself; `packaging/bundle-workers.ts` puts it here. */
declare const sqliteWasmGzipBase64: string;

/** SQLite as WebAssembly, without a file of it to be served. */
export function sqliteWasm(options: SqliteWasmOptions = {}): EngineSpec {
  return sqliteWasmFrom({ wasm }, options);
}

async function wasm(): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(sqliteWasmGzipBase64), (character) => character.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

serveAsAddressed(import.meta.url, sqliteWasm);
