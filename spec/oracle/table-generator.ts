/** Makes tables: columns of every affinity and collation, every kind of key, every constraint. */
import { literal, quoted } from './literal.ts';
import type { Random } from './random.ts';
import {
  announcedName,
  type Column,
  type Keys,
  type Kind,
  type Schema,
  type Table,
  tableReference,
  tablesOf,
} from './schema-model.ts';
import { valueFor } from './value-generator.ts';

const types: readonly (readonly [string, Kind])[] = [
  ['INTEGER', 'integer'],
  ['INT', 'integer'],
  ['TEXT', 'text'],
  ['VARCHAR(10)', 'text'],
  ['REAL', 'real'],
  ['DOUBLE', 'real'],
  ['NUMERIC', 'numeric'],
  ['DECIMAL(10,2)', 'numeric'],
  ['BLOB', 'any'],
  ['', 'any'],
];
const strictTypes: readonly (readonly [string, Kind])[] = [
  ['INTEGER', 'integer'],
  ['TEXT', 'text'],
  ['REAL', 'real'],
  ['BLOB', 'blob'],
  ['ANY', 'any'],
];
const plainNames = ['a', 'b', 'c', 'd', 'e'];
const oddNames = ['order', 'a b', 'we"ird', 'größe', 'Group', 'rowid', 'select', 'x.y', "it's"];

interface Made {
  readonly column: Column;
  readonly sql: string;
}

/** A table, and the statement that makes it. */
export function makeTable(
  random: Random,
  schema: Schema,
  place: Table['schema'] = 'main',
): { table: Table; sql: string } {
  const number = ++schema.names;
  const name = random.chance(0.15) ? random.pick([`t ${number}`, `Order${number}`, `t"${number}`]) : `t${number}`;
  const keys: Keys = random.weighted([
    [3, 'rowid'],
    [5, 'integer key'],
    [2, 'without rowid'],
  ]);
  const strict = random.chance(0.15);
  const keyed = keyColumnsOf(random, keys, strict);
  const columns = [...keyed.made];
  const names = new Set(columns.map(({ column }) => column.name.toLowerCase()));
  // Now and then more columns than a number has bits.
  const wide = random.chance(0.02) ? Array.from({ length: random.pick([30, 44, 60]) }, (_, index) => `w${index}`) : [];
  for (const plain of [...plainNames.slice(0, random.between(2, 5)), ...wide]) {
    const odd = random.chance(0.12) ? random.pick(oddNames) : plain;
    const chosen = names.has(odd.toLowerCase()) ? plain : odd;
    if (names.has(chosen.toLowerCase())) continue;
    names.add(chosen.toLowerCase());
    columns.push(makeColumn(random, chosen, strict));
  }
  const reference = foreignKey(random, schema, place, columns);
  if (reference && !names.has(reference.column.name)) columns.push(reference);
  if (random.chance(0.25)) columns.push(generatedColumn(random, columns, strict));
  const constraints = [...keyed.constraints, ...tableConstraints(random, schema, columns)];
  const options = [...(keys === 'without rowid' ? ['WITHOUT ROWID'] : []), ...(strict ? ['STRICT'] : [])];
  const where = place === 'main' ? 'TABLE' : place === 'temp' ? 'TEMP TABLE' : 'TABLE';
  const shown = place === 'other' ? tableReference({ name, schema: place }) : quoted(name);
  const body = [...columns.map(({ sql }) => sql), ...constraints].join(', ');
  return {
    table: {
      name,
      schema: place,
      keys,
      keyColumns: keys === 'rowid' ? [] : keyed.made.map(({ column }) => column.name),
      columns: columns.map(({ column }) => column),
      kind: 'table',
      bases: [announcedName({ name, schema: place })],
      coarse: /REPLACE/.test(body),
      readOnly: false,
    },
    sql: `CREATE ${where} ${shown} (${body})${options.length > 0 ? ` ${options.join(', ')}` : ''}`,
  };
}

/** A column to add to a table that is there. */
export function makeColumn(random: Random, name: string, strict: boolean): Made {
  const [type, kind] = random.pick(strict ? strictTypes : types);
  const collates = (kind === 'text' || kind === 'any') && random.chance(0.3);
  const collation = collates ? random.pick(['NOCASE', 'RTRIM', 'BINARY'] as const) : 'BINARY';
  const notNull = random.chance(0.12);
  const column: Column = {
    name,
    kind,
    collation,
    strict,
    notNull,
    unique: false,
    writable: true,
    huge: !strict && random.chance(0.08),
  };
  const initial =
    notNull || random.chance(0.2) ? ` DEFAULT ${literal(valueFor(random, { ...column, notNull: true }))}` : '';
  const parts = [
    quoted(name),
    type,
    notNull ? `NOT NULL${random.chance(0.1) ? ' ON CONFLICT IGNORE' : ''}` : '',
    collates ? `COLLATE ${collation}` : '',
  ];
  const check = random.chance(0.06) ? ` CHECK (${quoted(name)} IS NOT 7)` : '';
  return { column, sql: `${parts.filter((part) => part !== '').join(' ')}${initial}${check}` };
}

