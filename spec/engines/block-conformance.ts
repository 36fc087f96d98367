/** What every engine gives when a result is read block by block: what it gives at once, in the same order. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BlockLimits, Engine, PreparedStatement } from '../../engines/engine.ts';
import type { SqlValue } from '../../lib/model/values.ts';
import { valueFrom, type WithEngine } from './engine-under-test.ts';

/** Every form of a query whose rows have an order, or whose only plan gives them one. */
const queries: readonly string[] = [
  'SELECT * FROM item ORDER BY name DESC, id',
  'SELECT id, name FROM item ORDER BY price',
  'SELECT id FROM item WHERE id > 900 ORDER BY id DESC LIMIT 50 OFFSET 3',
  'SELECT list, count(*), max(name) FROM item GROUP BY list ORDER BY 2, 1',
  'SELECT DISTINCT list FROM item ORDER BY list DESC',
  'SELECT id, id, name AS id FROM item ORDER BY id % 7, price',
  'SELECT a.id, b.name FROM item a JOIN item b ON b.id = a.id + 1 ORDER BY b.name, a.id',
  'SELECT id FROM item WHERE list = 1 UNION ALL SELECT -id FROM item WHERE list = 2 ORDER BY 1',
  'SELECT id, row_number() OVER (ORDER BY name) FROM item ORDER BY price DESC',
  'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000) SELECT i, i * i FROM n',
  'WITH few AS (SELECT * FROM item WHERE list < 3) SELECT * FROM few ORDER BY stock, id',
  "VALUES (1, 'a'), (2, NULL), (3, x'00ff')",
  'SELECT id FROM (SELECT id FROM item ORDER BY name LIMIT 20) ORDER BY id DESC',
  'SELECT id FROM item ORDER BY id -- the end',
  'SELECT id FROM item ORDER BY id /* the end',
  'SELECT value FROM json_each(\'[3,1,2,"x",null,1.5]\')',
  'SELECT name COLLATE NOCASE FROM item ORDER BY 1, id',
  'SELECT id FROM item WHERE 0',
  'PRAGMA table_info(item)',
  'EXPLAIN QUERY PLAN SELECT * FROM item ORDER BY name',
];

const odd = "(1), (9007199254740993), (-9223372036854775808), (NULL), (1e300), (0.5), ('a\0b'), (''), (x''), (x'00ff')";

