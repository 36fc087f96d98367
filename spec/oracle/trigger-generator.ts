/** Makes triggers: those that write their own table, another table, nothing, or refuse. */
import { literal, quoted } from './literal.ts';
import type { Random } from './random.ts';
import {
  type Column,
  replaceTable,
  rowidName,
  type Schema,
  type Table,
  tablesOf,
  writableColumns,
} from './schema-model.ts';
import { valueFor } from './value-generator.ts';

/** A table that has as many rows gets no more from a trigger. */
const mostRows = 50;

/** The statements that make a trigger, with a table of its own for what it writes down. */
export function makeTrigger(random: Random, schema: Schema): string[] {
  const tables = tablesOf(schema).filter(
    (table) => table.schema === 'main' && writableColumns(table).some(({ huge }) => !huge),
  );
  if (tables.length === 0) return [];
  const table = random.pick(tables);
  const name = `g${++schema.names}`;
  const isTemporary = random.chance(0.12);
  schema.triggers.push(isTemporary ? `temp.${name}` : name);
  const head = `CREATE ${isTemporary ? 'TEMP ' : ''}TRIGGER ${name}`;
  const at = isTemporary ? `main.${quoted(table.name)}` : quoted(table.name);
  const column = random.pick(writableColumns(table).filter(({ huge }) => !huge));
  const event = random.pick(['INSERT', 'UPDATE', 'DELETE', `UPDATE OF ${quoted(column.name)}`]);
  const row = event === 'DELETE' ? 'old' : 'new';
  const when = random.chance(0.4)
    ? ` WHEN ${row}.${quoted(column.name)} IS NOT ${literal(valueFor(random, column))}`
    : '';
  const made = random.weighted<() => string[]>([
    [3, () => touch(random, { head, at, table, column })],
    [3, () => log(schema, { head, at, column, event, row, when, name })],
    [2, () => writeOther(random, schema, { head, at, table, event, row, column, when })],
    [2, () => [refuse(random, schema, { head, at, event, row, column })]],
  ])();
  const changes = tables.find((known) => known === table);
  if (changes && !changes.coarse) replaceTable(schema, changes, { ...changes, coarse: true });
  return made;
}

/** An `updated_at`: after an update it writes the row once more. */
function touch(
  random: Random,
  { head, at, table, column }: { head: string; at: string; table: Table; column: Column },
): string[] {
  const name = quoted(column.name);
  const key = table.keyColumns.length > 0 ? table.keyColumns.map(quoted) : [rowidName(table)];
  const same = key.map((part) => `${part} = new.${part}`).join(' AND ');
  const when = random.chance(0.6) ? ` WHEN new.${name} IS old.${name}` : '';
  const value = literal(valueFor(random, { ...column, notNull: true }));
  return [
    `${head} AFTER UPDATE ON ${at}${when} BEGIN UPDATE ${quoted(table.name)} SET ${name} = ${value} WHERE ${same}; END`,
  ];
}

function log(
  schema: Schema,
  of: { head: string; at: string; column: Column; event: string; row: string; when: string; name: string },
): string[] {
  const table = `log ${of.name}`;
  const column = (name: string, kind: Column['kind'], writable: boolean): Column => ({
    name,
    kind,
    writable,
    collation: 'BINARY',
    strict: false,
    notNull: false,
    unique: !writable,
    huge: false,
  });
  schema.tables.push({
    name: table,
    schema: 'main',
    keys: 'integer key',
    keyColumns: ['id'],
    columns: [column('id', 'integer', false), column('what', 'text', true), column('seen', 'any', true)],
    kind: 'table',
    bases: [table],
    coarse: false,
    readOnly: false,
  });
  const value = `${of.row}.${quoted(of.column.name)}`;
  const insert = `INSERT INTO "${table}" (what, seen) VALUES ('${of.event.slice(0, 6)}', ${value})`;
  return [
    `CREATE TABLE "${table}" (id INTEGER PRIMARY KEY, what TEXT, seen)`,
    `${of.head} AFTER ${of.event} ON ${of.at}${of.when} BEGIN ${insert}; END`,
  ];
}

function writeOther(
  random: Random,
  schema: Schema,
  of: { head: string; at: string; table: Table; event: string; row: string; column: Column; when: string },
): string[] {
  const others = tablesOf(schema).filter((table) => table.schema === 'main' && writableColumns(table).length > 0);
  const other = random.pick(others);
  const target = random.pick(writableColumns(other));
  const [name, value] = [quoted(target.name), `${of.row}.${quoted(of.column.name)}`];
  const given = writableColumns(other);
  const names = given.map((column) => quoted(column.name)).join(', ');
  const values = given.map((column) => (column === target ? value : literal(valueFor(random, column)))).join(', ');
  // Else two of them may double the rows with each statement, until it takes SQLite minutes.
  const room = `(SELECT count(*) FROM ${quoted(other.name)}) < ${mostRows}`;
  const body = random.pick([
    `INSERT OR ${schema.isPlain ? 'IGNORE' : 'REPLACE'} INTO ${quoted(other.name)} (${names}) SELECT ${values} WHERE ${room}`,
    `INSERT OR IGNORE INTO ${quoted(other.name)} (${names}) SELECT ${values} WHERE ${room}`,
    `UPDATE OR IGNORE ${quoted(other.name)} SET ${name} = ${value} WHERE ${name} IS NOT ${value}`,
    `DELETE FROM ${quoted(other.name)} WHERE ${name} = ${value}`,
    `UPDATE ${quoted(other.name)} SET ${name} = ${literal(valueFor(random, target))} WHERE ${name} = ${value}`,
  ]);
  replaceTable(schema, other, { ...other, coarse: true });
  const time = random.pick(['AFTER', 'AFTER', 'BEFORE']);
  return [`${of.head} ${time} ${of.event} ON ${of.at}${of.when} BEGIN ${body}; END`];
}

function refuse(
  random: Random,
  { isPlain }: Schema,
  { head, at, event, row, column }: { head: string; at: string; event: string; row: string; column: Column },
): string {
  const how = random.pick(['IGNORE', 'IGNORE', "ABORT, 'no'", ...(isPlain ? [] : ["FAIL, 'no'", "ROLLBACK, 'no'"])]);
  const value = literal(valueFor(random, { ...column, notNull: true }));
  const time = random.pick(['BEFORE', 'BEFORE', 'AFTER']);
  return `${head} ${time} ${event} ON ${at} WHEN ${row}.${quoted(column.name)} = ${value} BEGIN SELECT RAISE(${how}); END`;
}
