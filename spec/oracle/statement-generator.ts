/** Makes statements that write rows: every form of INSERT, UPDATE and DELETE. */
import { literal, quoted } from './literal.ts';
import { predicate } from './predicate-generator.ts';
import { type Fragment, fragment, joined, phrase } from './query-template.ts';
import { conjunction, withParameters } from './query-text.ts';
import type { Random } from './random.ts';
import type { Statement, Value } from './scenario.ts';
import {
  type Column,
  keyExpressions,
  moderateColumn,
  rowidName,
  type Schema,
  type Table,
  tableReference,
  tablesOf,
  writableColumns,
} from './schema-model.ts';
import { valueFor } from './value-generator.ts';
import { writeVirtual } from './virtual-writes.ts';

/** A table that statements may write, with columns to write. */
function target(random: Random, schema: Schema): Table | undefined {
  const tables = schema.tables.filter((table) => !table.readOnly && writableColumns(table).length > 0);
  return tables.length > 0 ? random.pick(tables) : undefined;
}

export function makeStatement(random: Random, schema: Schema): Statement {
  const table = target(random, schema);
  if (table === undefined) return { sql: 'DELETE FROM sqlite_schema WHERE 0' };
  if (table.kind === 'text search' || table.kind === 'box') return writeVirtual(random, table);
  const made = random.weighted<() => Fragment>([
    [5, () => insert(random, schema, table)],
    [table.kind === 'view' ? 0 : 2, () => upsert(random, table)],
    [1, () => insertSelect(random, schema, table)],
    [7, () => update(random, schema, table)],
    [table.kind === 'view' ? 0 : 1, () => updateFrom(random, schema, table)],
    [4, () => remove(random, schema, table)],
  ])();
  const style = random.pick(['plain', 'plain', 'numbered', 'named', 'literal'] as const);
  return withParameters(made, style);
}

/** The same statement with a RETURNING, if it may have one. */
export function makeReturning(random: Random, schema: Schema): Statement {
  const made = makeStatement(random, schema);
  return { ...made, sql: `${made.sql} RETURNING *` };
}

/** An INSERT that runs once for each of many rows. */
export function makeMany(random: Random, schema: Schema, rows: number): { sql: string; rows: Value[][] } | undefined {
  const tables = tablesOf(schema).filter((table) => !table.readOnly && writableColumns(table).length > 0);
  if (tables.length === 0) return undefined;
  const table = random.pick(tables);
  const columns = writableColumns(table);
  // Many rows need many keys.
  const key = columns.findIndex((column) => column.name === table.keyColumns[0] && column.kind === 'integer');
  const start = random.between(1, 2000);
  return {
    sql: `INSERT OR ${random.pick(['IGNORE', 'IGNORE', schema.isPlain ? 'IGNORE' : 'REPLACE'])} INTO ${tableReference(table)} (${names(columns)}) VALUES (${columns.map(() => '?').join(', ')})`,
    rows: Array.from({ length: rows }, (_, row) =>
      columns.map((column, index) => (index === key ? start + row : valueFor(random, column))),
    ),
  };
}

function insert(random: Random, { isPlain }: Schema, table: Table): Fragment {
  if (random.chance(0.02)) return fragment(`INSERT INTO ${tableReference(table)} DEFAULT VALUES`);
  const columns = chosenColumns(random, table);
  const rows = random.times(1, random.chance(0.25) ? 6 : 1, () => row(random, columns));
  const verb = random.weighted([
    [table.kind === 'view' ? 10 : 4, 'INSERT'],
    [3, 'INSERT OR IGNORE'],
    [isPlain ? 0.1 : 2, 'INSERT OR REPLACE'],
    [isPlain ? 0 : 1, 'REPLACE'],
    [isPlain ? 0.1 : 1, 'INSERT OR FAIL'],
    [0.5, 'INSERT OR ABORT'],
    [0.4, 'INSERT OR ROLLBACK'],
  ] as const);
  return phrase`${verb} INTO ${tableReference(table)} (${names(columns)}) VALUES ${joined(rows, ', ')}`;
}

function upsert(random: Random, table: Table): Fragment {
  const columns = chosenColumns(random, table);
  const plain = writableColumns(table);
  const changed = quoted(random.pick(plain).name);
  const source = quoted(random.pick(columns).name);
  const on = table.keyColumns.length > 0 && random.chance(0.7) ? `(${table.keyColumns.map(quoted).join(', ')})` : '';
  const action = random.pick([
    'DO NOTHING',
    `DO UPDATE SET ${changed} = excluded.${changed}`,
    `DO UPDATE SET ${changed} = ${changed}`,
    `DO UPDATE SET ${changed} = excluded.${source} WHERE ${changed} IS NOT excluded.${source}`,
  ]);
  return phrase`INSERT INTO ${tableReference(table)} (${names(columns)}) VALUES ${row(random, columns)} ON CONFLICT ${on} ${action}`;
}

