/** Kysely and Drizzle as users bring them: their queries over a real worker and a real file. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { and, asc, count, sql as drizzleSql, eq, gt } from 'drizzle-orm';
import { integer, QueryBuilder, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { drizzle } from 'drizzle-orm/sqlite-proxy';
import {
  CamelCasePlugin,
  DummyDriver,
  type Generated,
  Kysely,
  type KyselyPlugin,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { concat, firstValueFrom, map, of } from 'rxjs';
import { type Database, StatementError, type TypedQuery } from '../../lib/index.ts';
import { execute } from '../../streams/execute.ts';
import { watch } from '../../streams/watch.ts';
import { type Bench, done, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

interface Tables {
  todo: { id: Generated<number>; title: string; done: boolean | number };
  todo_list: { list_id: number; list_name: string };
}

/** Kysely without a connection: it only writes SQL. */
function kyselyWith<T = Tables>(...plugins: KyselyPlugin[]): Kysely<T> {
  return new Kysely<T>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
    plugins,
  });
}
const kysely = kyselyWith();

/** Drizzle without a connection, with property names equal to the columns' in `todos`, and different ones in `lists`. */
const todos = sqliteTable('todo', {
  id: integer().primaryKey(),
  title: text().notNull(),
  done: integer({ mode: 'boolean' }).notNull(),
});
const lists = sqliteTable('todo_list', {
  listId: integer('list_id').primaryKey(),
  listName: text('list_name').notNull(),
});
const orm = drizzle(() => Promise.reject(new Error('Drizzle ran a query by itself')), { schema: { todos, lists } });

const schema = `
  CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT NOT NULL, done INTEGER NOT NULL);
  CREATE TABLE todo_list (list_id INTEGER PRIMARY KEY, list_name TEXT NOT NULL);
  INSERT INTO todo VALUES (1, 'milk', 0), (2, 'eggs', 1);
  INSERT INTO todo_list VALUES (1, 'shop');`;

const withTodos = (body: (bench: Bench) => Promise<void>): Promise<void> =>
  withServer(async (bench) => {
    await done(bench.db.executeScript(schema));
    await body(bench);
  });

const titlesOf = (db: Database) =>
  firstValueFrom(
    db
      .select<{ title: string }>('SELECT title FROM todo ORDER BY id')
      .pipe(map((rows) => rows.map(({ title }) => title))),
  );

