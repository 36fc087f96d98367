/** What a page and its worker file use in a browser. */
import type { Observable } from 'rxjs';
import { type EngineSpec, persistStorage, type Server, type StorageUse, spawn, storageUse } from 'sluice';
import { type SqliteWasmOptions, sqliteWasm } from 'sluice/engines/sqlite-wasm';
import * as worker from 'sluice/worker';
import * as inline from 'sluice/worker-inline';
import { exactly } from './exactly.type-spec.ts';

declare const bytes: Uint8Array;

// The page: a worker that a bundler finds, and what the browser grants.
exactly<Server>()(
  spawn(() => new Worker(new URL('./db.worker', import.meta.url), { type: 'module' }), { name: 'todos' }),
);
exactly<Observable<StorageUse>>()(storageUse());
exactly<Observable<StorageUse>>()(storageUse({ everyMs: 1000 }));
exactly<StorageUse>()({} as { readonly usedBytes: number; readonly quotaBytes: number; readonly isPersisted: boolean });
exactly<Observable<boolean>>()(persistStorage());

// The worker file: the same from the modules, and from either bundle.
exactly<EngineSpec>()(sqliteWasm({ name: 'todos', persistence: 'preferred', journal: 'wal', durability: 'full' }));
exactly<EngineSpec>()(worker.sqliteWasm({ name: 'todos', image: bytes, wasmUrl: '/sqlite3.wasm' }));
exactly<EngineSpec>()(inline.sqliteWasm({ name: 'todos' }));
exactly<SqliteWasmOptions>()({} as worker.SqliteWasmOptions);
exactly<SqliteWasmOptions>()({} as inline.SqliteWasmOptions);
for (const { serve } of [worker, inline]) {
  exactly<void>()(
    serve(sqliteWasm({ name: 'todos' }), {
      migrations: ['CREATE TABLE todo (id)', (db) => db.execute('DELETE FROM todo')],
      procedures: { count: (db) => db.select('SELECT count(*) AS n FROM todo') },
    }),
  );
}

// @ts-expect-error a database among a site's files has a name, and no path
sqliteWasm({ file: 'todos.db' });
// @ts-expect-error there is no such persistence
sqliteWasm({ name: 'todos', persistence: 'silent' });
// @ts-expect-error there is no such journal
sqliteWasm({ name: 'todos', journal: 'off' });
// @ts-expect-error an image is its bytes
sqliteWasm({ image: 'todos.db' });
