/** What runs on the server is typed where it is written, and again where it is called. */
import { map, type Observable } from 'rxjs';
import {
  type Database,
  type EngineSpec,
  host,
  type Migration,
  type Procedures,
  type ProcedureTypes,
  type Row,
  type Server,
  type SetupDatabase,
  type SqlValue,
  type SyncDatabase,
  sql,
} from 'sluice';
import { exactly } from './exactly.type-spec.ts';

declare const server: Server;
declare const engine: EngineSpec;
declare const date: Date;
interface Todo {
  id: number;
  title: string;
}

const procedures = {
  open: (db: SyncDatabase): Todo[] => db.select<Todo>('SELECT id, title FROM todo WHERE NOT done'),
  add(db: SyncDatabase, title: string, due: string | null): number | bigint {
    return db.execute('INSERT INTO todo (title, due) VALUES (?, ?)', [title, due]).lastInsertRowid;
  },
  rename(db: SyncDatabase, { id, title }: Todo, at?: Date): void {
    db.execute('UPDATE todo SET title = ?, at = ? WHERE id = ?', [title, at?.getTime() ?? null, id]);
  },
  page(db: SyncDatabase, from: number, size = 10) {
    return { from, rows: db.select(sql<Todo>`SELECT id, title FROM todo LIMIT ${size} OFFSET ${from}`) };
  },
  remove: (db: SyncDatabase, ...ids: number[]) => ids.map((id) => db.execute('DELETE FROM todo WHERE id = ?', [id])),
  isReady: () => true,
  fail(_: SyncDatabase): never {
    throw new RangeError('too far');
  },
  late: async (db: SyncDatabase) => db.select('SELECT 1').length,
  lateOrNot: (_: SyncDatabase, wait: boolean): string | Promise<string> => (wait ? Promise.resolve('a') : 'b'),
};
const db = server.connect<typeof procedures>();

// connect: told what it may call, and what it may not tell is refused.
exactly<Database<typeof procedures>>()(db);
exactly<Database<typeof procedures>>()(server.connect<typeof procedures>({ queueTimeoutMs: 100, closeServer: true }));
exactly<Database>()(server.connect());
exactly<Database<ProcedureTypes>>()(server.connect());
const asAnyOther: Database = db;
void asAnyOther;
// @ts-expect-error the procedures are a type here: their code is on the server
server.connect(procedures);
// @ts-expect-error a procedure is a function
server.connect<{ open: number }>();
// @ts-expect-error there is no such option
server.connect<typeof procedures>({ name: 'todos' });

// call: the arguments behind the database, and what the procedure returns.
exactly<Observable<Todo[]>>()(db.call('open'));
exactly<Observable<number | bigint>>()(db.call('add', 'milk', null));
exactly<Observable<void>>()(db.call('rename', { id: 1, title: 'eggs' }));
exactly<Observable<void>>()(db.call('rename', { id: 1, title: 'eggs' }, date));
exactly<Observable<{ from: number; rows: Todo[] }>>()(db.call('page', 20));
exactly<Observable<{ from: number; rows: Todo[] }>>()(db.call('page', 20, 5));
exactly<Observable<number[]>>()(
  db.call('remove', 1, 2, 3).pipe(map((removed) => removed.map(({ changes }) => changes))),
);
exactly<Observable<boolean>>()(db.call('isReady'));
exactly<Observable<never>>()(db.call('fail'));
// @ts-expect-error there is no such procedure
db.call('nothing');
// @ts-expect-error a name is not put together at run time
db.call('open' as string);
// @ts-expect-error an argument is missing
db.call('add', 'milk');
// @ts-expect-error all arguments are missing
db.call('add');
// @ts-expect-error an argument too many
db.call('add', 'milk', null, 1);
// @ts-expect-error it takes none
db.call('open', 1);
// @ts-expect-error it takes none, not even the database
db.call('isReady', 1);
// @ts-expect-error the title is a string
db.call('add', 1, null);
// @ts-expect-error undefined is not null
db.call('add', 'milk', undefined);
// @ts-expect-error the title is missing
db.call('rename', { id: 1 });
// @ts-expect-error the rest are numbers too
db.call('remove', 1, '2');
// @ts-expect-error the server passes its own database
db.call('open', db);
// @ts-expect-error a list, and no single row
db.call('open').subscribe(({ title }) => title);
// @ts-expect-error only the server's connection has procedures, not a transaction
db.transaction((tx) => tx.call('open'));