function keyColumnsOf(random: Random, keys: Keys, strict: boolean): { made: Made[]; constraints: string[] } {
  const key = (name: string, kind: Kind): Column => ({
    name,
    kind,
    collation: 'BINARY',
    strict,
    notNull: true,
    unique: true,
    writable: true,
    huge: false,
  });
  if (keys === 'rowid') return { made: [], constraints: [] };
  if (keys === 'integer key') {
    const name = random.chance(0.9) ? 'id' : random.pick(['rowid', 'ID', 'key']);
    const sql = `${quoted(name)} INTEGER PRIMARY KEY${random.chance(0.2) ? ' AUTOINCREMENT' : ''}`;
    return { made: [{ column: key(name, 'integer'), sql }], constraints: [] };
  }
  if (random.chance(0.5)) {
    const collation = random.chance(0.3) ? 'NOCASE' : 'BINARY';
    const [type, kind] = random.pick([
      ['TEXT', 'text'],
      ['INTEGER', 'integer'],
      ['INT', 'integer'],
    ] as const);
    const sql = `id ${type} ${kind === 'text' && collation === 'NOCASE' ? 'COLLATE NOCASE ' : ''}PRIMARY KEY`;
    return {
      made: [{ column: { ...key('id', kind), collation: kind === 'text' ? collation : 'BINARY' }, sql }],
      constraints: [],
    };
  }
  const made = [
    { column: { ...key('k1', 'integer'), unique: false }, sql: 'k1 INTEGER' },
    { column: { ...key('k2', 'text'), unique: false }, sql: 'k2 TEXT' },
  ];
  return { made, constraints: [`PRIMARY KEY (${random.chance(0.5) ? 'k1, k2' : 'k2 DESC, k1'})`] };
}

function foreignKey(
  random: Random,
  schema: Schema,
  place: Table['schema'],
  columns: readonly Made[],
): Made | undefined {
  const parents = tablesOf(schema).filter(
    (table) => table.schema === place && table.keyColumns.length === 1 && table.columns.some(({ unique }) => unique),
  );
  if (parents.length === 0 || random.chance(0.5)) return undefined;
  const parent = random.pick(parents);
  const target = parent.columns.find(({ name }) => name === parent.keyColumns[0])!;
  const name = 'parent';
  if (columns.some(({ column }) => column.name === name)) return undefined;
  const onDelete = random.pick(['CASCADE', 'SET NULL', 'SET DEFAULT', 'NO ACTION', 'RESTRICT']);
  const onUpdate = random.pick(['CASCADE', 'SET NULL', 'CASCADE', 'NO ACTION']);
  const type = target.kind === 'integer' ? 'INTEGER' : 'TEXT';
  const deferred = random.chance(0.3) ? ' DEFERRABLE INITIALLY DEFERRED' : '';
  return {
    column: { ...target, name, notNull: false, unique: false },
    sql: `${name} ${type}${random.chance(0.3) ? ' DEFAULT 1' : ''} REFERENCES ${quoted(parent.name)} (${quoted(target.name)}) ON DELETE ${onDelete} ON UPDATE ${onUpdate}${deferred}`,
  };
}

function generatedColumn(random: Random, columns: readonly Made[], strict: boolean): Made {
  const moderate = columns.filter(({ column }) => !column.huge);
  const from = moderate.length > 0 ? quoted(random.pick(moderate).column.name) : "'x'";
  const [type, kind, expression] = random.pick([
    ['TEXT', 'text', `${from} || 'x'`],
    ['INTEGER', 'integer', `length(${from})`],
    // Outside of STRICT tables, ANY is no type of its own.
    ['ANY', strict ? 'any' : 'numeric', `coalesce(${from}, 'none')`],
  ] as const);
  const column: Column = {
    name: 'made',
    kind,
    collation: 'BINARY',
    strict: false,
    notNull: false,
    unique: false,
    writable: false,
    huge: false,
  };
  const stored = random.pick(['VIRTUAL', 'STORED']);
  return { column, sql: `made ${type} GENERATED ALWAYS AS (${expression}) ${stored}` };
}

function tableConstraints(random: Random, { isPlain }: Schema, columns: readonly Made[]): string[] {
  const plain = columns.filter(({ column }) => column.writable && !column.unique);
  if (plain.length < 2 || random.chance(0.75)) return [];
  const chosen = random.some(plain, 1, 2).map(({ column }) => quoted(column.name));
  const conflict = random.pick(
    isPlain
      ? ['', ' ON CONFLICT IGNORE']
      : ['', '', ' ON CONFLICT REPLACE', ' ON CONFLICT IGNORE', ' ON CONFLICT FAIL'],
  );
  return [`UNIQUE (${chosen.join(', ')})${conflict}`];
}
