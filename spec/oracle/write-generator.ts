/** Makes writes and the steps around them. */
import { makeSchemaChange } from './ddl-generator.ts';
import type { Random } from './random.ts';
import type { BatchPart, Step, Write } from './scenario.ts';
import type { Schema } from './schema-model.ts';
import { makeMany, makeReturning, makeStatement } from './statement-generator.ts';
import { withLiterals } from './statement-text.ts';

/** What a scenario does. */
export interface Habits {
  /** Whether there are changes of the schema. */
  readonly changesSchema: boolean;
  /** The most rows of one batch. */
  readonly mostRows: number;
  readonly hasFile: boolean;
}

export function makeSteps(random: Random, schema: Schema, count: number, queries: number, habits: Habits): Step[] {
  return Array.from({ length: count }, () => makeStep(random, schema, queries, habits));
}

function makeStep(random: Random, schema: Schema, queries: number, habits: Habits): Step {
  const some = (): number[] => random.times(1, 4, () => random.between(0, queries - 1));
  return random.weighted<() => Step>([
    [
      20,
      () => ({ kind: 'write', write: makeWrite(random, schema, habits), by: random.chance(0.88) ? 'self' : 'second' }),
    ],
    [
      2,
      () => ({
        kind: 'burst',
        writes: random.times(2, 5, () => makeWrite(random, schema, habits)),
        watched: random.chance(0.6),
      }),
    ],
    [queries > 0 ? 1.2 : 0, () => ({ kind: 'open', queries: some() })],
    [queries > 0 ? 1 : 0, () => ({ kind: 'close', queries: some() })],
    [
      queries > 0 ? 0.8 : 0,
      () => ({
        kind: 'inside',
        parts: random.times(1, 3, () => makeWrite(random, schema, { ...habits, changesSchema: false }, 1)),
        queries: some(),
        ends: random.pick(['commit', 'rollback']),
      }),
    ],
    [habits.hasFile ? 0.15 : 0, () => ({ kind: 'foreign', sql: foreignStatements(random, schema, habits) })],
  ])();
}

function makeWrite(random: Random, schema: Schema, habits: Habits, depth = 0): Write {
  return random.weighted<() => Write>([
    [14, () => ({ kind: 'execute', ...makeStatement(random, schema) })],
    [2, () => ({ kind: 'select', ...makeReturning(random, schema) })],
    [1.5, () => ({ kind: 'script', sql: random.times(1, 3, () => literalStatement(random, schema)) })],
    [2.5, () => ({ kind: 'batch', parts: random.times(1, 3, () => makePart(random, schema, habits)) })],
    [depth < 2 ? 4 : 0, () => makeTransaction(random, schema, habits, depth)],
    [habits.changesSchema ? 1 : 0, () => ({ kind: 'script', sql: makeSchemaChange(random, schema) })],
    [habits.changesSchema && depth === 0 ? 0.4 : 0, () => ({ kind: 'execute', sql: pragma(random) })],
  ])();
}

/** What a transaction that is taken back did to the schema is taken back too. */
function makeTransaction(random: Random, schema: Schema, habits: Habits, depth: number): Write {
  const before = {
    ...schema,
    tables: [...schema.tables],
    indexes: [...schema.indexes],
    triggers: [...schema.triggers],
  };
  const parts = random.times(1, 4, () => makeWrite(random, schema, habits, depth + 1));
  const ends = random.chance(0.72) ? 'commit' : 'rollback';
  if (ends === 'rollback') Object.assign(schema, before, { names: schema.names });
  return { kind: 'transaction', parts, ends };
}

function makePart(random: Random, schema: Schema, { mostRows }: Habits): BatchPart {
  if (random.chance(0.7)) return makeStatement(random, schema);
  const rows = random.weighted([
    [3, 1],
    [4, 10],
    [1, 30],
    [mostRows > 30 ? 3 : 0, 300],
    [mostRows > 30 ? 2 : 0, random.pick([999, 1000, 1001, 3000])],
  ]);
  return makeMany(random, schema, Math.min(rows, mostRows)) ?? makeStatement(random, schema);
}

function foreignStatements(random: Random, schema: Schema, { changesSchema }: Habits): readonly string[] {
  // A connection of another process knows no TEMP tables and nothing attached.
  const isPlain = schema.tables.every((table) => table.schema === 'main');
  if (changesSchema && isPlain && random.chance(0.4)) {
    return makeSchemaChange(random, schema).filter((sql) => !/\bTEMP\b/i.test(sql));
  }
  const main = { ...schema, tables: schema.tables.filter((table) => table.schema === 'main') };
  return random.times(1, 2, () => literalStatement(random, main));
}

/** A statement without parameters. */
function literalStatement(random: Random, schema: Schema): string {
  const { sql, params = [] } = makeStatement(random, schema);
  return withLiterals({ sql, params });
}

function pragma(random: Random): string {
  const name = random.pick(['recursive_triggers', 'foreign_keys', 'recursive_triggers', 'defer_foreign_keys']);
  return `PRAGMA ${name} = ${random.pick(['ON', 'OFF'])}`;
}