// A Promise is refused where the procedure runs: it is never emitted.
exactly<Observable<never>>()(db.call('late'));
exactly<Observable<string>>()(db.call('lateOrNot', false));

// A Database that was not told its procedures calls any: nothing is known of what they give.
exactly<Observable<unknown>>()(server.connect().call('add', 'milk', null));
exactly<Observable<unknown>>()(server.connect().call('whatever'));
const untold = server.connect().call('open');
// @ts-expect-error what is not known is to be looked at first
untold.subscribe((todos) => todos.length);

// The server's side: synchronous, on a database of its own.
host(engine, { procedures });
host(engine, { procedures: procedures satisfies Procedures });
host(engine, { procedures: { add: (on: SyncDatabase, title: string) => on.execute('SELECT ?', [title]) } });
host(engine, {
  procedures: {
    open: (on) => {
      exactly<SyncDatabase>()(on);
      exactly<Row[]>()(on.select('SELECT 1'));
      exactly<Todo[]>()(on.select<Todo>('SELECT id, title FROM todo WHERE id = :id', { id: 1 }));
      exactly<Todo[]>()(on.select(sql<Todo>`SELECT id, title FROM todo`));
      exactly<number>()(on.execute(sql`DELETE FROM todo`).changes);
      exactly<number | bigint>()(on.executeScript('DELETE FROM todo; DELETE FROM tag').lastInsertRowid);
      // @ts-expect-error a Date has two common forms, and SQLite knows neither
      on.execute('UPDATE todo SET at = ?', [date]);
      // @ts-expect-error a template carries its parameters
      on.select(sql`SELECT 1`, [1]);
      // @ts-expect-error nothing here can be followed: it is done when it returns
      on.watch('SELECT 1');
      // @ts-expect-error the procedure is the transaction
      on.transaction(() => undefined);
    },
  },
});
// @ts-expect-error a procedure is a function
host(engine, { procedures: { open: 'SELECT 1' } });
// @ts-expect-error procedures go by name
host(engine, { procedures: [procedures.open] });
// @ts-expect-error a procedure's first argument is the server's database, not a client's
host(engine, { procedures: { open: (on: Database) => on.select('SELECT 1') } });

// Migrations: scripts, and functions of the same database.
const migrations: readonly Migration[] = [
  'CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT NOT NULL)',
  (on) => {
    exactly<SyncDatabase>()(on);
    for (const { id } of on.select<{ id: number }>('SELECT id FROM old'))
      on.execute(sql`DELETE FROM old WHERE id = ${id}`);
  },
  (on: SyncDatabase) => void on.executeScript('DROP TABLE old'),
];
host(engine, { migrations });
// @ts-expect-error a template is no script: a script has no parameters
host(engine, { migrations: [sql`CREATE TABLE todo (id)`] });
// @ts-expect-error steps come in order
host(engine, { migrations: { 1: 'CREATE TABLE todo (id)' } });
// @ts-expect-error a migration gets nothing but the database
host(engine, { migrations: [(_: SyncDatabase, version: number) => void version] });

// Set-up: PRAGMAs, functions and collations, and nothing that reads.
host(engine, {
  setup: (on) => {
    exactly<SetupDatabase>()(on);
    exactly<void>()(on.exec('PRAGMA cache_size = 100'));
    on.function('half', (value) => {
      exactly<SqlValue>()(value as SqlValue);
      return Number(value) / 2;
    });
    on.function('joined', (...parts) => parts.join(), { deterministic: true, varargs: true });
    on.aggregate('product', {
      start: () => 1,
      step: (total, value) => total * Number(value),
      inverse: (total, value) => total / Number(value),
      result: (total) => total,
    });
    on.aggregate<string[]>('longest', {
      start: () => [],
      step: (all, value) => [...all, String(value)],
      result: (all) => all.sort((a, b) => b.length - a.length)[0] ?? null,
    });
    on.collation('by_length', (a, b) => a.length - b.length);
    // @ts-expect-error a Date is no value for SQLite
    on.function('now', () => new Date());
    // @ts-expect-error SQLite waits for no Promise
    on.function('later', async () => 1);
    // @ts-expect-error an aggregate has a result
    on.aggregate('sum', { start: () => 0, step: (total: number) => total });
    // @ts-expect-error a comparison gives a number
    on.collation('by_length', (a, b) => a.length > b.length);
    // @ts-expect-error what is set up is each connection, not the data in the file
    on.select('SELECT 1');
  },
});
