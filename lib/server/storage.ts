/** The open database: runs statements, and finds what each of them changed. */
import type { Engine } from '../../engines/engine.ts';
import { StatementError } from '../model/errors.ts';
import type { BoundStatement } from '../model/query.ts';
import { SQLITE } from '../model/result-codes.ts';
import type { BoundParams, SqlValue } from '../model/values.ts';
import { valuesTogether } from '../wire/block-parts.ts';
import type { PartialRows } from '../wire/messages.ts';
import type { RowBlock } from '../wire/row-block.ts';
import { type WatchPlan, watchPlanOf } from './analysis/watch-plan.ts';
import { Asides } from './asides.ts';
import { Capture } from './capture/capture.ts';
import { Census } from './census.ts';
import type { Changes } from './changes.ts';
import { type ControlStep, Controls } from './controls.ts';
import { addTo, executeMany, type Written } from './execute-many.ts';
import { FileVersions } from './file-versions.ts';
import type { Footprint } from './footprint.ts';
import type { RowProbe } from './live/row-probe.ts';
import { inParts, type PartTaker, readInParts } from './rows-in-parts.ts';
import { Schema } from './schema.ts';
import { type StatementText, statementsOf } from './sql-text.ts';
import { readAgain, runAgain } from './stale-schema.ts';
import { explained } from './statement-failure.ts';
import { type CacheReport, type Statement, Statements, valuesFor } from './statements.ts';

export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly SqlValue[][];
}

/** A statement that only reads, ready to run on another connection. */
export interface PreparedRead {
  readonly text: StatementText;
  readonly values: readonly SqlValue[];
}

/** How statements run that may write: what they change is added to `changes`; `readOnly` refuses those that would. */
export interface Access {
  readonly changes: Changes;
  readonly readOnly: boolean;
}

export interface StorageOptions {
  readonly statementCacheSize?: number | undefined;
  readonly probe?: RowProbe | undefined;
  /** The names of the collations that the application defined. */
  readonly ownCollations?: Iterable<string> | undefined;
}

export class Storage {
  readonly #engine: Engine;
  readonly #statements: Statements;
  readonly #census: Census;
  readonly #versions: FileVersions;
  readonly #controls: Controls;
  readonly #asides: Asides;
  readonly capture: Capture;
  /** Undefined where there is none: conditions then count as met. */
  readonly probe: RowProbe | undefined;
  readonly #ownCollations: Iterable<string>;
  #schema: Schema | undefined;
  #schemaNumber = 1;
  #whenOver: ((isCommitted: boolean) => void)[] = [];

  constructor(engine: Engine, { statementCacheSize = 500, probe, ownCollations = [] }: StorageOptions = {}) {
    this.#engine = engine;
    this.#ownCollations = ownCollations;
    this.probe = probe;
    this.capture = new Capture(engine);
    this.#statements = new Statements(engine, () => this.#currentSchema(), statementCacheSize);
    this.#controls = new Controls(engine);
    this.#asides = new Asides(engine);
    this.#census = new Census(engine, this.capture, () => this.#currentSchema());
    this.#versions = new FileVersions(engine);
  }

  get inTransaction(): boolean {
    return this.#engine.inTransaction;
  }

  /** Runs a statement that must only read. Gives the statement beside its rows, for what it reads. */
  read({ sql, params }: BoundStatement): Rows & { readonly statement: Statement } {
    const read = (): Rows & { readonly statement: Statement } => {
      const statement = this.#reading(sql);
      const { prepared } = statement;
      return { statement, columns: prepared.columns, rows: prepared.all(valuesFor(statement, params)) };
    };
    return explained(sql, params, () => readAgain(this, read));
  }

