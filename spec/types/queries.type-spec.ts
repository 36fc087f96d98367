/** What select, watch and execute take and give: text with parameters, templates, and rows as arrays. */
import { map, type Observable } from 'rxjs';
import {
  type ArrayRows,
  type Bindable,
  type Database,
  type Executed,
  type Params,
  type Query,
  type Row,
  type SqlValue,
  sql,
} from 'sluice';
import { exactly } from './exactly.type-spec.ts';

interface Todo {
  id: number;
  title: string;
}
declare const db: Database;
declare const todo: Todo;
declare const date: Date;
declare const dated: { id: number; due: Date };
declare const named: Readonly<Record<string, Bindable>>;
declare const params: Params;
declare const maybe: string | undefined;
type Rows<R> = Observable<readonly R[]>;

// Text: the row type is what the caller says, or a plain Row.
exactly<Rows<Row>>()(db.select('SELECT * FROM todo'));
exactly<Rows<Todo>>()(db.select<Todo>('SELECT id, title FROM todo'));
exactly<Rows<Todo>>()(db.watch<Todo>('SELECT id, title FROM todo WHERE id = ?', [1]));
exactly<Rows<Todo>>()(db.watch<Todo>('SELECT id, title FROM todo WHERE id = :id', { id: 1n }));
exactly<Rows<Todo>>()(db.select<Todo>('SELECT id, title FROM todo', [], { rows: 'objects' }));
exactly<Rows<{ id: number }>>()(
  db.select<{ id: number }>('INSERT INTO todo (title) VALUES (?) RETURNING id', ['milk']),
);
exactly<Observable<SqlValue | undefined>>()(db.select('SELECT 1 AS one').pipe(map(([first]) => first?.one)));
exactly<Observable<Executed>>()(db.execute('DELETE FROM todo WHERE done = ? AND icon = ?', [true, new Uint8Array(2)]));
exactly<Observable<Executed>>()(db.execute('DELETE FROM todo WHERE id = :id AND due IS :due', { id: 1, due: null }));
exactly<Observable<Executed>>()(db.executeScript('CREATE TABLE a (x); CREATE TABLE b (y)'));

const titles = db.watch<{ title: string }>('SELECT title FROM todo');
// @ts-expect-error `id` was not selected
titles.subscribe(([first]) => first?.id);
// @ts-expect-error there may be no first row
titles.subscribe(([first]) => first.title);
// @ts-expect-error a result is not to be changed: others share it
titles.subscribe((rows) => rows.push({ title: 'milk' }));
// @ts-expect-error a column of an untyped row is any of SQLite's values
db.select('SELECT title FROM todo').subscribe(([first]) => first?.title?.trim());

// Parameters: what SQLite can hold, and nothing else.
// @ts-expect-error undefined is not null
db.select('SELECT ?', [undefined]);
// @ts-expect-error undefined is not null
db.select('SELECT :title', { title: maybe });
// @ts-expect-error a Date has two common forms, and SQLite knows neither
db.watch('SELECT ?', [date]);
exactly<Observable<Executed>>()(db.execute('INSERT INTO todo VALUES (:id, :title)', todo));
exactly<Observable<Executed>>()(db.execute('INSERT INTO todo VALUES (:id, :title)', { id: 1, title: 'milk' }));
exactly<Observable<Executed>>()(db.execute('INSERT INTO todo VALUES (:id, :title)', named));
exactly<Observable<Executed>>()(db.execute('INSERT INTO todo VALUES (?, ?)', params));
exactly<Observable<Executed>>()(db.execute('INSERT INTO todo VALUES (?, ?)', [1n, 'milk'] as const));
exactly<Observable<Executed>>()(db.execute('DELETE FROM todo', undefined));
// @ts-expect-error a Date is no value
db.execute('INSERT INTO todo VALUES (:id, :due)', dated);
// @ts-expect-error a Date is no value
db.execute('INSERT INTO todo VALUES (:due)', { due: date });
// @ts-expect-error a Date is no value
db.execute('INSERT INTO todo VALUES (?)', [date]);
// @ts-expect-error a Date is no object of parameters
db.execute('INSERT INTO todo VALUES (?)', date);
// @ts-expect-error a value is no list of values
db.execute('INSERT INTO todo VALUES (?)', 1);
// @ts-expect-error a Date has two common forms, and SQLite knows neither
db.execute('UPDATE todo SET due = :due', { due: date });
// @ts-expect-error a list is no value
db.select('SELECT * FROM todo WHERE id IN (?)', [[1, 2, 3]]);
// @ts-expect-error parameters come as an array or an object
db.select('SELECT * FROM todo WHERE id = ?', 1);
// @ts-expect-error a script has no parameters
db.executeScript('DELETE FROM todo WHERE id = ?', [1]);
// @ts-expect-error options are no parameters
db.execute('DELETE FROM todo', [], { rows: 'arrays' });
// @ts-expect-error a number is no query
db.select(1);