function insertSelect(random: Random, schema: Schema, table: Table): Fragment {
  const columns = chosenColumns(random, table);
  const from = random.pick(schema.tables.filter(({ kind }) => kind === 'table'));
  const values = columns.map((column) => {
    if (column.kind === 'integer' && table.keyColumns.includes(column.name)) return literal(random.between(10, 40));
    return random.chance(0.6) ? moderateColumn(random, from) : literal(valueFor(random, column));
  });
  const verb = random.pick(['INSERT OR IGNORE', schema.isPlain ? 'INSERT' : 'INSERT OR REPLACE', 'INSERT']);
  const order = keyExpressions(from).join(', ');
  return fragment(
    `${verb} INTO ${tableReference(table)} (${names(columns)}) SELECT ${values.join(', ')} FROM ${tableReference(from)} ORDER BY ${order} LIMIT ${random.between(1, 5)}`,
  );
}

function update(random: Random, schema: Schema, table: Table): Fragment {
  const columns = random.some(writableColumns(table), 1, 2);
  const sets = columns.map((column) => assignment(random, table, column));
  if (table.kind === 'table' && table.keys !== 'without rowid' && random.chance(0.06)) {
    sets.push(fragment(`${rowidName(table)} = ${rowidName(table)} + ${random.pick([1, 50, -1])}`));
  }
  const or = random.weighted([
    [6, ''],
    [2, 'OR IGNORE '],
    [schema.isPlain ? 0.05 : 1, 'OR REPLACE '],
    [schema.isPlain ? 0.05 : 0.5, 'OR FAIL '],
    [0.3, 'OR ROLLBACK '],
  ] as const);
  const verb = `UPDATE ${table.kind === 'view' ? '' : or}${tableReference(table)}`;
  return phrase`${verb} SET ${joined(sets, ', ')}${where(random, schema, table, 0.12)}`;
}

function assignment(random: Random, table: Table, column: Column): Fragment {
  const name = quoted(column.name);
  const other = moderateColumn(random, table);
  return random.weighted<() => Fragment>([
    [6, () => phrase`${name} = ${written(random, column)}`],
    [1, () => fragment(`${name} = ${name}`)],
    [column.kind === 'integer' || column.kind === 'real' ? 3 : 0, () => fragment(`${name} = ${name} + 1`)],
    [1, () => fragment(`${name} = ${other}`)],
    [1, () => fragment(`${name} = NULL`)],
    [column.kind === 'text' ? 1 : 0, () => fragment(`${name} = upper(${name})`)],
  ])();
}

function updateFrom(random: Random, schema: Schema, table: Table): Fragment {
  const from = random.pick(tablesOf(schema));
  const column = random.pick(writableColumns(table));
  const [left, right] = [quoted(random.pick(table.columns).name), moderateColumn(random, from, 'q.')];
  return fragment(
    `UPDATE ${tableReference(table)} AS p SET ${quoted(column.name)} = ${right} FROM ${tableReference(from)} AS q WHERE p.${left} = ${right}`,
  );
}

function remove(random: Random, schema: Schema, table: Table): Fragment {
  if (table.kind === 'table' && random.chance(schema.rows > 20 ? 0.03 : 0.15)) {
    // Keeps tables small.
    const [key] = keyExpressions(table);
    const name = tableReference(table);
    return fragment(
      `DELETE FROM ${name} WHERE ${key} NOT IN (SELECT ${key} FROM ${name} LIMIT ${random.between(Math.ceil(schema.rows / 3), schema.rows)})`,
    );
  }
  return phrase`DELETE FROM ${tableReference(table)}${where(random, schema, table, 0.04)}`;
}

/** One row by its key, or the rows of a predicate, or all. */
function where(random: Random, schema: Schema, table: Table, all: number): Fragment {
  if (random.chance(all)) return fragment('');
  const key = table.columns.find(({ name }) => name === table.keyColumns[0]);
  if (table.kind === 'table' && random.chance(0.5)) {
    const isNumber = key === undefined || (key.kind === 'integer' && schema.rows > 20);
    const value = isNumber ? random.between(1, schema.rows) : valueFor(random, { ...key, notNull: true });
    return phrase` WHERE ${key ? quoted(key.name) : rowidName(table)} = ${fragment('¤', value)}`;
  }
  const conjuncts = random.times(1, 2, () =>
    predicate(
      random,
      table.columns.map((column) => ({ column, sql: quoted(column.name) })),
    ),
  );
  return phrase` WHERE ${conjunction(conjuncts)}`;
}

function chosenColumns(random: Random, table: Table): readonly Column[] {
  const columns = writableColumns(table);
  if (random.chance(0.7)) return columns;
  const chosen = random.some(columns, 1);
  // A key has to be there, or nothing can be inserted into most tables WITHOUT ROWID.
  return columns.filter((column) => chosen.includes(column) || (table.keys === 'without rowid' && column.notNull));
}

function row(random: Random, columns: readonly Column[]): Fragment {
  const values = columns.map((column) => written(random, column));
  return phrase`(${joined(values, ', ')})`;
}

function names(columns: readonly Column[]): string {
  return columns.map(({ name }) => quoted(name)).join(', ');
}

/** A value; sometimes a REAL that is a whole number, which a driver takes for an INTEGER. */
function written(random: Random, column: Column): Fragment {
  if (column.kind === 'any' && random.chance(0.08)) return fragment('¤ * 1.0', random.between(0, 5));
  return fragment('¤', valueFor(random, column));
}
