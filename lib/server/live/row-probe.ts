/** Asks SQLite which conditions a row meets that is no longer, or not alone, in its table. */
import type { Engine, PreparedStatement } from '../../../engines/engine.ts';
import type { SqlValue } from '../../model/values.ts';
import { builtInCollations } from '../analysis/collations.ts';
import { type FilterCondition, parametersName, rowName } from '../analysis/row-filter.ts';
import { columnAt, columnSql } from '../analysis/table-columns.ts';
import { type CaptureLayout, untypedPlaces } from '../capture/capture-triggers.ts';
import type { ChangedRows, RowImage } from '../capture/changed-rows.ts';

const numberColumn = '"number of the row"';

/** So many expressions are kept prepared, of the groups of all queries that there are or were. */
const mostExpressions = 200;

/** Where one image of a changed row lies: that from before, or that from after. */
export type RowNumber = number;

export function numberOf(index: number, image: RowImage): RowNumber {
  return 2 * index + (image === 'after' ? 1 : 0);
}

interface RowsTable {
  readonly name: string;
  fill(row: RowNumber, values: readonly SqlValue[]): void;
  readonly empty: PreparedStatement;
  /** All that it prepared beside. */
  readonly statements: readonly PreparedStatement[];
}

/**
 * A database in memory, of its own connection: tables with the declared types and collations of the real ones hold the
 * changed rows, others the parameters of the live queries. Comparing in JavaScript would get affinity wrong, and writing to
 * the user's connection would show in `changes()`.
 */
export class RowProbe {
  readonly #engine: Engine;
  readonly #tables = new Map<CaptureLayout, RowsTable>();
  readonly #expressions = new Map<string, PreparedStatement>();
  #loaded: ChangedRows | undefined;
  #count = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  filter(conditions: readonly FilterCondition[]): FilterProbe {
    return new FilterProbe(this, conditions, `parameters_${this.#count++}`);
  }

  /** Makes the rows known, and gives the name of the table that they are in. */
  load(changed: ChangedRows): string {
    const table = this.#tables.get(changed.layout) ?? this.#make(changed.layout);
    if (this.#loaded === changed) return table.name;
    this.#loaded = undefined;
    this.#engine.exec('BEGIN');
    try {
      table.empty.run([]);
      changed.rows.forEach(({ before, after }, index) => {
        if (before) table.fill(numberOf(index, 'before'), before);
        if (after) table.fill(numberOf(index, 'after'), after);
      });
    } finally {
      this.#engine.exec('COMMIT');
    }
    this.#loaded = changed;
    return table.name;
  }

  /** The value of an expression over one image of a row. */
  valueOf(changed: ChangedRows, row: RowNumber, expression: string): SqlValue {
    const sql = `SELECT ${expression} FROM ${this.load(changed)} AS ${rowName} WHERE ${rowName}.${numberColumn} = ?`;
    const statement = this.#expressions.get(sql) ?? this.prepare(sql, 1);
    this.#expressions.delete(sql);
    this.#expressions.set(sql, statement);
    if (this.#expressions.size > mostExpressions) {
      const [oldest, unused] = this.#expressions.entries().next().value!;
      this.#expressions.delete(oldest);
      unused.finalize();
    }
    return statement.all([row])[0]![0]!;
  }

  prepare(sql: string, parameters: number): PreparedStatement {
    return this.#engine.prepare(
      sql,
      Array.from({ length: parameters }, () => null),
    );
  }

  exec(sql: string): void {
    this.#engine.exec(sql);
  }

  /** Forgets what the tables look like. */
  clear(): void {
    for (const { name, statements, empty } of this.#tables.values()) {
      for (const statement of statements) statement.finalize();
      empty.finalize();
      this.#engine.exec(`DROP TABLE ${name}`);
    }
    for (const statement of this.#expressions.values()) statement.finalize();
    this.#expressions.clear();
    this.#tables.clear();
    this.#loaded = undefined;
  }

  close(): void {
    this.#engine.close();
  }

  #make(layout: CaptureLayout): RowsTable {
    const name = `rows_${this.#count++}`;
    const columns = layout.kept.map((column) => {
      // A collation of the application is not known here, and no condition on such a column is asked.
      const { affinity, collation } = columnAt(layout.columns, column);
      return `${columnSql(layout.columns, column)} ${affinity} COLLATE ${builtInCollations.has(collation) ? collation : 'BINARY'}`;
    });
    this.#engine.exec(`CREATE TABLE ${name} (${numberColumn} INTEGER PRIMARY KEY, ${columns.join(', ')})`);
    const untyped = untypedPlaces(layout);
    const places = layout.kept.map((_, place) => (untyped.includes(place) ? ', iif(?, CAST(? AS REAL), ?)' : ', ?'));
    const insert = this.prepare(
      `INSERT INTO ${name} VALUES (?${places.join('')})`,
      1 + layout.kept.length + 2 * untyped.length,
    );
    const table: RowsTable = {
      name,
      fill: (row, values) => {
        const reals = Number(values[layout.kept.length] ?? 0);
        const bound = layout.kept.flatMap((_, place) => {
          const value = values[place]!;
          const bit = untyped.indexOf(place);
          return bit < 0 ? [value] : [Math.floor(reals / 2 ** bit) % 2, value, value];
        });
        insert.run([row, ...bound]);
      },
      empty: this.prepare(`DELETE FROM ${name}`, 0),
      statements: [insert],
    };
    this.#tables.set(layout, table);
    return table;
  }
}

