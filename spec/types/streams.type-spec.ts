/** The operators take a real Database, and carry its row types and handles on. */

import { eq } from 'drizzle-orm';
import { integer, QueryBuilder, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { drizzle } from 'drizzle-orm/sqlite-proxy';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { map, type Observable, type OperatorFunction, of } from 'rxjs';
import { type Batch, type Database, type Executed, sql, type Transaction } from 'sluice';
import { batch, execute, transaction, watch } from 'sluice/streams';
import { exactly } from './exactly.type-spec.ts';

declare const db: Database;
declare const tx: Transaction;
declare const ids: Observable<number>;
declare const date: Date;
type Rows<R> = Observable<readonly R[]>;
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

// watch: the row type of the query that belongs to the value.
exactly<Rows<Todo>>()(ids.pipe(watch(db, (id) => sql<Todo>`SELECT id, title FROM todo WHERE id = ${id}`)));
exactly<Rows<{ title: string }>>()(
  ids.pipe(watch(db, (id) => kysely.selectFrom('todo').select('title').where('id', '=', id))),
);
exactly<Rows<Todo>>()(ids.pipe(watch(db, (id) => orm.select().from(todos).where(eq(todos.id, id)))));
exactly<Rows<Todo>>()(ids.pipe(watch(db, (id) => new QueryBuilder().select().from(todos).where(eq(todos.id, id)))));
exactly<Rows<Todo>>()(ids.pipe(watch(tx, (id) => sql<Todo>`SELECT id, title FROM todo WHERE id = ${id}`)));
exactly<Rows<Todo>>()(ids.pipe(watch<number, Todo>(db, (id) => `SELECT id, title FROM todo LIMIT ${id}`)));
const byId = watch(db, (id: number) => sql<Todo>`SELECT id, title FROM todo WHERE id = ${id}`);
exactly<OperatorFunction<number, readonly Todo[]>>()(byId);
exactly<Rows<Todo>>()(
  ids.pipe(watch<number, Todo>(db, (id) => (id > 0 ? sql`SELECT * FROM todo WHERE id = ${id}` : 'SELECT * FROM todo'))),
);
exactly<Rows<Record<string, unknown>>>()(ids.pipe(watch(db, () => 'SELECT id, title FROM todo')));
exactly<Rows<Record<string, unknown>>>()(
  of(1).pipe(watch(db, (id) => sql`SELECT id, title FROM todo WHERE id = ${id}`)),
);
exactly<Observable<string | undefined>>()(
  ids.pipe(
    watch(db, (id) => sql<Todo>`SELECT id, title FROM todo WHERE id = ${id}`),
    map(([first]) => first?.title),
  ),
);
const promised: Rows<Todo> = ids.pipe(watch(db, () => 'SELECT id, title FROM todo'));
const promisedOfTemplate: Rows<Todo> = ids.pipe(watch(db, (id) => sql`SELECT id, title FROM todo WHERE id = ${id}`));
void [promised, promisedOfTemplate];
ids.pipe(
  watch(db, (id) => sql<Todo>`SELECT id, title FROM todo WHERE id = ${id}`),
  // @ts-expect-error `due` was not selected
  map(([first]) => first?.due),
);
ids.pipe(
  watch(db, () => 'SELECT 1 AS one'),
  // @ts-expect-error what was not typed is to be looked at first
  map(([first]) => first?.one.length),
);
// @ts-expect-error a number is no query
ids.pipe(watch(db, (id) => id));
// @ts-expect-error a Date is no value
ids.pipe(watch(db, () => sql`SELECT ${date}`));
// @ts-expect-error what does not watch is no database
ids.pipe(watch({}, () => 'SELECT 1'));
// @ts-expect-error the values are numbers
ids.pipe(watch(db, (id: string) => sql`SELECT ${id}`));

// Whatever watches will do, whatever its queries and results are.
const made = { watch: (query: { key: string }) => of(query.key.length) };
exactly<Observable<number>>()(ids.pipe(watch(made, (id) => ({ key: String(id) }))));
// @ts-expect-error this one watches keys
ids.pipe(watch(made, () => 'SELECT 1'));

// execute: every form of a query, and what executing it gave.
exactly<Observable<Executed>>()(ids.pipe(execute(db, (id) => sql`DELETE FROM todo WHERE id = ${id}`)));
exactly<Observable<Executed>>()(ids.pipe(execute(db, () => 'DELETE FROM todo')));
exactly<Observable<Executed>>()(ids.pipe(execute(db, (id) => kysely.deleteFrom('todo').where('id', '=', id))));
exactly<Observable<Executed>>()(ids.pipe(execute(db, (id) => kysely.insertInto('todo').values({ id, title: 'milk' }))));
exactly<Observable<Executed>>()(ids.pipe(execute(db, (id) => orm.delete(todos).where(eq(todos.id, id)))));
exactly<Observable<Executed>>()(ids.pipe(execute(tx, (id) => orm.insert(todos).values({ id, title: 'milk' }))));
// @ts-expect-error a number is no query
ids.pipe(execute(db, (id) => id));
// @ts-expect-error a query for each value, not one for all
ids.pipe(execute(db, 'DELETE FROM todo'));

// transaction: the handle is a Transaction, and the output what the work emits.
exactly<Observable<number>>()(
  ids.pipe(
    transaction(db, (handle, id) => {
      exactly<Transaction>()(handle);
      exactly<number>()(id);
      return of(id);
    }),
  ),
);
exactly<Rows<Todo>>()(ids.pipe(transaction(db, (handle, id) => handle.select(sql<Todo>`SELECT ${id}`))));
exactly<Observable<string>>()(ids.pipe(transaction(db, async (_, id) => String(id))));
exactly<Observable<Executed>>()(
  ids.pipe(transaction(tx, (handle, id) => handle.execute('DELETE FROM todo WHERE id = ?', [id]))),
);
exactly<Observable<unknown>>()(
  ids.pipe(transaction(db, (handle) => void handle.execute('DELETE FROM todo').subscribe())),
);
// @ts-expect-error a transaction is not closed, it ends
ids.pipe(transaction(db, (handle) => handle.close()));
// @ts-expect-error a number is nothing to wait for
ids.pipe(transaction(db, (_, id) => id));

// batch: the handle is a Batch, and the values are those gathered.
exactly<Observable<Executed>>()(
  ids.pipe(
    batch(db, (writes, gathered) => {
      exactly<Batch>()(writes);
      exactly<number[]>()(gathered);
      writes.executeMany(
        'DELETE FROM todo WHERE id = ?',
        gathered.map((id) => [id]),
      );
    }),
  ),
);
exactly<Observable<Executed>>()(ids.pipe(batch(tx, (writes) => writes.execute('DELETE FROM todo'), { maxSize: 10 })));
// @ts-expect-error a batch only writes
ids.pipe(batch(db, (writes) => writes.select('SELECT 1')));
// @ts-expect-error a batch has no such limit
ids.pipe(batch(db, () => undefined, { maxBytes: 10 }));