  /** How a live query is kept current. Errors as those of {@link read}. */
  planOf(sql: string): WatchPlan {
    return explained(sql, [], () => {
      const statement = this.#reading(sql);
      return watchPlanOf(this.#engine, this.#currentSchema(), statement.sql, statement.footprint);
    });
  }

  /** The names of a query's columns. */
  columnsOf(sql: string): readonly string[] {
    return explained(sql, [], () => this.#reading(sql).prepared.columns);
  }

  /** The parameters of a statement in its own order. */
  valuesOf({ sql, params }: BoundStatement): readonly SqlValue[] {
    return explained(sql, params, () => valuesFor(this.#reading(sql), params));
  }

  /** Another number stands for another schema. */
  get schemaNumber(): number {
    return this.#schemaNumber;
  }

  /** Runs a statement for its rows. Whatever it writes is counted as with {@link execute}. */
  select({ sql, params }: BoundStatement, access: Access): Rows {
    const select = (): Rows => {
      const statement = this.#allowed(this.#statements.get(sql), access);
      const values = valuesFor(statement, params);
      const { prepared } = statement;
      if (statement.footprint.readOnly) return { columns: prepared.columns, rows: prepared.all(values) };
      return this.#counted(statement, access.changes, () => ({
        columns: prepared.columns,
        rows: prepared.all(values),
      }));
    };
    return explained(sql, params, () => runAgain(this, select));
  }

  /** Runs a statement for its rows, of which all parts but the last are taken while it runs. */
  selectInParts({ sql, params }: BoundStatement, access: Access, take: PartTaker): PartialRows {
    const select = (statement: Statement): PartialRows => {
      const values = valuesFor(statement, params);
      const { prepared } = statement;
      if (statement.footprint.readOnly) return readInParts(prepared, values, take);
      return this.#counted(statement, access.changes, () => inParts(prepared, prepared.all(values), take));
    };
    return explained(sql, params, () => {
      let kept = this.#statements.kept(sql);
      const run = (): PartialRows => {
        const statement = this.#allowed(kept ?? this.#statements.get(sql), access);
        kept = undefined;
        return select(statement);
      };
      // To ask before it whether a transaction is open would take a twentieth of a point query.
      return kept?.footprint.readOnly ? readAgain(this, run) : runAgain(this, run);
    });
  }

  /** Runs a statement for what it changes; its rows, if it has any, are dropped. */
  execute({ sql, params }: BoundStatement, access: Access): Written {
    return explained(sql, params, () =>
      runAgain(this, () => this.#run(this.#allowed(this.#statements.get(sql), access), params, access)),
    );
  }

  /** Runs a statement once for each row of parameters. A transaction is open. */
  executeMany(sql: string, blocks: readonly RowBlock[], access: Access): Written {
    return explained(sql, [], () => {
      const statement = this.#allowed(this.#statements.get(sql), access);
      const [first = []] = valuesTogether(blocks, 1);
      valuesFor(statement, first);
      if (statement.footprint.changesSchema || statement.prepared.columns.length > 0) {
        const total = { changes: 0, lastInsertRowid: 0 as number | bigint };
        for (const row of valuesTogether(blocks, 1)) addTo(total, this.#run(statement, row, access));
        return total;
      }
      if (statement.footprint.readOnly) return executeMany(this.#engine, this, statement, blocks);
      let direct = 0;
      const run = (): Written => {
        const written = executeMany(this.#engine, this, statement, blocks);
        direct = written.changes;
        return written;
      };
      return this.#counted(statement, access.changes, run, () => direct);
    });
  }

  /** Runs the statements of a text, one after the other. */
  executeScript(text: string, access: Access): Written {
    const total = { changes: 0, lastInsertRowid: 0 as number | bigint };
    for (const statementText of statementsOf(text)) {
      const { sql } = statementText;
      explained(sql, [], () => {
        const statement = this.#allowed(this.#statements.prepare(statementText), access);
        try {
          addTo(total, this.#run(statement, [], access));
        } finally {
          statement.prepared.finalize();
        }
      });
    }
    return total;
  }

  /** Runs SQL that no client sent. */
  exec(sql: string): void {
    explained(sql, [], () => this.#engine.exec(sql));
  }

  /** Runs a statement of the server's own, which nobody is told of. Rows that it writes come last to `changes()`. */
  aside(sql: string, values: readonly SqlValue[]): SqlValue[][] {
    const { rows, changes } = this.#asides.run(sql, values);
    this.#census.skip(changes);
    return rows;
  }

  /** The path of the file; empty where the database lives in memory. */
  get file(): string {
    return String(this.aside('PRAGMA database_list', []).find(([, name]) => name === 'main')?.[2] ?? '');
  }

  /** The statement of a text that only reads, with its parameters in order. */
  prepareRead({ sql, params }: BoundStatement): PreparedRead {
    return explained(sql, params, () => {
      const statement = this.#reading(sql);
      return { text: statement, values: valuesFor(statement, params) };
    });
  }

  /** What a statement does; none where it cannot be prepared. Not for one that acts when it is prepared, such as a PRAGMA. */
  footprintOf(sql: string): Footprint | undefined {
    try {
      return this.#statements.footprintOf(sql);
    } catch {
      return undefined;
    }
  }

  /** Whether a PRAGMA of a client may have changed what this connection reads, and no other does. */
  get isTuned(): boolean {
    return this.#statements.isTuned;
  }

  /** Whether the schema in the file is another than the one that is known. */
  hasOtherSchema(): boolean {
    return this.#versions.hasOtherSchema();
  }

  /** All rows that were changed so far. */
  get totalChanges(): number {
    return this.#census.total;
  }

  /** The name of a table as the schema spells it. */
  tableNamed(name: string): string | undefined {
    return this.#currentSchema().tableNamed(name);
  }

  /**
   * The tables that there are, where a connection outside this server has committed since this was last asked. What is known of
   * the schema is forgotten, if that changed.
   *
   * Errors  {@link EngineError} where another connection keeps the file from being read; the next call makes up for it.
   */
  foreignChanges(): Iterable<string> | undefined {
    if (!this.#versions.hasForeignCommit()) return undefined;
    if (this.#versions.hasOtherSchema()) this.forgetSchema();
    const { tables } = this.#currentSchema();
    this.#versions.noteForeignCommit();
    return tables;
  }

  /** Whether a database is attached that has a file, which other processes may write. */
  get hasAttachedFiles(): boolean {
    return this.#versions.areSeveral;
  }

  get tables(): Iterable<string> {
    return this.#currentSchema().tables;
  }

  get cache(): CacheReport {
    return this.#statements.report;
  }

  /** Where it fails, `cause` is the statement that failed with it. */
  control(step: ControlStep, cause?: BoundStatement): void {
    if (step === 'begin' && !this.inTransaction) this.capture.arm();
    // SQLite may have ended the last one by itself.
    if (step === 'begin' || step === 'beginReadOnly') this.#tellOver(false);
    this.#controls.run(step, cause);
    if (step === 'commit' || step === 'rollback') this.#tellOver(step === 'commit');
    // It may have waited for another process to end a transaction that changed the schema.
    if (step === 'begin' && this.#versions.hasOtherSchema()) this.forgetSchema();
  }

  /** Tells once how the open transaction ended: when it does, or, where SQLite took it back by itself, before the next one. */
  whenOver(tell: (isCommitted: boolean) => void): void {
    this.#whenOver.push(tell);
  }

  #tellOver(isCommitted: boolean): void {
    if (this.#whenOver.length === 0) return;
    for (const tell of this.#whenOver.splice(0)) tell(isCommitted);
  }

  /** Takes back what happened since `savepoint`, and the savepoint itself. */
  undoSavepoint(): void {
    this.control('rollbackTo');
    this.control('release');
  }

  /** Takes back what the statement that is counted now did since `savepoint`. */
  undoStatement(): void {
    this.undoSavepoint();
    this.capture.start();
  }

  /** The statement that is counted now has run for one row more, or for several. */
  ranOnce(): void {
    this.capture.relieve();
  }

  /** What is known of the schema may have been undone with a transaction or a savepoint. */
  forgetSchema(): void {
    this.#schema = undefined;
    this.#schemaNumber++;
    this.#statements.clear();
    this.capture.forget();
    this.probe?.clear();
    // Where the file cannot be read, it is forgotten once more.
    this.#versions.noteSchema();
  }

  close(): void {
    this.#statements.clear();
    this.probe?.close();
    this.#census.close();
    this.#controls.close();
    this.#asides.close();
    this.#versions.close();
    this.#engine.close();
  }

  #currentSchema(): Schema {
    this.#schema ??= new Schema(this.#engine, this.#ownCollations);
    return this.#schema;
  }

  #reading(sql: string): Statement {
    const statement = this.#statements.get(sql);
    if (statement.footprint.readOnly) return statement;
    const reason = 'a live query or a stream only reads, and this statement writes: use select or execute';
    throw new StatementError(reason, { code: SQLITE.MISUSE, sql });
  }

  #allowed(statement: Statement, access: Access): Statement {
    const { footprint, sql } = statement;
    if (footprint.controlsTransaction) {
      const reason =
        'transactions are begun and ended by transaction(), batch() and executeScript(), not by a statement';
      throw new StatementError(reason, { code: SQLITE.MISUSE, sql });
    }
    if (access.readOnly && !footprint.readOnly) {
      throw new StatementError('this transaction is read-only, and the statement writes', {
        code: SQLITE.READONLY,
        sql,
      });
    }
    return statement;
  }

  #run(statement: Statement, params: BoundParams, { changes }: Access): Written {
    const values = valuesFor(statement, params);
    const { prepared, footprint } = statement;
    const run = (): Written => {
      if (prepared.columns.length === 0) return prepared.run(values);
      prepared.all(values);
      return this.#census.latest;
    };
    if (footprint.readOnly) return { ...run(), changes: 0 };
    this.#census.catchUp();
    const before = this.#census.total;
    const written = this.#counted(statement, changes, run);
    // changes() keeps the last write's count through a statement that is none.
    return this.#census.total === before ? { ...written, changes: 0 } : written;
  }

  /** Adds what `work` changed to `changes`. */
  #counted<T>({ footprint }: Statement, changes: Changes, work: () => T, directly?: () => number): T {
    if (!footprint.changesSchema) {
      if (!this.inTransaction) this.capture.arm();
      return this.#census.counted(footprint, changes, work, directly);
    }
    const before = this.#currentSchema();
    this.capture.disarm();
    this.capture.dropOrphans();
    try {
      return this.#census.counted(footprint, changes, work, directly);
    } finally {
      this.#noteSchemaChange(before, changes);
    }
  }

  #noteSchemaChange(before: Schema, changes: Changes): void {
    this.forgetSchema();
    for (const table of Schema.differences(before, this.#currentSchema())) changes.all(table);
    changes.touchEverything();
  }
}
