/** Collects the steps of a batch. */
import { SluiceError, StatementError } from '../model/errors.ts';
import { type AnyQuery, bindParams, bindQuery } from '../model/query.ts';
import { SQLITE } from '../model/result-codes.ts';
import { sql } from '../model/sql.ts';
import type { Bindable, Params } from '../model/values.ts';
import type { BatchStep } from '../wire/messages.ts';
import { ParameterRows } from './parameter-rows.ts';

/** What an INSERT does where its row is in conflict with one that is there. https://sqlite.org/lang_conflict.html */
export type OnConflict = 'abort' | 'fail' | 'ignore' | 'replace' | 'rollback';

/** An object whose properties may all be bound; unlike a record, an interface fits it too. */
export type BindableProperties<R> = { readonly [K in keyof R]: Bindable };

/** Writes that travel as one message and happen as one transaction. The handle is good only while it is being built. */
export interface Batch {
  /** Adds one statement. */
  execute(query: AnyQuery): void;
  execute(query: string, params?: Params): void;
  /** Adds one statement that runs once for each row of parameters. */
  executeMany(sql: string, rows: Iterable<readonly Bindable[]>): void;
  /**
   * Adds an INSERT of plain objects, whose properties name columns. Rows may have different properties. A name with a dot in
   * it is that of a database and of a table.
   */
  insert<R extends object & BindableProperties<R>>(table: string, rows: Iterable<R>, onConflict?: OnConflict): void;
}

/** Runs `build` and gives the steps that it added. */
export function stepsOf(build: (batch: Batch) => void): BatchStep[] {
  const builder = new BatchBuilder();
  const built: unknown = build(builder);
  const steps = builder.finish();
  if (typeof built === 'object' && built !== null && 'then' in built) {
    void Promise.resolve(built).catch(() => {});
    throw new SluiceError('build returned a Promise: a batch is built at once, so fetch what it needs before');
  }
  return steps;
}

class BatchBuilder implements Batch {
  readonly #steps: BatchStep[] = [];
  #isOpen = true;

  execute(query: string | AnyQuery, params?: Params): void {
    this.#add(bindQuery(query, params));
  }

  executeMany(text: string, rows: Iterable<readonly Bindable[]>): void {
    bindParams(text, []);
    let added: ParameterRows | undefined;
    for (const row of rows) {
      if (!Array.isArray(row) || row.length !== (added?.width ?? row.length)) refuseRow(text, row);
      if (row.length === 0)
        throw new StatementError('executeMany takes rows of parameters', { code: SQLITE.RANGE, sql: text });
      added ??= new ParameterRows(text, row.length);
      added.add(row);
    }
    if (added) this.#add({ sql: text, rows: added.finish() });
  }

  insert<R extends object & BindableProperties<R>>(
    table: string,
    rows: Iterable<R>,
    onConflict: OnConflict = 'abort',
  ): void {
    const head = `INSERT OR ${onConflict.toUpperCase()} INTO ${sql.id(...table.split('.')).sql}`;
    let columns: readonly string[] = [];
    let added: ParameterRows | undefined;
    const flush = (): void => {
      if (added) this.#add({ sql: added.sql, rows: added.finish() });
    };
    for (const row of rows) {
      if (typeof row !== 'object' || row === null || Array.isArray(row)) refuseValues(head);
      if (added?.addProperties(row, columns)) continue;
      flush();
      columns = Object.keys(row);
      added = columns.length > 0 ? new ParameterRows(`${head} ${insertion(columns)}`, columns.length) : undefined;
      if (added) added.add(Object.values(row));
      else this.#add({ sql: `${head} DEFAULT VALUES`, params: [] });
    }
    flush();
  }

  finish(): BatchStep[] {
    this.#isOpen = false;
    return this.#steps;
  }

  #add(step: BatchStep): void {
    if (!this.#isOpen) throw new SluiceError('The batch was built before: add to it only while build runs');
    this.#steps.push(step);
  }
}

function insertion(columns: readonly string[]): string {
  const names = columns.map((name) => sql.id(name).sql).join(', ');
  return `(${names}) VALUES (${columns.map(() => '?').join(', ')})`;
}

function refuseValues(head: string): never {
  throw new StatementError('insert takes objects, whose properties name columns', { code: SQLITE.MISMATCH, sql: head });
}

function refuseRow(text: string, row: unknown): never {
  bindParams(text, row);
  throw new StatementError('executeMany takes arrays of equal length', { code: SQLITE.RANGE, sql: text });
}
