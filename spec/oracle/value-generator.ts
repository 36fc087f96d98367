/** Values from small domains, so that matches and ties are common. */
import type { Random } from './random.ts';
import type { Value } from './scenario.ts';
import type { Column, Kind } from './schema-model.ts';

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);

const domains: Readonly<Record<Kind, readonly Value[]>> = {
  integer: [0, 1, 2, 3, 4, 5, 5, 6, 7, 10, -1, -3, 100],
  text: ['a', 'A', 'a ', 'b', 'B', 'c', '5', '5.0', '', 'abc', 'ABC', 'ä', 'Ä', 'zz', '🙂', "it's", '10', '%', 'a_c'],
  real: [0.5, 1.5, -2.5, 5, 1, 3, 0.25, 1e6, -0.125, 2, 0],
  numeric: [5, '5', '5.0', 1.5, 'x', 2, 3, 0, '1e1', 10, -4],
  any: [5, '5', 5.5, 'a', 'A', 'a ', bytes(1), bytes(), 0, 1, 2, '', -0, 3, 'b'],
  blob: [bytes(), bytes(1), bytes(97), bytes(1, 2), bytes(255), 'a', 1],
};

/** Text that looks like a number in ways of its own, ends in what is not quite a space, or sorts unlike its UTF-16. */
const rareTexts: readonly Value[] = [
  ' 5',
  '5 ',
  '+5',
  '0x10',
  'inf',
  'nan',
  'a\t',
  'a\u0000b',
  '\ue000',
  '😀',
  'İ',
  'ß',
  '-0',
  '.5',
];

/** What a sum of would fail, or depend on its order. */
const huge: readonly Value[] = [
  9007199254740993n,
  -9007199254740993n,
  9223372036854775807n,
  2 ** 53,
  -(2 ** 53),
  1e300,
  Number.POSITIVE_INFINITY,
  '9007199254740993',
  '1e400',
  '9223372036854775808',
];

/** A value that a column of this kind may well hold. */
export function valueFor(random: Random, column: Pick<Column, 'kind' | 'strict' | 'notNull' | 'huge'>): Value {
  const { kind, strict, notNull } = column;
  if (!notNull && random.chance(0.12)) return null;
  if (strict) return strictValue(random, kind);
  if (random.chance(0.05)) return random.pick(domains[random.pick(Object.keys(domains) as Kind[])]);
  if (column.huge && random.chance(0.15)) return random.pick(huge);
  if ((kind === 'text' || kind === 'any') && random.chance(0.06)) return random.pick(rareTexts);
  return random.pick(domains[kind]);
}

/** A value to compare with a column: most often one that it may hold, sometimes one of another kind. */
export function valueBeside(random: Random, column: Pick<Column, 'kind' | 'strict' | 'huge'>): Value {
  if (random.chance(0.15)) return anyValue(random);
  return valueFor(random, { ...column, notNull: random.chance(0.8) });
}

export function anyValue(random: Random): Value {
  if (random.chance(0.08)) return random.pick([null, random.pick(huge), random.pick(rareTexts)]);
  return random.pick(domains[random.pick(Object.keys(domains) as Kind[])]);
}

/** Another value of the same type. */
export function valueLike(random: Random, value: Value): Value {
  if (value === null || random.chance(0.1)) return anyValue(random);
  if (value instanceof Uint8Array) return random.pick(domains.blob);
  if (typeof value === 'string') return random.pick(domains.text);
  return random.pick(Number.isInteger(Number(value)) ? domains.integer : domains.real);
}

function strictValue(random: Random, kind: Kind): Value {
  if (random.chance(0.01)) return 'refused';
  if (kind === 'blob') return random.pick(domains.blob.filter((value) => value instanceof Uint8Array));
  return random.pick(domains[kind]);
}
