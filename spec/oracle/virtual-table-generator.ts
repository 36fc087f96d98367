/** Makes virtual tables: text search, with its text inside or in another table, and boxes in an R-Tree. */
import { quoted } from './literal.ts';
import type { Random } from './random.ts';
import { type Column, rowidName, type Schema, type Table, tablesOf } from './schema-model.ts';

const words: Column = {
  name: 'words',
  kind: 'text',
  collation: 'BINARY',
  writable: true,
  strict: false,
  notNull: false,
  unique: false,
  huge: false,
};

export function makeTextSearch(random: Random, schema: Schema): { table: Table; sql: string[] } {
  const name = `f${++schema.names}`;
  const table: Table = {
    name,
    schema: 'main',
    keys: 'rowid',
    keyColumns: [],
    columns: [words, { ...words, name: 'more' }],
    kind: 'text search',
    bases: [name],
    coarse: true,
    readOnly: false,
  };
  const contents = tablesOf(schema).filter(
    (other) =>
      other.schema === 'main' && other.keys !== 'without rowid' && !other.coarse && rowidName(other) === 'rowid',
  );
  if (contents.length === 0 || random.chance(0.5)) {
    return { table, sql: [`CREATE VIRTUAL TABLE ${name} USING fts5(words, more)`] };
  }
  const content = random.pick(contents);
  const column = random.pick(content.columns);
  const [from, text] = [quoted(content.name), quoted(column.name)];
  const make = `CREATE VIRTUAL TABLE ${name} USING fts5(${text}, content='${content.name.replaceAll("'", "''")}')`;
  const add = `INSERT INTO ${name} (rowid, ${text}) VALUES (new.rowid, new.${text});`;
  const remove = `INSERT INTO ${name} (${name}, rowid, ${text}) VALUES ('delete', old.rowid, old.${text});`;
  return {
    table: { ...table, columns: [{ ...column, writable: false }], bases: [name, ...content.bases], readOnly: true },
    sql: [
      make,
      `CREATE TRIGGER ${name}i AFTER INSERT ON ${from} BEGIN ${add} END`,
      `CREATE TRIGGER ${name}d AFTER DELETE ON ${from} BEGIN ${remove} END`,
      `CREATE TRIGGER ${name}u AFTER UPDATE ON ${from} BEGIN ${remove} ${add} END`,
    ],
  };
}

export function makeBoxes(schema: Schema): { table: Table; sql: string[] } {
  const name = `r${++schema.names}`;
  const side = (column: string): Column => ({ ...words, name: column, kind: 'real', notNull: true });
  return {
    table: {
      name,
      schema: 'main',
      keys: 'integer key',
      keyColumns: ['id'],
      columns: [{ ...side('id'), kind: 'integer', unique: true }, ...['x1', 'x2', 'y1', 'y2'].map(side)],
      kind: 'box',
      bases: [name],
      coarse: true,
      readOnly: false,
    },
    sql: [`CREATE VIRTUAL TABLE ${name} USING rtree(id, x1, x2, y1, y2)`],
  };
}