export function blockConformance(name: string, withEngine: WithEngine): void {
  const withItems = (body: (engine: Engine) => void): Promise<void> =>
    withEngine((engine) => {
      engine.exec('CREATE TABLE item (id INTEGER PRIMARY KEY, list INTEGER, name TEXT, price REAL, stock)');
      engine.exec(`WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
        INSERT INTO item SELECT i, i % 10, 'name ' || (i * 7919 % 1000), (i * 31 % 977) / 7.0, i * 4 FROM n`);
      body(engine);
    });

  describe(`${name}: rows in blocks`, () => {
    for (const sql of queries) {
      it(`are those of ${sql}`, () =>
        withItems((engine) => {
          const statement = engine.prepare(sql, []);
          const rows = statement.all([]);
          for (const limit of [1, 7, 1000]) assert.deepStrictEqual(rowsIn(statement, [], limit), rows);
        }));
    }

    it('have every value as it is, beside integers that a number cannot hold', () =>
      withEngine((engine) => {
        engine.exec(`CREATE TABLE t (v); INSERT INTO t VALUES ${odd.replaceAll('\0', "' || char(0) || '")}`);
        const select = engine.prepare('SELECT v, typeof(v), ? FROM t ORDER BY rowid', [null]);
        for (const limit of [1, 3, 100]) {
          assert.deepStrictEqual(rowsIn(select, [5], limit), select.all([5]));
          assert.deepStrictEqual(rowsIn(select, [2n ** 62n], limit), select.all([2n ** 62n]));
        }
      }));

    it('take parameters by name', () =>
      withItems((engine) => {
        const select = engine.prepare('SELECT id FROM item WHERE list = :list AND id > $id ORDER BY id', [
          ':list',
          '$id',
        ]);
        assert.deepEqual(rowsIn(select, [3, 2480], 5), [[2483], [2493]]);
      }));

    it('are limited in number and in size', () =>
      withItems((engine) => {
        const select = engine.prepare('SELECT id, ? FROM item ORDER BY id', [null]);
        const counts = [...blocksOf(select, ['x'], { rows: 1000, size: 1e9 })].map((values) => values.length / 2);
        assert.deepEqual(counts, [1000, 1000, 500]);
        const sizes = [...blocksOf(select, ['x'.repeat(100)], { rows: 1000, size: 1000 })].map(
          ({ length }) => length / 2,
        );
        assert.deepEqual(new Set(sizes), new Set([10]));
        const [first] = blocksOf(select, ['x'.repeat(100)], { rows: 1000, size: 1 });
        assert.equal(first!.length, 2);
      }));

    it('come where they did not the last time, since the statement failed', () =>
      withEngine((engine) => {
        engine.exec('CREATE TABLE t (v INTEGER); INSERT INTO t VALUES (9223372036854775807), (1)');
        const sum = engine.prepare('SELECT sum(v) FROM t', []);
        assert.throws(() => rowsIn(sum, [], 10), /integer overflow/);
        engine.exec('DELETE FROM t WHERE v > 1');
        assert.deepStrictEqual(rowsIn(sum, [], 10), [[1]]);
        engine.exec('INSERT INTO t VALUES (9223372036854775807)');
        assert.throws(() => rowsIn(sum, [], 10), /integer overflow/);
        engine.exec('DELETE FROM t WHERE v > 1');
        assert.deepStrictEqual(sum.all([]), [[1]]);
      }));

    it('come while others are read, also in blocks', () =>
      withItems((engine) => {
        const [up, down] = [
          engine.prepare('SELECT id FROM item ORDER BY id LIMIT 6', []),
          engine.prepare('SELECT id FROM item WHERE id <= 6 ORDER BY id DESC', []),
        ];
        const rising = up.blocks([], { rows: 2, size: 1000 });
        const falling = down.blocks([], { rows: 3, size: 1000 });
        const seen = [rising.next().value, falling.next().value, rising.next().value, falling.next().value];
        assert.deepEqual(seen, [
          [1, 2],
          [6, 5, 4],
          [3, 4],
          [3, 2, 1],
        ]);
        assert.equal(valueFrom(engine, 'SELECT count(*) FROM item'), 2500);
        assert.deepEqual([rising.next().value, rising.next().done, falling.next().done], [[5, 6], true, true]);
      }));

    it('leave the statement free when they were left before their end', () =>
      withItems((engine) => {
        const select = engine.prepare('SELECT id FROM item ORDER BY id', []);
        const blocks = select.blocks([], { rows: 10, size: 1000 });
        blocks.next();
        blocks.return?.();
        engine.exec('DELETE FROM item WHERE id > 2; DROP TABLE IF EXISTS other');
        assert.deepEqual(select.all([]), [[1], [2]]);
        assert.deepEqual(rowsIn(select, [], 10), [[1], [2]]);
      }));

    it('are those of a table, whatever its name', () =>
      withEngine((engine) => {
        engine.exec('CREATE TABLE Sluice_Rows (c0); INSERT INTO Sluice_Rows VALUES (1), (2)');
        const select = engine.prepare('SELECT 1 UNION ALL SELECT c0 + 5 FROM Sluice_Rows WHERE c0 < 20', []);
        assert.deepEqual(rowsIn(select, [], 10), [[1], [6], [7]]);
      }));

    it('see a changed schema', () =>
      withItems((engine) => {
        const select = engine.prepare('SELECT count(*) FROM item', []);
        assert.deepEqual(rowsIn(select, [], 10), [[2500]]);
        engine.exec('DROP TABLE item; CREATE TABLE item (a); INSERT INTO item VALUES (1)');
        assert.deepEqual(rowsIn(select, [], 10), [[1]]);
      }));
  });
}

function* blocksOf(
  statement: PreparedStatement,
  params: readonly SqlValue[],
  limits: BlockLimits,
): Generator<SqlValue[]> {
  const blocks = statement.blocks(params, limits);
  try {
    for (let next = blocks.next(); !next.done; next = blocks.next()) yield next.value;
  } finally {
    blocks.return?.();
  }
}

function rowsIn(statement: PreparedStatement, params: readonly SqlValue[], rows: number): SqlValue[][] {
  const width = statement.columns.length;
  return [...blocksOf(statement, params, { rows, size: 1e9 })].flatMap((values) =>
    Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width)),
  );
}
