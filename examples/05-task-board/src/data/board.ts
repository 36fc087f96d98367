/** All that the application asks of its data, and all that it does to them. */
import { Injectable, inject } from '@angular/core';
import { map, type Observable } from 'rxjs';
import { type Executed, oneOrNone, type Query, sql } from 'sluice';
import { DATABASE } from './database';
import { type Filter, matches } from './filter';
import { sampleTasks } from './sample-tasks';

export interface List {
  readonly id: number;
  readonly name: string;
  /** How many of its tasks the filter lets through. */
  readonly size: number;
}

/** A task as a card shows it. */
export interface Card {
  readonly id: number;
  readonly title: string;
  readonly label: string;
  readonly due: string | null;
  readonly hasNotes: 0 | 1;
}

export interface Task {
  readonly id: number;
  readonly list: number;
  readonly title: string;
  readonly notes: string;
  readonly label: string;
  readonly due: string | null;
}

/** Some of the tasks of a list, beginning with its `first`-th. */
export interface Span {
  readonly first: number;
  readonly cards: readonly Card[];
}

/** What undo and redo would do next. */
export interface History {
  readonly undo: string | null;
  readonly redo: string | null;
}

@Injectable({ providedIn: 'root' })
export class Board {
  readonly #db = inject(DATABASE);

  /** Emits when the database is open, and fails where it cannot be. */
  open(): Observable<unknown> {
    return this.#db.select('SELECT 1');
  }

  isEmpty(): Observable<boolean> {
    return this.#db
      .watch<{ isEmpty: 0 | 1 }>('SELECT NOT EXISTS (SELECT 1 FROM task) AS isEmpty')
      .pipe(map(([row]) => row?.isEmpty === 1));
  }

  lists(filter: Filter): Observable<readonly List[]> {
    return this.#db.watch(sql<List>`
      SELECT list.id, list.name, coalesce(found.size, 0) AS size
      FROM list
      LEFT JOIN (SELECT list, count(*) AS size FROM task WHERE ${matches(filter)} GROUP BY list) AS found
        ON found.list = list.id
      ORDER BY list.id`);
  }

  span(list: number, filter: Filter, first: number, count: number): Observable<Span> {
    const cards$ = this.#db.watch(sql<Card>`
      SELECT id, title, label, due, notes <> '' AS hasNotes
      FROM task
      WHERE list = ${list} AND ${matches(filter)}
      ORDER BY position
      LIMIT ${count} OFFSET ${first}`);
    return cards$.pipe(map((cards) => ({ first, cards })));
  }

  task(id: number): Observable<Task | undefined> {
    return this.#db
      .watch(sql<Task>`SELECT id, list, title, notes, label, due FROM task WHERE id = ${id}`)
      .pipe(oneOrNone());
  }

  history(): Observable<History | undefined> {
    return this.#db
      .watch(sql<History>`
        SELECT (SELECT name FROM step WHERE NOT undone ORDER BY id DESC LIMIT 1) AS undo,
               (SELECT name FROM step WHERE undone ORDER BY id LIMIT 1) AS redo`)
      .pipe(oneOrNone());
  }

  /** Adds a task at the top of its list. */
  add({ list, title, notes, label, due }: Omit<Task, 'id'>): Observable<Executed> {
    return this.#step(
      `Add “${title}”`,
      sql`INSERT INTO task (list, position, title, notes, label, due)
        VALUES (${list}, ${keyAfter(list)}, ${title}, ${notes}, ${label}, ${due})`,
    );
  }

  change({ id, title, notes, label, due }: Omit<Task, 'list'>): Observable<Executed> {
    return this.#step(
      `Edit “${title}”`,
      sql`UPDATE task SET title = ${title}, notes = ${notes}, label = ${label}, due = ${due} WHERE id = ${id}`,
    );
  }

  /** Puts a task behind another of a list, or at the top of it. */
  move({ id, title }: Pick<Task, 'id' | 'title'>, list: number, after?: number): Observable<Executed> {
    return this.#step(
      `Move “${title}”`,
      sql`UPDATE task SET list = ${list}, position = ${keyAfter(list, after, id)} WHERE id = ${id}`,
    );
  }

  remove({ id, title }: Pick<Task, 'id' | 'title'>): Observable<Executed> {
    return this.#step(`Delete “${title}”`, sql`DELETE FROM task WHERE id = ${id}`);
  }

  addMany(count: number): Observable<Executed> {
    return this.#step(`Add ${count.toLocaleString('en')} tasks`, sampleTasks(count));
  }

  clear(): Observable<Executed> {
    return this.#step('Clear the board', sql`DELETE FROM task`);
  }

  undo(): Observable<Executed> {
    return this.#db.execute('UPDATE step SET undone = 1 WHERE id = (SELECT max(id) FROM step WHERE NOT undone)');
  }

  redo(): Observable<Executed> {
    return this.#db.execute('UPDATE step SET undone = 0 WHERE id = (SELECT min(id) FROM step WHERE undone)');
  }

  /** What the user does is one transaction, and one step back: triggers record what it changes. */
  #step(name: string, write: Query): Observable<Executed> {
    return this.#db.batch((batch) => {
      batch.execute(sql`INSERT INTO step (name) VALUES (${name})`);
      batch.execute(write);
    });
  }
}

/** The position behind a task, or at the top of a list, leaving the moved task itself out of account. */
function keyAfter(list: number, after?: number, moved = 0): Query {
  const before = sql`(SELECT position FROM task WHERE id = ${after ?? null})`;
  return sql`key_between(${before}, (
    SELECT min(position) FROM task WHERE list = ${list} AND id <> ${moved} AND position > coalesce(${before}, '')))`;
}