// Templates carry their row type and their parameters.
exactly<Query<Row>>()(sql`SELECT 1`);
exactly<Query<Todo>>()(sql<Todo>`SELECT id, title FROM todo WHERE id = ${1}`);
exactly<Rows<Todo>>()(db.select(sql<Todo>`SELECT id, title FROM todo`));
exactly<Rows<Todo>>()(db.watch(sql<Todo>`SELECT id, title FROM todo WHERE done = ${false}`));
exactly<Rows<Todo>>()(db.watch<Todo>(sql`SELECT id, title FROM todo WHERE done = ${false}`));
exactly<Rows<Row>>()(db.watch(sql`SELECT id, title FROM todo`));
exactly<Rows<Todo>>()(db.select(sql<Todo>`SELECT id, title FROM todo`, { rows: 'objects' }));
exactly<Observable<Executed>>()(db.execute(sql`DELETE FROM todo WHERE id IN (${sql.join([1, 2n, 'three', null])})`));
exactly<Rows<Todo>>()(
  db.watch(sql<Todo>`SELECT * FROM ${sql.id('todo')} WHERE ${sql`done = ${true}`} ORDER BY ${sql.raw('id DESC')}`),
);
sql`WHERE ${sql.join([sql`id = ${1}`, sql<Todo>`title = ${'milk'}`], ' AND ')} AND icon = ${new Uint8Array(2)}`;

const written = sql<{ title: string }>`SELECT title FROM todo`;
// @ts-expect-error `id` was not selected
db.watch(written).subscribe(([first]) => first?.id);
// @ts-expect-error the template says its row type itself
db.watch<Todo>(written);
// @ts-expect-error a template carries its parameters
db.watch(written, [1]);
// @ts-expect-error a template carries its parameters
db.select(written, { id: 1 });
// @ts-expect-error a template carries its parameters
db.execute(written, []);
// @ts-expect-error undefined is not null
sql`SELECT ${undefined}`;
// @ts-expect-error a Date has two common forms, and SQLite knows neither
sql`SELECT ${date}`;
// @ts-expect-error a list is no value: sql.join spreads it
sql`SELECT * FROM todo WHERE id IN (${[1, 2, 3]})`;
// @ts-expect-error an object is no value
sql`SELECT ${todo}`;
// @ts-expect-error a Date is no value in a list either
sql.join([date]);
// @ts-expect-error a name is text
sql.id(1);

// Arrays: with their columns, whatever the row type.
exactly<Observable<ArrayRows>>()(db.select('SELECT 1', [], { rows: 'arrays' }));
exactly<Observable<ArrayRows>>()(db.select('SELECT 1', undefined, { rows: 'arrays' }));
exactly<Observable<ArrayRows>>()(db.watch('SELECT :a', { a: 1 }, { rows: 'arrays' }));
exactly<Observable<ArrayRows>>()(db.select(sql<Todo>`SELECT id, title FROM todo`, { rows: 'arrays' }));
exactly<Observable<ArrayRows>>()(db.watch(sql<Todo>`SELECT id, title FROM todo`, { rows: 'arrays' }));
exactly<Observable<readonly (readonly SqlValue[])[]>>()(
  db.select('SELECT 1', [], { rows: 'arrays' }).pipe(map(({ rows }) => rows)),
);
// @ts-expect-error options come third beside text, behind the parameters
db.watch('SELECT 1', { rows: 'arrays' }).subscribe(({ columns }) => columns);
// @ts-expect-error arrays have columns by number
db.select('SELECT 1 AS one', [], { rows: 'arrays' }).subscribe(({ rows }) => rows[0]?.one);
// @ts-expect-error there is no such form
db.select('SELECT 1', [], { rows: 'maps' });
// @ts-expect-error there is no such option
db.watch('SELECT 1', [], { throttleMs: 100 });
// @ts-expect-error there is no such option
db.watch(sql`SELECT 1`, { key: 'id' });

// What is a query by its shape: a builder of one's own, whose rows are known or not.
exactly<Rows<Row>>()(db.select({ compile: () => ({ sql: 'SELECT ?', parameters: [1] }) }));
exactly<Rows<Row>>()(db.watch({ toSQL: () => ({ sql: 'SELECT ?', params: [1] }) }));
exactly<Rows<Row>>()(db.watch({ sql: 'SELECT ?', params: [1] }));
exactly<Observable<Executed>>()(db.execute({ sql: 'DELETE FROM todo', params: [] }));
exactly<Observable<Executed>>()(db.execute({ compile: () => ({ sql: 'DELETE FROM todo', parameters: [] }) }));
// @ts-expect-error `parameters` is what compile() gives, `params` what toSQL() gives
db.execute({ compile: () => ({ sql: 'DELETE FROM todo', params: [] }) });
// @ts-expect-error an object without parameters is no query
db.execute({ sql: 'DELETE FROM todo' });
