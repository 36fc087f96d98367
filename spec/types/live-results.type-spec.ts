/** The live queries that give more than rows: several results together, and what changed from one to the next. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { drizzle } from 'drizzle-orm/sqlite-proxy';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { map, type Observable, type OperatorFunction } from 'rxjs';
import {
  type Database,
  DuplicateKeyError,
  type Row,
  type RowChanges,
  type RowKey,
  type RowMove,
  type RowUpdate,
  sql,
  type Transaction,
  versionOf,
} from 'sluice';
import { rowChanges } from 'sluice/streams';
import { exactly } from './exactly.type-spec.ts';

declare const db: Database;
declare const tx: Transaction;
interface Todo {
  id: number;
  title: string;
}

const kysely = new Kysely<{ todo: Todo }>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (instance) => new SqliteIntrospector(instance),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});
const todos = sqliteTable('todo', { id: integer().primaryKey(), title: text().notNull() });
const orm = drizzle(async () => ({ rows: [] }));
const written = sql<Todo>`SELECT id, title FROM todo`;
const typed = kysely.selectFrom('todo').select('title');
const mapped = orm.select({ id: todos.id }).from(todos);

// watchAll: each name with the rows of its own query.
exactly<
  Observable<{
    readonly text: readonly Row[];
    readonly template: readonly Todo[];
    readonly untyped: readonly Row[];
    readonly typed: readonly { title: string }[];
    readonly mapped: readonly { id: number }[];
  }>
>()(db.watchAll({ text: 'SELECT 1', template: written, untyped: sql`SELECT ${1}`, typed, mapped }));
exactly<Observable<{ readonly count: readonly { n: number }[] }>>()(
  db.watchAll({ count: sql<{ n: number }>`SELECT count(*) AS n FROM todo` }),
);
exactly<Observable<{ readonly own: readonly Row[]; readonly built: readonly Row[] }>>()(
  db.watchAll({
    own: { sql: 'SELECT ?', params: [1] },
    built: { toSQL: () => ({ sql: 'SELECT ?', params: [1] }) },
  }),
);
exactly<Observable<{ readonly either: readonly (Row | Todo)[] }>>()(
  db.watchAll({ either: Math.random() > 0.5 ? written : 'SELECT 1' }),
);
const queriesByName: Readonly<Record<string, string>> = {};
exactly<Observable<Readonly<Record<string, readonly Row[]>>>>()(db.watchAll(queriesByName));
exactly<Observable<string | undefined>>()(
  db.watchAll({ all: written, some: 'SELECT 1' }).pipe(map(({ all: [first] }) => first?.title)),
);
db.watchAll({ all: written, some: 'SELECT 1' }).subscribe((results) => {
  exactly<'all' | 'some'>()({} as keyof typeof results);
  exactly<number | undefined>()(versionOf(results));
  // @ts-expect-error no query has this name
  results.others;
  // @ts-expect-error `due` was not selected
  results.all[0]?.due;
  // @ts-expect-error a column of an untyped row is any of SQLite's values
  results.some[0]?.title?.trim();
  // @ts-expect-error a result is not to be changed: others share it
  results.all.push({ id: 1, title: 'milk' });
  // @ts-expect-error nor is one put into the place of another
  results.all = [];
});
// @ts-expect-error a number is no query
db.watchAll({ all: 1 });
// @ts-expect-error text has no parameters here: a template has them
db.watchAll({ all: ['SELECT ?', [1]] });
// @ts-expect-error queries go by name
db.watchAll('SELECT 1');
// @ts-expect-error each emission has rows as objects
db.watchAll({ all: written }, { rows: 'arrays' });
// @ts-expect-error a query, not what following one gives
db.watchAll({ all: db.watch(written) });
// @ts-expect-error a transaction's live queries come one by one
tx.watchAll({ all: written });

// watchChanges: the key is of the row, and the changes are rows.
exactly<Observable<RowChanges<Todo>>>()(db.watchChanges(written, { key: 'id' }));
exactly<Observable<RowChanges<Todo>>>()(tx.watchChanges(written, { key: 'id' }));
exactly<Observable<RowChanges<Todo>>>()(db.watchChanges(written, { key: ['title', 'id'] }));
exactly<Observable<RowChanges<Todo>>>()(db.watchChanges(written, { key: ({ id, title }) => [id, title] }));
exactly<Observable<RowChanges<Todo>>>()(
  db.watchChanges<Todo>('SELECT id, title FROM todo WHERE id < ?', [9], { key: 'id' }),
);
exactly<Observable<RowChanges<Todo>>>()(
  db.watchChanges<Todo>('SELECT id, title FROM todo', undefined, { key: (todo) => todo.id }),
);
exactly<Observable<RowChanges<{ title: string }>>>()(db.watchChanges(typed, { key: 'title' }));
exactly<Observable<RowChanges<{ id: number }>>>()(db.watchChanges(mapped, { key: 'id' }));
// A row that nobody typed is a plain Row, whatever the key says of it.
exactly<Observable<RowChanges<Row>>>()(db.watchChanges('SELECT id FROM todo', [], { key: 'id' }));
exactly<Observable<RowChanges<Row>>>()(db.watchChanges('SELECT id FROM todo', [], { key: ['id', 'title'] }));
exactly<Observable<RowChanges<Row>>>()(db.watchChanges('SELECT id FROM todo', [], { key: (row) => row.id }));
exactly<Observable<RowChanges<Row>>>()(db.watchChanges(sql`SELECT id FROM todo`, { key: 'id' }));
exactly<Observable<RowChanges<Row>>>()(db.watchChanges({ sql: 'SELECT id FROM todo', params: [] }, { key: 'id' }));

db.watchChanges(written, { key: 'id' }).subscribe((changes) => {
  exactly<readonly Todo[]>()(changes.rows);
  exactly<readonly Todo[]>()(changes.inserted);
  exactly<readonly Todo[]>()(changes.removed);
  exactly<readonly RowUpdate<Todo>[]>()(changes.updated);
  exactly<readonly RowMove<Todo>[]>()(changes.moved);
  for (const { old, new: now } of changes.updated) exactly<Todo[]>()([old, now]);
  for (const { row, from, to } of changes.moved) {
    exactly<Todo>()(row);
    exactly<number[]>()([from, to]);
  }
});
// @ts-expect-error `due` was not selected
db.watchChanges(written, { key: 'due' });
// @ts-expect-error `due` was not selected
db.watchChanges(written, { key: ['id', 'due'] });
// @ts-expect-error `due` was not selected
db.watchChanges(written, { key: (todo) => todo.due });
// @ts-expect-error `id` was not selected
db.watchChanges(typed, { key: 'id' });
// @ts-expect-error `due` was not selected
db.watchChanges<Todo>('SELECT id, title FROM todo', [], { key: 'due' });
// @ts-expect-error a row without a key is not known again
db.watchChanges(written);
// @ts-expect-error a row without a key is not known again
db.watchChanges(written, {});
// @ts-expect-error a row without a key is not known again
db.watchChanges('SELECT id FROM todo', []);
// @ts-expect-error options come third beside text, behind the parameters
db.watchChanges('SELECT id FROM todo', { key: 'id' });
// @ts-expect-error a template carries its parameters
db.watchChanges(written, [], { key: 'id' });
// @ts-expect-error rows are objects here
db.watchChanges(written, { key: 'id', rows: 'arrays' });
// @ts-expect-error a place is no column
db.watchChanges(written, { key: 0 });

// The same, of any Observable of rows.
exactly<Observable<RowChanges<Todo>>>()(db.watch(written).pipe(rowChanges({ key: 'id' })));
exactly<OperatorFunction<readonly Todo[], RowChanges<Todo>>>()(rowChanges<Todo>({ key: ['id', 'title'] }));
exactly<'id' | 'title' | readonly ('id' | 'title')[] | ((row: Todo) => unknown)>()({} as RowKey<Todo>);
// @ts-expect-error `due` was not selected
db.watch(written).pipe(rowChanges({ key: 'due' }));
const failure: unknown = undefined;
if (failure instanceof DuplicateKeyError) {
  exactly<unknown>()(failure.key);
  exactly<number[]>()([failure.first, failure.second]);
}
