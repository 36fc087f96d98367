/** What transactions, batches and update streams take and give. */
import { concat, map, type Observable, of, toArray } from 'rxjs';
import type { Batch, Bindable, Database, Executed, Row, TableUpdates, Transaction } from 'sluice';
import { sql } from 'sluice';
import { exactly } from './exactly.type-spec.ts';

declare const db: Database;
declare const date: Date;
declare const todos: readonly Todo[];
declare const dated: readonly { id: number; due: Date }[];
interface Todo {
  id: number;
  title: string;
}
type Rows<R> = Observable<readonly R[]>;

// A transaction emits what its work emits, whichever form the work has.
exactly<Observable<number>>()(
  db.transaction((tx) => {
    exactly<Transaction>()(tx);
    return of(1);
  }),
);
exactly<Rows<Todo>>()(db.transaction((tx) => tx.select<Todo>('SELECT id, title FROM todo')));
exactly<Observable<string>>()(db.transaction(async () => 'done'));
exactly<Observable<number>>()(db.transaction(() => [1, 2]));
exactly<Observable<unknown>>()(db.transaction(() => undefined));
exactly<Observable<Executed[]>>()(
  db.transaction((tx) => concat(tx.execute('DELETE FROM a'), tx.execute('DELETE FROM b')).pipe(toArray())),
);
exactly<Observable<Executed>>()(
  db.transaction((tx) => tx.transaction((inner) => inner.execute(sql`DELETE FROM todo`), { readOnly: false })),
);
exactly<Observable<readonly Row[]>>()(db.transaction((tx) => tx.watch('SELECT 1'), { readOnly: true }));
// @ts-expect-error a number is nothing to wait for
db.transaction(() => 1);
// @ts-expect-error there is no such option
db.transaction(() => of(1), { exclusive: true });
// @ts-expect-error a transaction has no connection to close
db.transaction((tx) => tx.close());
// @ts-expect-error a Transaction is no Database
db.transaction((tx) => of(((given: Database) => given)(tx)));

// A batch takes every form of a query, rows of parameters, and objects; it gives nothing until it is done.
exactly<Observable<Executed>>()(
  db.batch((batch) => {
    exactly<Batch>()(batch);
    exactly<void>()(batch.execute('DELETE FROM todo WHERE id = :id', { id: 1 }));
    batch.execute(sql`DELETE FROM todo WHERE id = ${1}`);
    batch.executeMany('INSERT INTO todo VALUES (?, ?)', [
      [1, 'milk'],
      [2n, null],
      [true, new Uint8Array(2)],
    ]);
    batch.executeMany('INSERT INTO todo VALUES (?, ?)', new Map([[1, 'milk']]));
    batch.insert('todo', [
      { id: 1, title: 'milk' },
      { title: 'eggs', done: false },
    ]);
    batch.insert('todo', new Set<Record<string, Bindable>>([{ id: 1 }]), 'replace');
    batch.insert('todo', todos);
    // @ts-expect-error a Date has two common forms, and SQLite knows neither
    batch.insert('todo', dated);
    // @ts-expect-error a template carries its parameters
    batch.execute(sql`DELETE FROM todo`, [1]);
    // @ts-expect-error a Date has two common forms, and SQLite knows neither
    batch.execute('INSERT INTO todo (due) VALUES (?)', [date]);
    // @ts-expect-error a Date has two common forms, and SQLite knows neither
    batch.insert('todo', [{ id: 1, due: date }]);
    // @ts-expect-error an object is no value
    batch.insert('todo', [{ id: 1, tags: { red: true } }]);
    // @ts-expect-error undefined is not null
    batch.insert('todo', [{ id: 1, title: undefined }]);
    // @ts-expect-error a value is no row, and names no column
    batch.insert('todo', [1, 2]);
    // @ts-expect-error nor is a text a list of rows
    batch.insert('todo', 'milk');
    // @ts-expect-error one row is no list of rows
    batch.insert('todo', { id: 1 });
    // @ts-expect-error SQLite has no such resolution
    batch.insert('todo', [{ id: 1 }], 'update');
    // @ts-expect-error rows of parameters go by position
    batch.executeMany('INSERT INTO todo (id) VALUES (:id)', [{ id: 1 }]);
    // @ts-expect-error a Date has two common forms, and SQLite knows neither
    batch.executeMany('INSERT INTO todo (due) VALUES (?)', [[date]]);
    // @ts-expect-error a batch only writes
    batch.select('SELECT 1');
  }),
);

// What was written.
exactly<Observable<number>>()(db.execute('DELETE FROM todo').pipe(map(({ changes }) => changes)));
exactly<Observable<number | bigint>>()(
  db.execute('DELETE FROM todo').pipe(map(({ lastInsertRowid }) => lastInsertRowid)),
);
// @ts-expect-error what was written is told, not changed
db.execute('DELETE FROM todo').subscribe((executed) => (executed.changes = 0));
exactly<Observable<TableUpdates>>()(db.updates());
exactly<Observable<number | undefined>>()(
  db.updates({ tables: ['todo'] }).pipe(map(({ tables }) => tables.get('todo')?.inserted)),
);
// @ts-expect-error tables come as a list
db.updates({ tables: 'todo' });
// @ts-expect-error a commit is by this Database or by another
db.updates().subscribe(({ origin }) => origin === 'server');
exactly<Observable<void>>()(db.close());
