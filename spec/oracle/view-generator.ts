/** Makes views: of some rows, of a join, of groups; some of them written through a trigger. */
import { literal, quoted } from './literal.ts';
import type { Random } from './random.ts';
import { type Column, type Schema, type Table, tableReference, tablesOf } from './schema-model.ts';
import { valueFor } from './value-generator.ts';

export function makeView(random: Random, schema: Schema): { table: Table; sql: string[] } {
  const bases = tablesOf(schema).filter((table) => table.schema === 'main');
  const name = `v${++schema.names}`;
  const first = random.pick(bases);
  const second = random.pick(bases);
  const one = random.pick(first.columns);
  const two = random.pick(second.columns);
  const three = random.pick(first.columns);
  const [a, b] = [tableReference(first), tableReference(second)];
  const shown = (column: Column, alias: string): Column => ({
    ...column,
    name: alias,
    writable: false,
    notNull: false,
    unique: false,
  });
  const number: Column = shown({ ...one, kind: 'integer', collation: 'BINARY', strict: false, huge: false }, 'v2');
  const view = (
    columns: readonly Column[],
    query: string,
    used: readonly Table[],
  ): { table: Table; sql: string[] } => ({
    table: {
      name,
      schema: 'main',
      keys: 'rowid',
      keyColumns: [],
      columns,
      kind: 'view',
      bases: [...new Set(used.flatMap((table) => table.bases))],
      coarse: true,
      readOnly: true,
    },
    sql: [`CREATE VIEW ${name} (${columns.map((column) => quoted(column.name)).join(', ')}) AS ${query}`],
  });
  const [x, y, z] = [quoted(one.name), quoted(two.name), quoted(three.name)];
  return random.weighted<() => { table: Table; sql: string[] }>([
    [
      3,
      () => {
        const value = literal(valueFor(random, { ...one, notNull: true }));
        const made = view(
          [shown(one, 'v1'), shown(three, 'v2')],
          `SELECT ${x}, ${z} FROM ${a} WHERE ${x} <> ${value}`,
          [first],
        );
        return random.chance(0.5) ? writtenThrough(made, first, one) : made;
      },
    ],
    [
      2,
      () =>
        view(
          [shown(one, 'v1'), shown(two, 'v2')],
          `SELECT p.${x}, q.${y} FROM ${a} AS p LEFT JOIN ${b} AS q ON p.${x} = q.${y}`,
          [first, second],
        ),
    ],
    [
      2,
      () =>
        view(
          [shown(one, 'v1'), number],
          `SELECT ${x} COLLATE BINARY, count(*) FROM ${a} GROUP BY ${x} COLLATE BINARY`,
          [first],
        ),
    ],
    [
      1,
      () =>
        view(
          [{ ...shown(one, 'v1'), huge: one.huge || two.huge }],
          `SELECT ${x} FROM ${a} UNION ALL SELECT ${y} FROM ${b}`,
          [first, second],
        ),
    ],
  ])();
}

/** The view takes inserts and deletes, and passes them on. */
function writtenThrough(
  { table, sql }: { table: Table; sql: string[] },
  base: Table,
  column: Column,
): { table: Table; sql: string[] } {
  if (!column.writable || column.huge) return { table, sql };
  const [name, target] = [quoted(column.name), tableReference(base)];
  return {
    table: {
      ...table,
      readOnly: false,
      columns: table.columns.map((shown, index) => ({ ...shown, writable: index === 0 })),
    },
    sql: [
      ...sql,
      `CREATE TRIGGER ${table.name}i INSTEAD OF INSERT ON ${table.name} BEGIN INSERT OR IGNORE INTO ${target} (${name}) VALUES (new.v1); END`,
      `CREATE TRIGGER ${table.name}d INSTEAD OF DELETE ON ${table.name} BEGIN DELETE FROM ${target} WHERE ${name} IS old.v1; END`,
      `CREATE TRIGGER ${table.name}u INSTEAD OF UPDATE ON ${table.name} BEGIN UPDATE OR IGNORE ${target} SET ${name} = new.v1 WHERE ${name} IS old.v1; END`,
    ],
  };
}
