/** Whether changed rows concern a query, found from its parts: nothing of this is known to what is tested. */
import { DatabaseSync } from 'node:sqlite';
import type { Fragment, QueryTemplate } from './query-template.ts';
import { conjunction, queryText, withParameters } from './query-text.ts';
import type { RowChange, StoredRow, TableShape } from './table-snapshots.ts';

/** Of wider tables, columns are not told apart. */
const mostColumns = 29;

/** Evaluates conditions over rows: SQLite does, in tables of the same definitions. */
export class Conditions {
  readonly #copies = new Map<string, DatabaseSync>();

  /** Which of the rows meet all conditions; undefined where SQLite cannot say. */
  met(
    shape: TableShape,
    alias: string,
    conditions: readonly Fragment[],
    rows: readonly StoredRow[],
  ): boolean[] | undefined {
    const copy = this.#copyOf(shape);
    if (copy === undefined) return undefined;
    const own = quote(shape.name.replace(/^temp\./, ''));
    const { sql } = withParameters(conjunction(conditions), 'literal');
    try {
      const met = copy.prepare(`SELECT 1 FROM ${own} AS ${alias} WHERE ${sql}`);
      return rows.map((row) => {
        copy.exec(`DELETE FROM ${own}; ${insertion(shape, own, row)}`);
        return met.get() !== undefined;
      });
    } catch {
      return undefined;
    }
  }

  close(): void {
    for (const copy of this.#copies.values()) copy.close();
    this.#copies.clear();
  }

  #copyOf({ sql }: TableShape): DatabaseSync | undefined {
    const known = this.#copies.get(sql);
    if (known) return known;
    const copy = new DatabaseSync(':memory:', { enableForeignKeyConstraints: false });
    try {
      copy.exec(sql);
      // Rows that are stored were let in before.
      copy.exec('PRAGMA ignore_check_constraints = ON');
    } catch {
      copy.close();
      return undefined;
    }
    this.#copies.set(sql, copy);
    return copy;
  }
}

/** Whether any of the changes of a table may change what the query gives. */
export function concerns(
  template: QueryTemplate,
  shape: TableShape,
  changes: readonly RowChange[],
  conditions: Conditions,
): boolean {
  const { name } = shape;
  if (changes.length === 0) return false;
  if (template.tables === undefined) return true;
  if (!template.tables.includes(name)) return false;
  const reads = template.cores.flatMap(({ core }) => core.sources.flatMap(({ reads: read }) => read ?? []));
  const uses = reads.filter(({ table }) => table === name);
  if (uses.length === 0 || !template.readsAreKnown) return true;
  // A text that is no UTF-8 cannot be looked at from outside of SQLite: nothing is known then of any row.
  if (imagesOf(changes).some(({ literals }) => literals.some((literal) => literal.includes('\ufffd')))) return true;
  // A table has its columns in common: what one use of it reads counts for the others too.
  const columns = new Set(uses.flatMap((use) => use.columns).map((column) => column.toLowerCase()));
  if (isOrderOpen(template)) addNeighbours(columns, shape);
  if (shape.columns.length > mostColumns || readsThroughProgram(template, shape)) columns.add('*');
  const relevant = changes.filter(
    ({ before, after, columns: differing }) =>
      before === undefined ||
      after === undefined ||
      columns.has('*') ||
      [...differing].some((name) => columns.has(name)),
  );
  if (relevant.length === 0) return false;
  if (!template.exact || hasSubquery(template)) return true;
  const images = imagesOf(relevant);
  return uses.some(({ alias, local }) => {
    if (local.length === 0) return true;
    return conditions.met(shape, alias, local, images)?.some((isMet) => isMet) ?? true;
  });
}

function imagesOf(changes: readonly RowChange[]): StoredRow[] {
  return changes.flatMap(({ before, after }) => [before, after]).filter((row) => row !== undefined);
}

/** The order in which it comes upon rows may show, and an index may set it. */
function isOrderOpen({ exact, cores }: QueryTemplate): boolean {
  return !exact || cores.some(({ core }) => core.columns.some(({ comparison }) => /^(bag|any)$/.test(comparison)));
}

/** The columns that share an index with those that are read: they order its rows. */
function addNeighbours(columns: Set<string>, { indexes }: TableShape): void {
  for (const index of indexes) {
    if (index.some((column) => column === '*' || columns.has(column))) for (const column of index) columns.add(column);
  }
}

/** SQLite's program for a query with a subquery may read all columns, where some are generated. */
function readsThroughProgram(template: QueryTemplate, { isGenerated }: TableShape): boolean {
  return isGenerated.some((is) => is) && hasSubquery(template);
}

/** What it reads besides its sources is not taken apart. */
function hasSubquery(template: QueryTemplate): boolean {
  return /\((SELECT|VALUES)\b/.test(queryText(template).sql);
}

function insertion(
  { columns, isGenerated, hasRowid, key }: TableShape,
  name: string,
  { literals, rowid }: StoredRow,
): string {
  const written = columns.flatMap((column, index) =>
    isGenerated[index] ? [] : [{ name: quote(column), literal: literals[index]! }],
  );
  const isNamed = written.some((column) => column.name.toLowerCase() === `"${key[0]}"`);
  if (hasRowid && rowid !== undefined && !isNamed) written.unshift({ name: key[0]!, literal: rowid });
  return `INSERT INTO ${name} (${written.map((column) => column.name).join(', ')}) VALUES (${written.map(({ literal }) => literal).join(', ')})`;
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