describe('Kysely', () => {
  it('selects', () =>
    withTodos(async ({ db }) => {
      const open = kysely.selectFrom('todo').selectAll().where('id', '>', 0).where('title', '=', 'milk');
      assert.deepEqual(await done(db.select(open)), [{ id: 1, title: 'milk', done: 0 }]);
      assert.deepEqual(await done(db.select(open, { rows: 'arrays' })), {
        columns: ['id', 'title', 'done'],
        rows: [[1, 'milk', 0]],
      });
    }));

  it('binds booleans as 1 and 0', () =>
    withTodos(async ({ db }) => {
      await done(db.execute(kysely.insertInto('todo').values({ title: 'soap', done: true })));
      const finished = kysely.selectFrom('todo').select(['title', 'done']).where('done', '=', true).orderBy('id');
      assert.deepEqual(await done(db.select(finished)), [
        { title: 'eggs', done: 1 },
        { title: 'soap', done: 1 },
      ]);
    }));

  it('watches', () =>
    withTodos(async ({ db }) => {
      const open = kysely.selectFrom('todo').select(['id', 'title']).where('done', '=', false).orderBy('id');
      const live = record(db.watch(open));
      await live.count(1);
      await done(db.execute(kysely.insertInto('todo').values({ title: 'soap', done: false })));
      await live.count(2);
      await done(db.execute(kysely.updateTable('todo').set({ done: true }).where('title', '=', 'milk')));
      await live.count(3);
      const [milk, soap] = [
        { id: 1, title: 'milk' },
        { id: 3, title: 'soap' },
      ];
      assert.deepEqual(live.values, [[milk], [milk, soap], [soap]]);
      live.unsubscribe();
    }));

  it('executes inserts, updates and deletes', () =>
    withTodos(async ({ db }) => {
      const outcomes = [
        await done(db.execute(kysely.insertInto('todo').values({ title: 'soap', done: 0 }))),
        await done(db.execute(kysely.updateTable('todo').set({ title: 'bread' }))),
        await done(db.execute(kysely.deleteFrom('todo').where('id', '<', 3))),
      ];
      assert.deepEqual(
        outcomes.map((outcome) => outcome?.changes),
        [1, 3, 2],
      );
      assert.equal(outcomes[0]?.lastInsertRowid, 3);
      assert.deepEqual(await titlesOf(db), ['bread']);
    }));

  it('executes changes of the schema', () =>
    withTodos(async ({ db }) => {
      await done(db.execute(kysely.schema.createTable('tag').addColumn('name', 'text')));
      assert.deepEqual(await done(db.select('SELECT * FROM tag')), []);
    }));

  it('gives the rows of an INSERT … RETURNING to select', () =>
    withTodos(async ({ db }) => {
      const insert = kysely.insertInto('todo').values({ title: 'soap', done: false }).returningAll();
      assert.deepEqual(await done(db.select(insert)), [{ id: 3, title: 'soap', done: 0 }]);
      assert.deepEqual(await titlesOf(db), ['milk', 'eggs', 'soap']);
    }));

  it('takes part in transactions and in their rollback', () =>
    withTodos(async ({ db }) => {
      const soap = kysely.insertInto('todo').values({ title: 'soap', done: 0 });
      const all = kysely.selectFrom('todo').select('title').orderBy('id');
      const seen = await done(db.transaction((tx) => concat(tx.execute(soap), tx.select(all))));
      assert.deepEqual(seen, [{ title: 'milk' }, { title: 'eggs' }, { title: 'soap' }]);

      const failing = db.transaction((tx) => concat(tx.execute(soap), tx.execute('no SQL')));
      await assert.rejects(done(failing), StatementError);
      assert.deepEqual(await titlesOf(db), ['milk', 'eggs', 'soap']);
    }));

  it('takes part in batches', () =>
    withTodos(async ({ db }) => {
      const outcome = await done(
        db.batch((batch) => {
          batch.execute(kysely.insertInto('todo').values({ title: 'soap', done: true }));
          batch.execute(kysely.deleteFrom('todo').where('done', '=', false));
        }),
      );
      assert.equal(outcome?.changes, 2);
      assert.deepEqual(await titlesOf(db), ['eggs', 'soap']);
    }));

  it('is watched and executed by the operators', () =>
    withTodos(async ({ db }) => {
      const titleOf = (id: number) => kysely.selectFrom('todo').select('title').where('id', '=', id);
      const live = record(of(2).pipe(watch(db, titleOf)));
      await live.count(1);
      await done(
        of(2).pipe(execute(db, (id) => kysely.updateTable('todo').set({ title: 'ham' }).where('id', '=', id))),
      );
      await live.count(2);
      assert.deepEqual(live.values, [[{ title: 'eggs' }], [{ title: 'ham' }]]);
      live.unsubscribe();
    }));

  it('shares the live query of two builders that compile alike', () =>
    withTodos(async ({ db }) => {
      const open = () => kysely.selectFrom('todo').selectAll().where('done', '=', false);
      const [one, other] = [record(db.watch(open())), record(db.watch(open()))];
      await Promise.all([one.count(1), other.count(1)]);
      assert.equal(one.last?.[0], other.last?.[0]);
      one.unsubscribe();
      other.unsubscribe();
    }));

  it('renames with CamelCasePlugin what it sends, while rows keep the names of the columns', () =>
    withTodos(async ({ db }) => {
      const camel = kyselyWith<{ todoList: { listId: number; listName: string } }>(new CamelCasePlugin());
      const rows: readonly unknown[] | undefined = await done(db.select(camel.selectFrom('todoList').selectAll()));
      assert.deepEqual(rows, [{ list_id: 1, list_name: 'shop' }]);
      // An alias that needs no renaming is what both sides agree on.
      const named = camel.selectFrom('todoList').select('listName as name');
      assert.deepEqual(await done(db.select(named)), [{ name: 'shop' }]);
    }));

  it('refuses by name a value that SQLite cannot hold', () =>
    withTodos(async ({ db }) => {
      const dated = kyselyWith<{ todo: { title: Date } }>()
        .updateTable('todo')
        .set({ title: new Date(0) });
      await assert.rejects(done(db.execute(dated)), /parameter 1 is a Date: pass date\.toISOString\(\)/);
    }));
});

