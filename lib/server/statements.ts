/** The prepared statements of one connection, with what is known of each, bounded in number. */
import type { Engine, PreparedStatement } from '../../engines/engine.ts';
import { StatementError } from '../model/errors.ts';
import { SQLITE } from '../model/result-codes.ts';
import { type BoundParams, type SqlValue, typeOfValue } from '../model/values.ts';
import { type Footprint, footprintOf } from './footprint.ts';
import { changesMeaning, isPragma, tunesConnection } from './pragmas.ts';
import type { Schema } from './schema.ts';
import { type StatementText, statementsOf } from './sql-text.ts';
import { noTraits } from './statement-traits.ts';

export interface Statement extends StatementText {
  readonly prepared: PreparedStatement;
  readonly footprint: Footprint;
}

/** A PRAGMA may act when it is prepared (https://sqlite.org/pragma.html), and a plan is out of date at once. */
const unkept = new Set(['PRAGMA', 'EXPLAIN']);

const readsNothing: Footprint = {
  reads: new Set(),
  readsAnything: false,
  writes: new Map(),
  writesAnything: false,
  readOnly: true,
  changesSchema: false,
  controlsTransaction: false,
  mayReplace: false,
  hasTriggers: false,
  callsOut: false,
  traits: noTraits,
};

/** How the prepared statements are used. */
export interface CacheReport {
  readonly size: number;
  readonly capacity: number;
  readonly hits: number;
  readonly misses: number;
}

/** Keeps the statements that were used last. A change of the schema forgets them all. */
export class Statements {
  readonly #engine: Engine;
  readonly #schema: () => Schema;
  readonly #capacity: number;
  readonly #bySql = new Map<string, Statement>();
  /** The last statement that is not kept, since it has its effect when it is prepared, or tells of others. */
  #passing: Statement | undefined;
  #isTuned = false;
  /** The one that was used last is at its place already. */
  #latest: Statement | undefined;
  #hits = 0;
  #misses = 0;

  constructor(engine: Engine, schema: () => Schema, capacity: number) {
    this.#engine = engine;
    this.#schema = schema;
    this.#capacity = capacity;
  }

  /**
   * Prepares the one statement of a text, or finds it prepared.
   *
   * Errors  {@link StatementError}, code 21 (`SQLITE_MISUSE`), for a text of no statement or of several; what the engine
   *         throws where SQLite refuses it.
   */
  get(sql: string): Statement {
    const kept = this.kept(sql);
    if (kept !== undefined) return kept;
    const texts = statementsOf(sql);
    if (texts.length !== 1) {
      const reason =
        texts.length === 0 ? 'there is no statement here' : 'this is more than one statement: use executeScript';
      throw new StatementError(reason, { code: SQLITE.MISUSE, sql });
    }
    this.#misses++;
    const statement = this.prepare(texts[0]!);
    return unkept.has(statement.verb) ? this.#pass(statement) : this.#keep(sql, statement);
  }

  /** The statement of a text that is prepared already. */
  kept(sql: string): Statement | undefined {
    const kept = this.#bySql.get(sql);
    if (kept === undefined) return undefined;
    this.#hits++;
    if (kept === this.#latest) return kept;
    this.#latest = kept;
    this.#bySql.delete(sql);
    this.#bySql.set(sql, kept);
    return kept;
  }

  /** What the statement of a text does, which is no use of it. */
  footprintOf(sql: string): Footprint {
    return (this.#bySql.get(sql) ?? this.get(sql)).footprint;
  }

  /** Whether a PRAGMA may have set something that holds for this connection alone. */
  get isTuned(): boolean {
    return this.#isTuned;
  }

  get report(): CacheReport {
    return { size: this.#bySql.size, capacity: this.#capacity, hits: this.#hits, misses: this.#misses };
  }

  /** Prepares a statement that is not kept. The caller finalizes it. */
  prepare(text: StatementText): Statement {
    // SQLite would read no further. https://sqlite.org/c3ref/prepare.html
    if (text.sql.includes('\0')) {
      throw new StatementError('there is a NUL in this text, which SQLite takes for its end', {
        code: SQLITE.MISUSE,
        sql: text.sql,
      });
    }
    // Some change what other statements do, such as `PRAGMA foreign_keys`, and so what is known of them.
    if (unkept.has(text.verb) && isPragma(text.sql)) {
      this.clear();
      this.#isTuned ||= tunesConnection(text.sql);
    }
    const prepared = this.#engine.prepare(text.sql, text.parameterNames);
    if (text.verb !== 'EXPLAIN') {
      return { ...text, prepared, footprint: footprintOf(this.#engine, this.#schema(), text.sql) };
    }
    const changesSchema = changesMeaning(text.sql);
    return { ...text, prepared, footprint: { ...readsNothing, readOnly: !changesSchema, changesSchema } };
  }

  clear(): void {
    this.#passing?.prepared.finalize();
    this.#passing = undefined;
    for (const { prepared } of this.#bySql.values()) prepared.finalize();
    this.#bySql.clear();
    this.#latest = undefined;
  }

  #pass(statement: Statement): Statement {
    this.#passing?.prepared.finalize();
    this.#passing = statement;
    return statement;
  }

  #keep(sql: string, statement: Statement): Statement {
    this.#bySql.set(sql, statement);
    this.#latest = statement;
    // At least one stays, since its caller is about to use it.
    if (this.#bySql.size > Math.max(1, this.#capacity)) {
      const [oldest, { prepared }] = this.#bySql.entries().next().value!;
      this.#bySql.delete(oldest);
      prepared.finalize();
    }
    return statement;
  }
}

/**
 * Brings parameters into the statement's own order.
 *
 * Errors  {@link StatementError}, code 25 (`SQLITE_RANGE`), for too few, too many, or names that do not fit.
 */
export function valuesFor({ sql, parameterNames }: StatementText, params: BoundParams): readonly SqlValue[] {
  const refuse = (reason: string): never => {
    const parameterTypes = Object.values(params as Record<string, SqlValue>).map(typeOfValue);
    throw new StatementError(reason, { code: SQLITE.RANGE, sql, parameterTypes });
  };
  if (isPositional(params)) {
    const [wanted, given] = [parameterNames.length, params.length];
    if (wanted !== given) refuse(`the statement takes ${wanted} parameter${wanted === 1 ? '' : 's'}, ${given} given`);
    return params;
  }
  const unused = new Set(Object.keys(params));
  const values = parameterNames.map((name) => {
    const given = name === null ? undefined : [name, name.slice(1)].find((form) => Object.hasOwn(params, form));
    if (given === undefined) return refuse(`no value is given for parameter ${name ?? '?'}`);
    unused.delete(given);
    return params[given]!;
  });
  if (unused.size > 0) refuse(`the statement has no parameter named ${[...unused].join(', ')}`);
  return values;
}

function isPositional(params: BoundParams): params is readonly SqlValue[] {
  return Array.isArray(params);
}
