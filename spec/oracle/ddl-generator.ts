/** Makes changes of the schema, and keeps what is known of it in step. */
import { quoted } from './literal.ts';
import type { Random } from './random.ts';
import { makeIndex } from './schema-generator.ts';
import { announcedName, replaceTable, type Schema, type Table, tableReference, tablesOf } from './schema-model.ts';
import { makeColumn, makeTable } from './table-generator.ts';
import { makeTrigger } from './trigger-generator.ts';
import { makeView } from './view-generator.ts';

/** Statements that change the schema. SQLite may refuse them, where something hangs on what they change. */
export function makeSchemaChange(random: Random, schema: Schema): readonly string[] {
  const tables = tablesOf(schema);
  const made = random.weighted<() => readonly string[]>([
    [4, () => [makeIndex(random, schema, random.pick(tables))]],
    [schema.indexes.length > 0 ? 3 : 0, () => [`DROP INDEX IF EXISTS ${taken(random, schema.indexes)}`]],
    [3, () => addColumn(random, schema, random.pick(tables))],
    [2, () => dropColumn(random, schema, random.pick(tables))],
    [1, () => renameColumn(random, schema, random.pick(tables))],
    [0.7, () => renameTable(schema, random.pick(tables))],
    [1, () => remake(random, schema, random.pick(tables))],
    [tables.length < 6 ? 1 : 0, () => [create(random, schema, random.chance(0.2) ? 'temp' : 'main')]],
    [2, () => makeTrigger(random, schema)],
    [schema.triggers.length > 0 ? 2 : 0, () => [`DROP TRIGGER IF EXISTS ${taken(random, schema.triggers)}`]],
    [1, () => createView(random, schema)],
    [0.5, () => dropView(random, schema)],
    [0.4, () => shadow(random, schema)],
    [0.5, () => ['ANALYZE']],
    [0.3, () => ['REINDEX']],
  ]);
  return tables.length > 0 ? made() : [create(random, schema, 'main')];
}

function taken(random: Random, names: string[]): string {
  return names.splice(random.between(0, names.length - 1), 1)[0]!;
}

function addColumn(random: Random, schema: Schema, table: Table): readonly string[] {
  const { column, sql } = makeColumn(random, `n${++schema.names}`, false);
  if (column.notNull && !/DEFAULT/.test(sql)) return [];
  replaceTable(schema, table, { ...table, columns: [...table.columns, column] });
  return [`ALTER TABLE ${tableReference(table)} ADD COLUMN ${sql}`];
}

function dropColumn(random: Random, schema: Schema, table: Table): readonly string[] {
  const droppable = table.columns.filter(({ name }) => !table.keyColumns.includes(name));
  if (droppable.length < 2) return [];
  const column = random.pick(droppable);
  replaceTable(schema, table, { ...table, columns: table.columns.filter((other) => other !== column) });
  return [`ALTER TABLE ${tableReference(table)} DROP COLUMN ${quoted(column.name)}`];
}

function renameColumn(random: Random, schema: Schema, table: Table): readonly string[] {
  const column = random.pick(table.columns);
  const name = `n${++schema.names}`;
  replaceTable(schema, table, {
    ...table,
    columns: table.columns.map((other) => (other === column ? { ...column, name } : other)),
    keyColumns: table.keyColumns.map((key) => (key === column.name ? name : key)),
  });
  return [`ALTER TABLE ${tableReference(table)} RENAME COLUMN ${quoted(column.name)} TO ${quoted(name)}`];
}

function renameTable(schema: Schema, table: Table): readonly string[] {
  const name = `t${++schema.names}`;
  replaceTable(schema, table, { ...table, name, bases: [announcedName({ ...table, name })] });
  return [`ALTER TABLE ${tableReference(table)} RENAME TO ${quoted(name)}`];
}

/** The table goes, and comes back without its rows, perhaps with other columns. */
function remake(random: Random, schema: Schema, table: Table): readonly string[] {
  const drop = `DROP TABLE ${tableReference(table)}`;
  if (table.schema !== 'main') return [drop, ...addBack(schema, table, undefined)];
  const made = makeTable(random, schema, table.schema);
  const sql = made.sql.replace(quoted(made.table.name), quoted(table.name));
  return [drop, ...addBack(schema, table, { ...made.table, name: table.name, bases: table.bases }), sql];
}

function addBack(schema: Schema, before: Table, after: Table | undefined): readonly string[] {
  replaceTable(schema, before, after);
  return [];
}

function create(random: Random, schema: Schema, place: Table['schema']): string {
  const { table, sql } = makeTable(random, schema, place);
  schema.tables.push(table);
  return sql;
}

function createView(random: Random, schema: Schema): readonly string[] {
  if (!tablesOf(schema).some((table) => table.schema === 'main')) return [];
  const { table, sql } = makeView(random, schema);
  schema.tables.push(table);
  return sql;
}

function dropView(random: Random, schema: Schema): readonly string[] {
  const views = tablesOf(schema, 'view');
  if (views.length === 0) return [];
  const view = random.pick(views);
  replaceTable(schema, view, undefined);
  return [`DROP VIEW IF EXISTS ${view.name}`];
}

/** A TEMP table of the same name and columns comes before the other one, until it goes. */
function shadow(random: Random, schema: Schema): readonly string[] {
  const table = random.pick(tablesOf(schema));
  const name = quoted(table.name);
  if (table.schema !== 'main') return [];
  return random.chance(0.5)
    ? [`CREATE TEMP TABLE ${name} AS SELECT * FROM main.${name} LIMIT 2`]
    : [`DROP TABLE IF EXISTS temp.${name}`];
}
