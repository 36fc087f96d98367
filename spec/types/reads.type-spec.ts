/** The further ways to read and to work: single rows, rows one by one, versions, sections, and other threads. */
import { map, type Observable, of, retry, timer } from 'rxjs';
import {
  type ArrayRows,
  type Database,
  type LazyRows,
  one,
  oneOrNone,
  type Row,
  RowCountError,
  type RowOptions,
  type Scope,
  type SelectOptions,
  type StreamOptions,
  sql,
  type Transaction,
  type TransactionOptions,
  versionOf,
} from 'sluice';
import * as streams from 'sluice/streams';
import { exactly } from './exactly.type-spec.ts';

interface Todo {
  id: number;
  title: string;
}
declare const db: Database;
declare const tx: Transaction;
const written = sql<Todo>`SELECT id, title FROM todo WHERE id = ${1}`;
type Rows<R> = Observable<readonly R[]>;

// one, oneOrNone: a row in place of a list.
exactly<Observable<Todo>>()(db.select(written).pipe(one()));
exactly<Observable<Todo>>()(db.watch(written).pipe(one()));
exactly<Observable<Todo>>()(db.select<Todo>('SELECT id, title FROM todo').pipe(streams.one()));
exactly<Observable<Row>>()(db.select('SELECT 1').pipe(one()));
exactly<Observable<Todo | undefined>>()(db.select(written).pipe(oneOrNone()));
exactly<Observable<Todo | undefined>>()(tx.watch(written).pipe(streams.oneOrNone()));
exactly<Observable<string>>()(
  db.watch(written).pipe(
    one(),
    map(({ title }) => title),
    retry({ delay: () => timer(100) }),
  ),
);
exactly<Observable<Todo | undefined>>()(
  db.watchAll({ todo: written }).pipe(
    map(({ todo }) => todo),
    oneOrNone(),
  ),
);
const single = db.select(written).pipe(one());
// @ts-expect-error `due` was not selected
single.subscribe(({ due }) => due);
const singleOrNone = db.select(written).pipe(oneOrNone());
// @ts-expect-error there may be no row
singleOrNone.subscribe(({ title }) => title);
// @ts-expect-error rows as arrays stand beside their columns
db.select(written, { rows: 'arrays' }).pipe(one());
// @ts-expect-error rows one by one are no list
db.stream(written).pipe(one());
// @ts-expect-error it is an operator that is called
db.select(written).pipe(one);
const failure: unknown = undefined;
if (failure instanceof RowCountError) exactly<number>()(failure.found);

// stream: rows, one by one.
exactly<Observable<Todo>>()(db.stream(written));
exactly<Observable<Todo>>()(db.stream<Todo>('SELECT id, title FROM todo WHERE id > ?', [1]));
exactly<Observable<Row>>()(db.stream('SELECT id, title FROM todo WHERE id > :id', { id: 1 }));
exactly<Observable<Row>>()(db.stream({ sql: 'SELECT 1', params: [] }));
exactly<Observable<Observable<Todo>>>()(db.stream(written, { chunks: true }));
exactly<Observable<Observable<Todo>>>()(
  db.stream<Todo>('SELECT id, title FROM todo WHERE id > ?', [1], { chunks: true }),
);
exactly<Observable<Row>>()(db.stream('SELECT id, title FROM todo', [], {}));
const inChunks: StreamOptions = { chunks: true };
exactly<Observable<Todo | Observable<Todo>>>()(db.stream(written, inChunks));
exactly<Observable<Todo | Observable<Todo>>>()(db.stream<Todo>('SELECT id, title FROM todo', [], inChunks));
// @ts-expect-error a row, and no list of rows
db.stream(written).subscribe(([first]) => first);
// @ts-expect-error a template carries its parameters
db.stream(written, [1]);
// @ts-expect-error rows come as objects
db.stream('SELECT 1', [], { rows: 'arrays' });
// @ts-expect-error a transaction's rows come together
tx.stream(written);