describe('Drizzle, where the columns have the names of the properties', () => {
  it('selects', () =>
    withTodos(async ({ db }) => {
      const milk = orm.select({ id: todos.id, title: todos.title }).from(todos).where(eq(todos.title, 'milk'));
      assert.deepEqual(await done(db.select(milk)), [{ id: 1, title: 'milk' }]);
      assert.deepEqual(await done(db.select(milk, { rows: 'arrays' })), {
        columns: ['id', 'title'],
        rows: [[1, 'milk']],
      });
    }));

  it('selects with a builder that has no database', () =>
    withTodos(async ({ db }) => {
      const query = new QueryBuilder().select({ title: todos.title }).from(todos).orderBy(asc(todos.id));
      assert.deepEqual(await done(db.select(query)), [{ title: 'milk' }, { title: 'eggs' }]);
    }));

  it('watches, by boolean columns too', () =>
    withTodos(async ({ db }) => {
      const open = orm
        .select({ id: todos.id, title: todos.title })
        .from(todos)
        .where(and(eq(todos.done, false), gt(todos.id, 0)));
      const live = record(db.watch(open));
      await live.count(1);
      await done(db.execute(orm.insert(todos).values({ title: 'soap', done: false })));
      await live.count(2);
      await done(db.execute(orm.update(todos).set({ done: true }).where(eq(todos.title, 'milk'))));
      await live.count(3);
      const [milk, soap] = [
        { id: 1, title: 'milk' },
        { id: 3, title: 'soap' },
      ];
      assert.deepEqual(live.values, [[milk], [milk, soap], [soap]]);
      live.unsubscribe();
    }));

  it('executes inserts, updates and deletes', () =>
    withTodos(async ({ db }) => {
      const outcomes = [
        await done(db.execute(orm.insert(todos).values({ title: 'soap', done: true }))),
        await done(db.execute(orm.update(todos).set({ title: 'bread' }))),
        await done(db.execute(orm.delete(todos).where(eq(todos.done, true)))),
      ];
      assert.deepEqual(
        outcomes.map((outcome) => outcome?.changes),
        [1, 3, 2],
      );
      assert.equal(outcomes[0]?.lastInsertRowid, 3);
      assert.deepEqual(await titlesOf(db), ['bread']);
    }));

  it('gives the rows of an INSERT … RETURNING to select', () =>
    withTodos(async ({ db }) => {
      const insert = orm.insert(todos).values({ title: 'soap', done: false }).returning({ id: todos.id });
      assert.deepEqual(await done(db.select(insert)), [{ id: 3 }]);
      assert.deepEqual(await titlesOf(db), ['milk', 'eggs', 'soap']);
    }));

  it('takes part in transactions and in their rollback', () =>
    withTodos(async ({ db }) => {
      const soap = orm.insert(todos).values({ title: 'soap', done: false });
      const all = orm.select({ title: todos.title }).from(todos).orderBy(todos.id);
      const seen = await done(db.transaction((tx) => concat(tx.execute(soap), tx.select(all))));
      assert.deepEqual(seen, [{ title: 'milk' }, { title: 'eggs' }, { title: 'soap' }]);

      const failing = db.transaction((tx) => concat(tx.execute(soap), tx.execute('no SQL')));
      await assert.rejects(done(failing), StatementError);
      assert.deepEqual(await titlesOf(db), ['milk', 'eggs', 'soap']);
    }));

  it('takes part in batches', () =>
    withTodos(async ({ db }) => {
      const outcome = await done(
        db.batch((batch) => {
          batch.execute(orm.insert(todos).values({ title: 'soap', done: true }));
          batch.execute(orm.delete(todos).where(eq(todos.done, false)));
        }),
      );
      assert.equal(outcome?.changes, 2);
      assert.deepEqual(await titlesOf(db), ['eggs', 'soap']);
    }));

  it('is watched and executed by the operators', () =>
    withTodos(async ({ db }) => {
      const titleOf = (id: number) => orm.select({ title: todos.title }).from(todos).where(eq(todos.id, id));
      const live = record(of(2).pipe(watch(db, titleOf)));
      await live.count(1);
      await done(of(2).pipe(execute(db, (id) => orm.update(todos).set({ title: 'ham' }).where(eq(todos.id, id)))));
      await live.count(2);
      assert.deepEqual(live.values, [[{ title: 'eggs' }], [{ title: 'ham' }]]);
      live.unsubscribe();
    }));

  it('refuses by name a placeholder that was left open', () =>
    withTodos(async ({ db }) => {
      const open = orm
        .select({ id: todos.id })
        .from(todos)
        .where(eq(todos.id, drizzleSql.placeholder('id')));
      await assert.rejects(done(db.select(open)), /parameter 1 is an object/);
    }));
});

