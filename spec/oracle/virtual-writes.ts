/** Makes statements that write virtual tables. */
import { quoted } from './literal.ts';
import type { Random } from './random.ts';
import type { Statement } from './scenario.ts';
import { type Table, tableReference } from './schema-model.ts';

const words = ['sun', 'moon', 'sun moon', 'star', 'the sun is a star', 'Moon', '', 'mond'];

export function writeVirtual(random: Random, table: Table): Statement {
  return table.kind === 'box' ? writeBox(random, table) : writeText(random, table);
}

function writeText(random: Random, table: Table): Statement {
  const name = tableReference(table);
  const [first, second] = table.columns.map((column) => quoted(column.name));
  const row = random.between(1, 8);
  return random.weighted<() => Statement>([
    [
      4,
      () => ({
        sql: `INSERT INTO ${name} (${first}, ${second}) VALUES (?, ?)`,
        params: [random.pick(words), random.pick(words)],
      }),
    ],
    [2, () => ({ sql: `UPDATE ${name} SET ${first} = ? WHERE rowid = ?`, params: [random.pick(words), row] })],
    [2, () => ({ sql: `DELETE FROM ${name} WHERE rowid = ?`, params: [row] })],
    [1, () => ({ sql: `REPLACE INTO ${name} (rowid, ${first}) VALUES (?, ?)`, params: [row, random.pick(words)] })],
    [1, () => ({ sql: `DELETE FROM ${name} WHERE ${name} MATCH ?`, params: [random.pick(['sun', 'moon'])] })],
  ])();
}

function writeBox(random: Random, table: Table): Statement {
  const name = tableReference(table);
  const [id, x, y] = [random.between(1, 8), random.between(-5, 5), random.between(-5, 5)];
  return random.weighted<() => Statement>([
    [
      4,
      () => ({
        sql: `INSERT OR REPLACE INTO ${name} VALUES (?, ?, ?, ?, ?)`,
        params: [id, x, x + random.between(0, 3), y, y + 1],
      }),
    ],
    [2, () => ({ sql: `UPDATE ${name} SET x2 = x2 + 1 WHERE id = ?`, params: [id] })],
    [2, () => ({ sql: `DELETE FROM ${name} WHERE id = ?`, params: [id] })],
  ])();
}
