/** Makes conditions on columns: every comparison, with values of the right type and of the wrong one. */
import { literal } from './literal.ts';
import { type Fragment, fragment, joined, phrase } from './query-template.ts';
import type { Random } from './random.ts';
import type { Value } from './scenario.ts';
import type { Column } from './schema-model.ts';
import { valueBeside } from './value-generator.ts';

/** A column as it is named in a statement. */
export interface ColumnReference {
  readonly sql: string;
  readonly column: Pick<Column, 'name' | 'kind' | 'strict' | 'collation' | 'huge'>;
}

/** A condition that speaks of these columns alone. `reads` is told which of them it names. */
export function predicate(
  random: Random,
  columns: readonly ColumnReference[],
  depth = 0,
  reads: (column: string) => void = () => {},
): Fragment {
  const picked = (): ColumnReference => {
    const reference = random.pick(columns);
    reads(reference.column.name);
    return reference;
  };
  const { sql, column } = picked();
  const value = (): Fragment => parameter(random, valueBeside(random, column));
  return random.weighted<() => Fragment>([
    [10, () => phrase`${sql} = ${value()}`],
    [2, () => phrase`${value()} = ${sql}`],
    [2, () => phrase`${sql} ${random.pick(['IS', 'IS NOT', 'IS NOT DISTINCT FROM'])} ${value()}`],
    [4, () => phrase`${sql} ${random.pick(['IN', 'IN', 'NOT IN'])} (${joined(random.times(1, 4, value), ', ')})`],
    [5, () => phrase`${sql} ${random.pick(['<', '<=', '>', '>='])} ${value()}`],
    [2, () => phrase`${sql} ${random.pick(['BETWEEN', 'BETWEEN', 'NOT BETWEEN'])} ${value()} AND ${value()}`],
    [1, () => phrase`${sql} LIKE ${parameter(random, random.pick(['a%', '%a%', 'A', '_', '%', '5%', 'ä']))}`],
    [1, () => phrase`${sql} GLOB ${parameter(random, random.pick(['a*', '*a*', '[a-c]', '?', '*']))}`],
    [2, () => fragment(`${sql} ${random.pick(['IS NULL', 'IS NOT NULL', 'NOTNULL', 'ISNULL'])}`)],
    [2, () => phrase`${sql} <> ${value()}`],
    [depth < 2 ? 3 : 0, () => either(random, columns, depth, reads)],
    [depth < 2 ? 1 : 0, () => phrase`NOT (${predicate(random, columns, depth + 1, reads)})`],
    [1, () => phrase`${sql} % ${parameter(random, random.between(2, 3))} = ${fragment(literal(random.between(0, 1)))}`],
    [1, () => phrase`${sql} + 1 > ${value()}`],
    [
      1,
      () =>
        phrase`${random.pick(['lower', 'length', 'typeof', 'hex', 'quote'])}(${sql}) = ${random.pick(["'a'", '1', "'text'", "'integer'", "'61'"])}`,
    ],
    [1, () => phrase`coalesce(${sql}, ${value()}) ${random.pick(['=', '>', '<>'])} ${value()}`],
    [1, () => phrase`CASE WHEN ${sql} > ${value()} THEN 1 WHEN ${sql} IS NULL THEN 0 ELSE ${value()} END`],
    [1, () => phrase`CAST(${sql} AS ${random.pick(['INTEGER', 'TEXT', 'REAL', 'BLOB', 'NUMERIC'])}) = ${value()}`],
    [
      2,
      () =>
        phrase`${sql} COLLATE ${random.pick(['NOCASE', 'RTRIM', 'BINARY'])} ${random.pick(['=', '>', 'IS NOT'])} ${value()}`,
    ],
    [1, () => fragment(`${sql} ${random.pick(['=', '<', 'IS', '<>'])} ${picked().sql}`)],
    [0.5, () => pair(random, picked(), sql, value)],
    [0.5, () => phrase`${sql}`],
    [0.3, () => phrase`(${sql} IS ${sql}) = ${parameter(random, random.pick([0, 1, 1, null, 'a']))}`],
    [
      0.15,
      () =>
        phrase`${sql} IN (SELECT value FROM json_each(${{ ...parameter(random, '[1, "a", 5, null, 2.5]'), fixed: true }}))`,
    ],
  ])();
}

/** Mostly a parameter, sometimes written out. */
export function parameter(random: Random, value: Value): Fragment {
  return random.chance(0.8) ? fragment('¤', value) : fragment(literal(value));
}

function either(
  random: Random,
  columns: readonly ColumnReference[],
  depth: number,
  reads: (column: string) => void,
): Fragment {
  const parts = random.times(2, 3, () => predicate(random, columns, depth + 1, reads));
  return joined(
    parts.map((part) => phrase`(${part})`),
    random.chance(0.8) ? ' OR ' : ' AND ',
  );
}

function pair(random: Random, other: ColumnReference, sql: string, value: () => Fragment): Fragment {
  const second = parameter(random, valueBeside(random, other.column));
  return random.chance(0.7)
    ? phrase`(${sql}, ${other.sql}) = (${value()}, ${second})`
    : phrase`(${sql}, ${other.sql}) IN (VALUES (${value()}, ${second}), (${value()}, ${second}))`;
}