/** Conditions over one row, with the parameters of all queries that have it. */
export class FilterProbe {
  readonly #probe: RowProbe;
  readonly #name: string;
  readonly #conditions: string;
  readonly #parameters: readonly number[];
  readonly #statements = new Map<string, PreparedStatement>();

  constructor(probe: RowProbe, conditions: readonly FilterCondition[], name: string) {
    this.#probe = probe;
    this.#name = name;
    this.#conditions = conditions.map(({ sql }) => `(${sql})`).join(' AND ');
    this.#parameters = [...new Set(conditions.flatMap(({ parameters }) => parameters))];
    if (this.#parameters.length === 0) return;
    const columns = this.#parameters.map((number) => `, parameter_${number}`).join('');
    probe.exec(`CREATE TABLE ${name} (query INTEGER PRIMARY KEY${columns})`);
  }

  /** Without parameters, all queries of the filter are alike. */
  get isCommon(): boolean {
    return this.#parameters.length === 0;
  }

  add(query: number, params: readonly SqlValue[]): void {
    if (this.isCommon) return;
    const values = this.#parameters.map((number) => params[number - 1] ?? null);
    const places = values.map(() => ', ?').join('');
    this.#statement(`INSERT OR REPLACE INTO ${this.#name} VALUES (?${places})`, values.length + 1).run([
      query,
      ...values,
    ]);
  }

  remove(query: number): void {
    if (!this.isCommon) this.#statement(`DELETE FROM ${this.#name} WHERE query = ?`, 1).run([query]);
  }

  /** The queries that a row concerns, before or after its change; `'all'` where they do not differ. Given no row: any row. */
  matching(changed: ChangedRows, index?: number): readonly number[] | 'all' {
    const rows = this.#probe.load(changed);
    const isRow = index === undefined ? '' : ` AND ${rowName}.${numberColumn} BETWEEN ? AND ?`;
    const params = index === undefined ? [] : [numberOf(index, 'before'), numberOf(index, 'after')];
    if (this.isCommon) {
      const sql = `SELECT 1 FROM ${rows} AS ${rowName} WHERE ${this.#conditions}${isRow} LIMIT 1`;
      return this.#statement(sql, params.length).all(params).length > 0 ? 'all' : [];
    }
    const sql = `SELECT DISTINCT ${parametersName}.query FROM ${rows} AS ${rowName}, ${this.#name} AS ${parametersName} WHERE ${this.#conditions}${isRow}`;
    return this.#statement(sql, params.length)
      .all(params)
      .map(([query]) => Number(query));
  }

  /** Whether one image of a row meets the conditions of one query. */
  matches(changed: ChangedRows, row: RowNumber, query: number): boolean {
    const rows = this.#probe.load(changed);
    const parameters = this.isCommon ? '' : `, ${this.#name} AS ${parametersName}`;
    const isQuery = this.isCommon ? '' : ` AND ${parametersName}.query = ?`;
    const sql = `SELECT 1 FROM ${rows} AS ${rowName}${parameters} WHERE ${rowName}.${numberColumn} = ?${isQuery} AND ${this.#conditions}`;
    const params = this.isCommon ? [row] : [row, query];
    return this.#statement(sql, params.length).all(params).length > 0;
  }

  close(): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    if (!this.isCommon) this.#probe.exec(`DROP TABLE ${this.#name}`);
  }

  #statement(sql: string, parameters: number): PreparedStatement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const made = this.#probe.prepare(sql, parameters);
    this.#statements.set(sql, made);
    return made;
  }
}
