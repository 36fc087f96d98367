/** How a server is started and found, and what it tells of itself. */
import { map, type Observable } from 'rxjs';
import {
  attach,
  type ConnectionState,
  type Database,
  type EngineSpec,
  type Holder,
  type HostOptions,
  host,
  type Migration,
  type ServeOptions,
  type Server,
  type ServerEvent,
  type ServerReport,
  type ServerState,
  type SpawnOptions,
  type SyncDatabase,
  serve,
  spawn,
} from 'sluice';
import { betterSqlite3 } from 'sluice/engines/better-sqlite3';
import { nodeSqlite } from 'sluice/engines/node-sqlite';
import { sqliteWasm } from 'sluice/engines/sqlite-wasm';
import { exactly } from './exactly.type-spec.ts';

declare const engine: EngineSpec;
declare const server: Server;
declare const port: MessagePort;
declare const ownWorker: Worker;
declare const db: Database;
declare const scriptsOnly: readonly string[];
declare const anyMigrations: readonly Migration[];
const module = new URL('./on-the-server.js', 'file:///');

// Engines are data.
exactly<EngineSpec>()(betterSqlite3({ file: 'todos.db', durability: 'full', busyTimeoutMs: 100 }));
exactly<EngineSpec>()(nodeSqlite({ statementCacheSize: 0 }));
exactly<EngineSpec>()(sqliteWasm());
// @ts-expect-error there is no such durability
betterSqlite3({ durability: 'none' });

// spawn: on an engine, on a worker file, or on a worker that a bundler finds.
exactly<Server>()(spawn(engine));
exactly<Server>()(spawn(engine, { name: 'todos', restart: true, shutdownWhenUnused: true }));
exactly<Server>()(spawn(engine, { migrations: ['CREATE TABLE todo (id)'], module }));
exactly<Server>()(spawn(engine, { migrations: scriptsOnly }));
exactly<Server>()(spawn(module, { name: 'todos' }));
exactly<Server>()(spawn(() => ownWorker, { restart: true }));
// What may be left out may be undefined.
const unsure: undefined = undefined;
exactly<EngineSpec>()(betterSqlite3({ file: unsure, durability: unsure, busyTimeoutMs: unsure, readers: unsure }));
exactly<EngineSpec>()(
  sqliteWasm({ name: unsure, persistence: unsure, image: unsure, journal: unsure, wasmUrl: unsure }),
);
exactly<Server>()(spawn(engine, { name: unsure, restart: unsure, exactlyOnce: unsure, leaderTimeoutMs: unsure }));
exactly<Server>()(
  spawn(engine, { migrations: unsure, module: unsure, groupCommit: unsure, maxWaitingPerClient: unsure }),
);
exactly<Database>()(server.connect({ closeServer: unsure, queueTimeoutMs: unsure, priority: unsure }));
// @ts-expect-error a function cannot be sent to the worker: a module exports it
spawn(engine, { migrations: [(on: SyncDatabase) => void on.execute('DELETE FROM todo')] });
// @ts-expect-error some may be functions
spawn(engine, { migrations: anyMigrations });
// @ts-expect-error procedures cannot be sent to the worker: a module exports them
spawn(engine, { procedures: {} });
// @ts-expect-error `setup` cannot be sent to the worker: a module exports it
spawn(engine, { setup: () => undefined });
// @ts-expect-error `onEvent` cannot be sent to the worker: a module exports it
spawn(engine, { onEvent: () => undefined });
// @ts-expect-error a module is told by its URL, which does not depend on the folder
spawn(engine, { module: './on-the-server.js' });
// @ts-expect-error a name is text
spawn(engine, { name: 7 });
// @ts-expect-error it is restarted or not
spawn(engine, { restart: 3 });
// @ts-expect-error a file is opened by an engine
spawn('todos.db');
// @ts-expect-error a worker is made anew when it is restarted
spawn(ownWorker);
exactly<string | undefined>()({} as SpawnOptions['name']);
exactly<readonly string[] | undefined>()({} as SpawnOptions['migrations']);

// host and serve: in this thread, so they take functions too.
const everything: HostOptions = {
  migrations: anyMigrations,
  procedures: { count: (on: SyncDatabase) => on.select('SELECT 1').length },
  setup: (on) => on.exec('PRAGMA cache_size = 100'),
  onEvent: (event) => exactly<ServerEvent>()(event),
  shutdownWhenUnused: true,
  beforeShutdown: () => undefined,
};
exactly<Server>()(host(engine));
exactly<Server>()(host(engine, everything));
exactly<Server>()(host(engine, { migrations: scriptsOnly }));
exactly<void>()(serve(engine, everything satisfies ServeOptions));
// @ts-expect-error it has no name that other threads could find
host(engine, { name: 'todos' });
// @ts-expect-error what is in this thread is not restarted without it
host(engine, { restart: true });
// @ts-expect-error the module is this one
serve(engine, { module });
// @ts-expect-error an engine opens the database
serve({ migrations: [] });

// attach: by a port, or by a name.
exactly<Server>()(attach(port));
exactly<Server>()(attach('todos'));
// @ts-expect-error a worker is spawned
attach(ownWorker);
// @ts-expect-error whoever attaches asks for nothing: the server is there
attach('todos', { restart: true });

// What a server, and a connection to it, tell of themselves.
exactly<MessagePort>()(server.port());
exactly<Observable<void>>()(server.shutdown());
exactly<Observable<ServerState>>()(server.state);
exactly<'starting' | 'open' | 'temporary' | 'restarting' | 'closed'>()({} as ServerState);
exactly<Observable<ConnectionState>>()(db.state);
exactly<Observable<ServerReport>>()(server.inspect());
exactly<Observable<readonly Holder[]>>()(server.inspect().pipe(map(({ holders }) => holders)));
exactly<Observable<number | undefined>>()(server.inspect().pipe(map(({ queue }) => queue[0]?.waitedMs)));
exactly<Observable<string | undefined>>()(server.inspect().pipe(map(({ liveQueries: [first] }) => first?.sql)));
// @ts-expect-error there is no such state
server.state.subscribe((state) => state === 'lost');
// @ts-expect-error a report is told, not changed
server.inspect().subscribe((report) => (report.version = 0));

// Events are told apart by their kind.
function logged(event: ServerEvent): string {
  exactly<'operation' | 'live-run' | 'commit'>()(event.kind);
  // @ts-expect-error not every event has a statement
  event.sql;
  switch (event.kind) {
    case 'operation':
      exactly<string>()(event.request);
      exactly<string | undefined>()(event.sql);
      exactly<number[]>()([event.client, event.waitedMs, event.tookMs]);
      exactly<unknown>()(event.failure);
      // @ts-expect-error an operation is not told its version: its commit is
      event.version;
      return event.request;
    case 'live-run':
      exactly<string>()(event.sql);
      exactly<readonly string[]>()(event.reason);
      exactly<number[]>()([event.rows, event.runs, event.wastedRuns, event.totalMs]);
      return event.sql;
    case 'commit':
      exactly<number>()(event.version);
      exactly<readonly string[]>()(event.tables);
      // @ts-expect-error a commit is of no client
      event.client;
      return event.tables.join();
    default:
      exactly<never>()(event);
      return event;
  }
}
void logged;
// @ts-expect-error there is no such kind
host(engine, { onEvent: ({ kind }) => kind === 'rollback' });