// Versions: of every result, and to wait for.
exactly<Rows<Todo>>()(db.select(written, { atLeast: 3 }));
exactly<Rows<Row>>()(db.select('SELECT 1', [], { atLeast: 3 }));
exactly<Observable<ArrayRows>>()(db.select('SELECT 1', [], { atLeast: 3, rows: 'arrays' }));
exactly<Observable<ArrayRows>>()(db.select(written, { atLeast: 3, rows: 'arrays' }));
exactly<Observable<LazyRows<Todo>>>()(db.select(written, { rows: 'lazy', atLeast: 3 }));
exactly<Observable<LazyRows<Todo>>>()(
  db.select<Todo>('SELECT id, title FROM todo WHERE id > ?', [1], { rows: 'lazy' }),
);
exactly<Observable<LazyRows>>()(tx.select('SELECT 1', [], { rows: 'lazy' }));
db.select(written, { rows: 'lazy' }).subscribe((rows) => {
  exactly<Todo | undefined>()(rows.at(0));
  exactly<Todo[]>()(rows.slice(20, 40));
  exactly<Todo[]>()([...rows]);
  exactly<number | undefined>()(versionOf(rows));
});
const someForm: SelectOptions = { rows: 'lazy' };
exactly<Observable<readonly Todo[] | ArrayRows | LazyRows<Todo>>>()(db.select(written, someForm));
exactly<Rows<Todo>>()(db.select(written, { rows: 'objects' }));
const objectsOrArrays: RowOptions = { rows: 'arrays' };
exactly<Observable<readonly Todo[] | ArrayRows>>()(db.watch(written, objectsOrArrays));
exactly<Observable<readonly Todo[] | ArrayRows>>()(db.watch<Todo>('SELECT * FROM todo', [], objectsOrArrays));
exactly<Observable<readonly Todo[] | ArrayRows>>()(db.watch<Todo>('SELECT * FROM todo', [], { rows: 'arrays' }));
exactly<Observable<ArrayRows>>()(tx.watch('SELECT * FROM todo', [], { rows: 'arrays' }));
exactly<Rows<Todo>>()(db.watch<Todo>('SELECT * FROM todo', [], { rows: 'objects' }));
// @ts-expect-error a live query tells which rows stayed the same objects
db.watch(written, { rows: 'lazy' });
exactly<Observable<number | undefined>>()(db.watch(written).pipe(map((rows) => versionOf(rows))));
exactly<Observable<number | undefined>>()(db.select(written, { rows: 'arrays' }).pipe(map(versionOf)));
exactly<Observable<number>>()(db.execute('DELETE FROM todo').pipe(map(({ version }) => version)));
exactly<Observable<number>>()(db.updates().pipe(map(({ version }) => version)));
const unsure: undefined = undefined;
exactly<Rows<Todo>>()(db.select(written, { rows: unsure }));
exactly<Rows<Todo>>()(db.watch(written, { rows: unsure }));
exactly<Observable<Todo>>()(db.stream(written, { chunks: unsure }));
exactly<Observable<number>>()(db.transaction(() => of(1), { timeoutMs: unsure, readOnly: unsure }));
// @ts-expect-error a version is a number
db.select(written, { atLeast: '3' });
// @ts-expect-error it may not be known of what comes from elsewhere
db.select(written, { atLeast: versionOf([]) });
// @ts-expect-error a live query comes to every version by itself
db.watch(written, { atLeast: 3 });
// @ts-expect-error a result has a version, a number has none
versionOf(3);

// exclusive: a Scope, with which nothing else can be held.
exactly<Observable<number>>()(
  db.exclusive((alone) => {
    exactly<Scope>()(alone);
    return of(1);
  }),
);
exactly<Rows<Todo>>()(db.exclusive((alone) => alone.transaction((inner) => inner.select(written))));
exactly<Observable<string>>()(db.exclusive(async () => 'done'));
exactly<Observable<unknown>>()(db.exclusive(() => undefined));
// @ts-expect-error a number is nothing to wait for
db.exclusive(() => 1);
// @ts-expect-error a section is not closed, it ends
db.exclusive((alone) => alone.close());
// @ts-expect-error there is one section at a time
db.exclusive((alone) => alone.exclusive(() => of(1)));
// @ts-expect-error a transaction holds the queue already
tx.exclusive(() => of(1));
// @ts-expect-error a section has no options
db.exclusive(() => of(1), { timeoutMs: 100 });

// transaction: read-only or not, and for how long.
exactly<Observable<number>>()(db.transaction(() => of(1), { timeoutMs: 100 }));
exactly<Rows<Todo>>()(db.transaction((inner) => inner.select(written), { readOnly: true, timeoutMs: 100 }));
exactly<Observable<number>>()(tx.transaction(() => of(1), {} satisfies TransactionOptions));
// @ts-expect-error the limit is a number of milliseconds
db.transaction(() => of(1), { timeoutMs: '1 s' });
// @ts-expect-error the limit says its unit
db.transaction(() => of(1), { timeout: 100 });
// @ts-expect-error options come behind the work
db.transaction({ readOnly: true }, () => of(1));

// compute: what a module's function takes and gives is said by the caller.
const module = new URL('./statistics.js', 'file:///');
exactly<Observable<{ mean: number }>>()(db.compute<number[], { mean: number }>(module, [1, 2]));
exactly<Observable<unknown>>()(db.compute(module, { since: 3 }));
const mean: Observable<number> = db.compute(module, [1, 2]);
void mean;
// @ts-expect-error the argument is a list
db.compute<number[], number>(module, 1);
// @ts-expect-error the argument is missing
db.compute(module);
// @ts-expect-error a module is told by its URL, which does not depend on the folder
db.compute('./statistics.js', 1);
// @ts-expect-error a function cannot be sent to a worker
db.compute(() => 1, 1);
// @ts-expect-error what is not known is to be looked at first
db.compute(module, 1).subscribe((result) => result.mean);

// invalidate: tables, by name.
exactly<Observable<void>>()(db.invalidate(['todo', 'tag']));
// @ts-expect-error tables come as a list
db.invalidate('todo');