/** Its types tell what Drizzle would make of the rows, and sluice gives them as SQLite does: hence `unknown` here. */
describe('Drizzle, where rows are more than their columns', () => {
  const rowsOf = (db: Database, query: TypedQuery<unknown>): Promise<readonly unknown[]> =>
    firstValueFrom(db.select(query));

  it('gives the names of the columns, not those of the properties', () =>
    withTodos(async ({ db }) => {
      assert.deepEqual(await rowsOf(db, orm.select().from(lists)), [{ list_id: 1, list_name: 'shop' }]);
    }));

  it('gives the names of the properties where each column has them as an alias', () =>
    withTodos(async ({ db }) => {
      const listName = drizzleSql<string>`${lists.listName}`.as('listName');
      assert.deepEqual(await done(db.select(orm.select({ listName }).from(lists))), [{ listName: 'shop' }]);
      const n = count().as('n');
      assert.deepEqual(await done(db.select(orm.select({ n }).from(lists))), [{ n: 1 }]);
    }));

  it('gives an expression without an alias its text as a name', () =>
    withTodos(async ({ db }) => {
      assert.deepEqual(await rowsOf(db, orm.select({ n: count() }).from(todos)), [{ 'count(*)': 2 }]);
    }));

  it('gives booleans as 1 and 0', () =>
    withTodos(async ({ db }) => {
      const query = orm.select({ done: todos.done }).from(todos).orderBy(todos.id);
      assert.deepEqual(await rowsOf(db, query), [{ done: 0 }, { done: 1 }]);
    }));

  it('gives a join as one flat row, which as an array keeps columns of equal names apart', () =>
    withTodos(async ({ db }) => {
      const other = sqliteTable('todo_list', { id: integer('list_id').primaryKey(), title: text('list_name') });
      const join = orm.select().from(todos).innerJoin(other, eq(other.id, todos.id));
      assert.deepEqual(await done(db.select(join, { rows: 'arrays' })), {
        columns: ['id', 'title', 'done', 'list_id', 'list_name'],
        rows: [[1, 'milk', 0, 1, 'shop']],
      });
      const twice = orm.select({ a: todos.id, b: todos.id }).from(todos).where(eq(todos.id, 1));
      assert.deepEqual(await done(db.select(twice, { rows: 'arrays' })), { columns: ['id', 'id'], rows: [[1, 1]] });
      assert.deepEqual(await rowsOf(db, twice), [{ id: 1 }]);
    }));

  it('maps rows itself where its proxy driver asks sluice for arrays', () =>
    withTodos(async ({ db }) => {
      const mapping = drizzle(async (sql, params) => {
        const { rows } = await firstValueFrom(db.select(sql, params, { rows: 'arrays' }));
        return { rows: [...rows] };
      });
      assert.deepEqual(await mapping.select().from(lists), [{ listId: 1, listName: 'shop' }]);
      assert.deepEqual(await mapping.select().from(todos).leftJoin(lists, eq(lists.listId, todos.id)), [
        { todo: { id: 1, title: 'milk', done: false }, todo_list: { listId: 1, listName: 'shop' } },
        { todo: { id: 2, title: 'eggs', done: true }, todo_list: null },
      ]);
    }));
});
