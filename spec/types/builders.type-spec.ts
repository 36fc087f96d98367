/** The row types that Kysely and Drizzle know reach the Observables. */
import { count, sql as drizzleSql, eq } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { integer, QueryBuilder, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { drizzle } from 'drizzle-orm/sqlite-proxy';
import {
  DummyDriver,
  type Generated,
  Kysely,
  sql as kyselySql,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Observable } from 'rxjs';
import type { ArrayRows, Database, Executed } from 'sluice';
import { exactly } from './exactly.type-spec.ts';

declare const db: Database;
type Rows<R> = Observable<readonly R[]>;

interface TodoTable {
  id: Generated<number>;
  title: string;
  done: number;
  due: string | null;
}
const kysely = new Kysely<{ todo: TodoTable; tag: { todo: number; name: string } }>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (instance) => new SqliteIntrospector(instance),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});
type Todo = { id: number; title: string; done: number; due: string | null };

const open = kysely.selectFrom('todo').select(['id', 'title']).where('done', '=', 0);
exactly<Rows<{ id: number; title: string }>>()(db.select(open));
exactly<Rows<{ id: number; title: string }>>()(db.watch(open));
exactly<Rows<Todo>>()(db.watch(kysely.selectFrom('todo').selectAll()));
exactly<Observable<ArrayRows>>()(db.select(open, { rows: 'arrays' }));
exactly<Rows<{ title: string; name: string | null }>>()(
  db.watch(kysely.selectFrom('todo').leftJoin('tag', 'tag.todo', 'todo.id').select(['title', 'name'])),
);
exactly<Rows<{ n: number }>>()(db.watch(kysely.selectFrom('todo').select(({ fn }) => fn.countAll<number>().as('n'))));
db.transaction((tx) => {
  exactly<Rows<{ id: number; title: string }>>()(tx.select(open));
  return tx.watch(open);
});

const add = kysely.insertInto('todo').values({ title: 'milk', done: 0 });
const finish = kysely.updateTable('todo').set({ done: 1 }).where('id', '=', 3);
const clear = kysely.deleteFrom('todo').where('done', '=', 1);
exactly<Observable<Executed>>()(db.execute(add));
exactly<Observable<Executed>>()(db.execute(finish));
exactly<Observable<Executed>>()(db.execute(clear));
exactly<Observable<Executed>>()(db.execute(kysely.schema.createTable('list').addColumn('id', 'integer')));
exactly<Rows<Todo>>()(db.select(add.returningAll()));
exactly<Rows<{ id: number }>>()(db.select(finish.returning('id')));
exactly<Rows<{ title: string }>>()(db.select(clear.returning(['title'])));
db.batch((batch) => {
  batch.execute(add);
  batch.execute(clear);
});

// @ts-expect-error `done` was not selected
db.select(open).subscribe(([first]) => first?.done);
// @ts-expect-error a builder says its row type itself
db.select<{ other: string }>(open);
// @ts-expect-error a builder carries its parameters
db.select(open, [1]);
// @ts-expect-error a builder carries its parameters
db.execute(add, []);
// @ts-expect-error Kysely's raw SQL compiles only with an executor beside it
db.select(kyselySql<Todo>`SELECT * FROM todo`);

const todos = sqliteTable('todo', {
  id: integer().primaryKey(),
  title: text().notNull(),
  done: integer().notNull(),
  due: text(),
});
const tags = sqliteTable('tag', { todo: integer().notNull(), name: text().notNull() });
const proxy = drizzle(async () => ({ rows: [] }), { schema: { todos } });
declare const direct: BetterSQLite3Database;

exactly<Rows<Todo>>()(db.select(proxy.select().from(todos)));
exactly<Rows<Todo>>()(db.watch(proxy.select().from(todos).where(eq(todos.done, 0)).orderBy(todos.title).limit(10)));
exactly<Rows<Todo>>()(db.watch(direct.select().from(todos)));
exactly<Rows<Todo>>()(db.watch(new QueryBuilder().select().from(todos)));
exactly<Rows<{ title: string; n: number }>>()(
  db.watch(proxy.select({ title: todos.title, n: count() }).from(todos).groupBy(todos.title)),
);
exactly<Rows<{ name: string | null }>>()(
  db.watch(proxy.select({ name: tags.name }).from(todos).leftJoin(tags, eq(tags.todo, todos.id))),
);
exactly<Rows<{ m: number }>>()(db.select(proxy.select({ m: drizzleSql<number>`max(id)`.as('m') }).from(todos)));
exactly<Rows<Todo>>()(db.watch(proxy.select().from(todos).$dynamic()));
exactly<Observable<ArrayRows>>()(db.watch(proxy.select().from(todos), { rows: 'arrays' }));

const insert = proxy.insert(todos).values({ title: 'milk', done: 0 });
exactly<Observable<Executed>>()(db.execute(insert));
exactly<Observable<Executed>>()(db.execute(direct.insert(todos).values({ title: 'milk', done: 0 })));
exactly<Observable<Executed>>()(db.execute(proxy.update(todos).set({ done: 1 })));
exactly<Observable<Executed>>()(db.execute(proxy.delete(todos)));
exactly<Rows<Todo>>()(db.select(insert.returning()));
exactly<Rows<Todo>>()(db.select(direct.insert(todos).values({ title: 'milk', done: 0 }).returning()));
exactly<Rows<{ id: number }>>()(db.select(proxy.delete(todos).returning({ id: todos.id })));

// @ts-expect-error `done` was not selected
db.watch(proxy.select({ id: todos.id }).from(todos)).subscribe(([first]) => first?.done);
// @ts-expect-error without returning() there are no rows
db.select(insert);
// @ts-expect-error a single row is no list of rows: sluice gives lists
db.select(proxy.query.todos.findFirst());
