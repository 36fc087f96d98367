/** Makes a schema: tables and what hangs on them. */
import { literal, quoted } from './literal.ts';
import type { Random } from './random.ts';
import type { Statement } from './scenario.ts';
import { type Column, type Schema, type Table, tableReference, tablesOf } from './schema-model.ts';
import { makeTable } from './table-generator.ts';
import { makeTrigger } from './trigger-generator.ts';
import { valueFor } from './value-generator.ts';
import { makeView } from './view-generator.ts';
import { makeBoxes, makeTextSearch } from './virtual-table-generator.ts';

export interface MadeSchema {
  readonly schema: Schema;
  readonly setup: readonly Statement[];
}

export function makeSchema(random: Random, rows: number): MadeSchema {
  const isPlain = random.chance(0.6);
  const schema: Schema = { tables: [], indexes: [], triggers: [], isPlain, rows, names: 0 };
  const setup: string[] = [];
  if (random.chance(0.2)) setup.push('PRAGMA recursive_triggers = ON');
  if (random.chance(0.2)) setup.push('PRAGMA foreign_keys = OFF');
  const isAttached = random.chance(0.12);
  if (isAttached) setup.push("ATTACH ':memory:' AS other");
  const add = ({ table, sql }: { table: Table; sql: string | readonly string[] }): void => {
    schema.tables.push(table);
    for (const statement of [sql].flat()) setup.push(statement);
  };
  for (let count = random.between(1, 4); count > 0; count--) add(makeTable(random, schema));
  if (random.chance(0.15)) add(makeTable(random, schema, 'temp'));
  if (isAttached) add(makeTable(random, schema, 'other'));
  for (const table of tablesOf(schema)) {
    for (
      let count = random.weighted([
        [3, 0],
        [3, 1],
        [1, 2],
      ]);
      count > 0;
      count--
    )
      setup.push(makeIndex(random, schema, table));
  }
  if (random.chance(0.15)) add(makeTextSearch(random, schema));
  if (random.chance(0.12)) add(makeBoxes(schema));
  for (
    let count = random.weighted([
      [4, 0],
      [2, 1],
      [1, 2],
    ]);
    count > 0;
    count--
  )
    add(makeView(random, schema));
  for (
    let count = random.weighted([
      [4, 0],
      [2, 1],
      [2, 2],
      [1, 3],
    ]);
    count > 0;
    count--
  )
    setup.push(...makeTrigger(random, schema));
  return { schema, setup: setup.map((sql) => ({ sql })) };
}

/** An index on some columns, in some order, of some rows, or on an expression. */
export function makeIndex(random: Random, schema: Schema, table: Table): string {
  const name = `i${++schema.names}`;
  const shown = table.schema === 'main' ? name : `${table.schema}.${name}`;
  schema.indexes.push(shown);
  const columns = random.some(table.columns, 1, 2).map((column) => {
    if (random.chance(0.12)) return `${random.pick(['lower', 'length', 'typeof'])}(${quoted(column.name)})`;
    const collation = random.chance(0.15) ? ` COLLATE ${random.pick(['NOCASE', 'BINARY', 'RTRIM'])}` : '';
    return `${quoted(column.name)}${collation}${random.chance(0.25) ? ' DESC' : ''}`;
  });
  const filtered = random.pick(table.columns);
  const filter = random.pick([
    `${quoted(filtered.name)} IS NOT NULL`,
    `${quoted(filtered.name)} > ${literal(valueFor(random, { ...filtered, notNull: true }))}`,
  ]);
  const where = random.chance(0.2) ? ` WHERE ${filter}` : '';
  return `CREATE ${random.chance(0.06) ? 'UNIQUE ' : ''}INDEX ${shown} ON ${quoted(table.name)} (${columns.join(', ')})${where}`;
}

/** The first rows of every table. */
export function makeRows(random: Random, { tables }: Schema, most: number): Statement[] {
  const written = tables.filter(({ kind, readOnly }) => kind === 'table' && !readOnly);
  return written.flatMap((table) => {
    const columns = table.columns.filter(({ writable }) => writable);
    const into = `INSERT OR IGNORE INTO ${tableReference(table)} (${columns.map(({ name }) => quoted(name)).join(', ')})`;
    if (most > 300) return [{ sql: `${into} ${series(random, table, columns, most)}` }];
    return random.times(1, most, () => ({
      sql: `${into} VALUES (${columns.map(() => '?').join(', ')})`,
      params: columns.map((column) => valueFor(random, column)),
    }));
  });
}

/** Many rows at once. */
function series(random: Random, table: Table, columns: readonly Column[], count: number): string {
  const values = columns.map((column) => {
    if (column.name === table.keyColumns[0]) return 'i';
    const [one, two] = [valueFor(random, column), valueFor(random, column)].map(literal);
    return random.pick([
      `CASE i % ${random.between(2, 9)} WHEN 0 THEN ${one} ELSE ${two} END`,
      `i % ${random.between(3, 50)}`,
    ]);
  });
  return `SELECT ${values.join(', ')} FROM (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n)`;
}
