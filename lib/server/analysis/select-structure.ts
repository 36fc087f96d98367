/** What a query is made of: its SELECTs, and what each of them shows. */
import { type Expr, parseStmt, type Select } from 'sqlite3-parser';
import { asciiLower } from '../../model/ascii-case.ts';
import type { Schema } from '../schema.ts';
import { variablesOf } from '../sql-text.ts';
import { endOf, textOf } from './expressions.ts';
import { baseTableNames } from './inner-selects.ts';
import {
  type ColumnReference,
  columnOf,
  coreOf,
  NotUnderstood,
  namesIn,
  type ResultColumnShape,
  referencesIn,
  resultsOf,
  type SelectCore,
} from './select-core.ts';
import { edited, type TextEdit } from './text-edits.ts';

export interface SelectStructure extends SelectCore {
  /** The text of the whole statement. Where a condition named an alias, the expression stands in its place. */
  readonly sql: string;
  /** All of the statement. */
  readonly select: Select;
  readonly results: readonly ResultColumnShape[];
  /** The columns that a part of it names. Errors  {@link NotUnderstood} for a name that means anything else. */
  readonly referencesIn: (root: unknown) => ColumnReference[];
}

/** Errors  {@link NotUnderstood} for what is no SELECT, and where texts do not sort as they do here. */
export function selectOf(sql: string, schema: Schema): Select {
  if (!schema.isUtf8) throw new NotUnderstood('the texts of the database are UTF-16, and sort otherwise');
  const parsed = parseStmt(sql);
  if (parsed.status !== 'ok') throw new NotUnderstood('its text is not understood');
  const statement = parsed.root;
  if (statement.type !== 'SelectStmt') throw new NotUnderstood('it is no SELECT');
  return statement.body;
}

/**
 * Takes a query apart, into as many structures as it is a compound of SELECTs. `sql` is one statement.
 *
 * Errors  {@link NotUnderstood} where any of them reads anything but base tables.
 */
export function structuresOf(sql: string, schema: Schema): SelectStructure[] {
  const named = coresOf(sql, schema);
  const written = edited(
    sql,
    named.cores.flatMap((core) => aliasEdits(core, sql)),
  );
  const { select, cores } = written === sql ? named : coresOf(written, schema);
  return cores.map((core) => {
    const strange = core.conditions.find(({ unknown }) => unknown !== undefined);
    if (strange) throw new NotUnderstood(strange.unknown!);
    return {
      ...core,
      sql: written,
      select,
      results: resultsOf(core),
      referencesIn: (root) => referencesIn(root, core),
    };
  });
}

function coresOf(sql: string, schema: Schema): { select: Select; cores: SelectCore[] } {
  const select = selectOf(sql, schema);
  if (select.with) throw new NotUnderstood('it has common table expressions');
  const tables = baseTableNames({ sql, select, names: undefined, database: undefined }, schema);
  const cores = [select, ...(select.compounds ?? [])].map(({ select: body }) => {
    if (body.type !== 'SelectFrom') throw new NotUnderstood('it reads no table');
    return coreOf(body, sql, tables);
  });
  return { select, cores };
}

/**
 * A name in WHERE or ON that no table has may be that of a column of the result: SQLite takes it for a copy of the
 * expression. A parameter without a number would get another one in a copy.
 */
function aliasEdits({ body, sources, conditions }: SelectCore, sql: string): TextEdit[] {
  const expressions = new Map<string, Expr>();
  for (const column of body.columns) {
    if (column.type !== 'ExprResultColumn' || column.alias === undefined) continue;
    const alias = asciiLower(column.alias.name.text);
    if (!expressions.has(alias)) expressions.set(alias, column.expr);
  }
  const edits: TextEdit[] = [];
  for (const { expr, unknown, leftJoin } of conditions) {
    if (unknown === undefined) continue;
    for (const { node, name } of namesIn(expr)) {
      const meant = expressions.get(asciiLower(name.column));
      if (meant === undefined || !name.isPlain || columnOf(name, sources)) continue;
      // SQLite knows no more that the copy stood there, and counts it to WHERE.
      if (leftJoin !== undefined) throw new NotUnderstood(`${name.column} is an alias in the ON of a LEFT JOIN`);
      if (hasUnnumbered(sql, meant)) throw new NotUnderstood(`${name.column} is an alias of what has a parameter`);
      edits.push({ offset: node.span.offset, length: node.span.length, text: `(${textOf(sql, meant)})` });
    }
  }
  return edits;
}

function hasUnnumbered(sql: string, expr: Expr): boolean {
  const [start, end] = [expr.span.offset, endOf(expr)];
  return variablesOf(sql).some(({ offset, length }) => offset >= start && offset < end && length === 1);
}
