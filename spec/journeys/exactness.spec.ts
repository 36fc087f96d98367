/** Whom a commit concerns: a live query runs when a column that it reads changed, in a row that it can show, and else not. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Params } from '../../lib/index.ts';
import { allEngines, type Bench, done, fileEngines, withServer } from '../support/databases.ts';
import { LiveCheck, type Watchable } from '../support/live-check.ts';

const columns = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, c INTEGER, d TEXT);
  CREATE TABLE other (id INTEGER PRIMARY KEY, t_id INTEGER, e INTEGER);
  CREATE INDEX t_c ON t (c);
  CREATE VIEW a_of_t AS SELECT id, a FROM t WHERE c > 0;
  CREATE VIEW b_by_c AS SELECT b FROM t ORDER BY c;
  INSERT INTO t VALUES (1, 1, 'b1', 1, 'd1'), (2, 2, 'b2', 2, 'd2'), (3, 3, 'b3', 3, 'd3');
  INSERT INTO other VALUES (1, 1, 10), (2, 2, 20);`;

/** Queries, and the columns of `t` that they read. */
const readers: readonly (readonly [query: Watchable, read: string])[] = [
  ['SELECT b FROM t', 'b'],
  ['SELECT * FROM t', 'abcd'],
  ['SELECT count(*) FROM t', ''],
  ['SELECT id FROM t ORDER BY id', ''],
  ['SELECT id FROM t WHERE a > 0', 'a'],
  ['SELECT b FROM t ORDER BY c', 'bc'],
  ['SELECT b FROM t ORDER BY c LIMIT 2', 'bc'],
  ['SELECT upper(b) AS shout FROM t ORDER BY shout DESC', 'b'],
  ['SELECT DISTINCT a FROM t', 'a'],
  ['SELECT a, count(*) FROM t GROUP BY a HAVING max(c) > 0', 'ac'],
  ['SELECT sum(a) FILTER (WHERE d IS NOT NULL) FROM t', 'ad'],
  ["SELECT group_concat(b, ',' ORDER BY c DESC) FROM t", 'bc'],
  ['SELECT a, row_number() OVER (PARTITION BY b ORDER BY d) FROM t', 'abd'],
  ['SELECT a, sum(c) OVER w FROM t WINDOW w AS (ORDER BY id)', 'ac'],
  ['SELECT t.a, other.e FROM t JOIN other ON other.t_id = t.id', 'a'],
  ['SELECT other.e, t.b FROM other LEFT JOIN t ON t.id = other.t_id AND t.d IS NOT NULL', 'bd'],
  ['SELECT e FROM other JOIN t USING (id) WHERE e > a', 'a'],
  ['SELECT x.a, y.b FROM t x JOIN t y ON y.id = x.id', 'ab'],
  ['SELECT a FROM a_of_t ORDER BY a', 'ac'],
  ['SELECT b FROM b_by_c', 'bc'],
  ['SELECT id FROM other WHERE t_id IN (SELECT id FROM t WHERE a > 0)', 'a'],
  ['SELECT id FROM other WHERE EXISTS (SELECT 1 FROM t WHERE t.id = other.t_id AND t.d > ?)', 'd'],
  ['SELECT (SELECT max(a) FROM t) AS most, e FROM other', 'a'],
  ['WITH few AS (SELECT a, b FROM t WHERE c < 9) SELECT a FROM few ORDER BY a', 'ac'],
  ['SELECT a FROM t UNION SELECT e FROM other ORDER BY 1', 'a'],
  ['SELECT b FROM t INDEXED BY t_c WHERE c BETWEEN 1 AND 5 ORDER BY b', 'bc'],
  ['SELECT CASE WHEN a > 1 THEN b ELSE c END AS one FROM t', 'abc'],
].map(([sql, read]) => [sql!.includes('?') ? [sql!, ['']] : sql!, read!] as const);

interface Condition {
  readonly where: string;
  readonly params?: Params;
}

const item = `
  CREATE TABLE item (id INTEGER PRIMARY KEY, kind TEXT, size INTEGER, name TEXT COLLATE NOCASE, code TEXT COLLATE RTRIM,
    weight REAL, score NUMERIC, any, data BLOB, note TEXT);`;

/** Conditions by the way in which they are met. A query runs for a row exactly where the row meets its condition. */
const conditions: Readonly<Record<string, readonly Condition[]>> = {
  'an equality': [
    { where: "kind = 'a'" },
    { where: "'b' = kind" },
    { where: 'kind = ?', params: ['a'] },
    { where: 'kind = ?', params: ['b'] },
    { where: ':kind == kind', params: { kind: "it's" } },
    { where: '(kind) = (?1) AND size = ?1', params: [5] },
    { where: 'kind = @kind AND size = $size', params: { kind: 'a', size: 1 } },
    { where: 'id = 3' },
    { where: 'rowid = ?', params: [4] },
    { where: 'weight = 2.5' },
    { where: 'weight = 2' },
    { where: 'data = ?', params: [new Uint8Array([1, 2])] },
    { where: 'size = 9007199254740993' },
    { where: 'size = ?', params: [9007199254740993n] },
    { where: 'size = ?', params: [-0] },
  ],
  'a list as JSON': [
    { where: 'kind IN (SELECT value FROM json_each(?))', params: ['["a", "it\'s", null]'] },
    { where: 'size IN (SELECT value FROM json_each(?)) AND kind <> ?', params: ['[1, 5, "2"]', 'b'] },
    { where: 'size IN (SELECT value FROM json_each(?)) AND kind <> ?', params: ['[2]', 'b'] },
    { where: 'name IN (select value from JSON_EACH(\'["APPLE"]\'))' },
    { where: 'kind NOT IN (SELECT value FROM json_each(?, ?))', params: ['{"not": ["a", "c"]}', '$.not'] },
  ],
  'IN, IS and NULL': [
    { where: "kind IN ('a', 'c')" },
    { where: 'kind IN (?, ?, NULL)', params: ['a', "it's"] },
    { where: 'size IN (1, 2, 5) AND kind IN (?)', params: ['a'] },
    { where: "size NOT IN (1, 5) AND kind <> 'b'" },
    { where: 'kind IS NULL' },
    { where: 'size IS NULL AND kind IS NOT NULL' },
    { where: 'kind IS ?', params: [null] },
    { where: 'kind IS ?', params: ['a'] },
    { where: 'size IS NOT ?', params: [1] },
    { where: 'size NOTNULL AND weight ISNULL' },
    { where: "kind IS NOT DISTINCT FROM 'a'" },
    { where: 'size IS DISTINCT FROM weight AND size > 4' },
  ],
  'ranges and patterns': [
    { where: 'size > 3' },
    { where: '? >= size', params: [2] },
    { where: 'size BETWEEN ? AND ?', params: [2, 5] },
    { where: "kind NOT BETWEEN 'b' AND 'z'" },
    { where: 'weight < 2.25' },
    { where: "name LIKE 'a%'" },
    { where: 'kind LIKE ?', params: ["%'S"] },
    { where: "name NOT LIKE '_pp%' ESCAPE '!'" },
    { where: "kind GLOB '[ab]*'" },
    { where: 'id > ? AND id <= ?', params: [2, 5] },
  ],
  'AND, OR and NOT': [
    { where: "kind = 'a' OR size > 4" },
    { where: "NOT (kind = 'a' OR size > 4)" },
    { where: "kind = 'a' AND NOT size = 1" },
    { where: '(kind = ? AND size > ?) OR (kind = ? AND weight < ?)', params: ['a', 1, 'b', 2] },
    { where: 'size > 1 IS TRUE AND weight IS NOT NULL' },
    { where: "CASE kind WHEN 'a' THEN size > 1 ELSE weight > 2 END" },
    { where: "(kind, size) = ('a', 1)" },
    { where: "(kind, size) > ('a', 4)" },
    { where: '1 = 1 AND size = 5' },
  ],
  'expressions and functions that give the same each time': [
    { where: 'size * 2 + 1 = 11' },
    { where: 'size % ? = 1 AND length(kind) = ?', params: [2, 1] },
    { where: "lower(name) = 'apple'" },
    { where: "coalesce(kind, 'none') = 'none'" },
    { where: "substr(name, 1, 1) || kind = 'Aa'" },
    { where: "typeof(size) = 'text'" },
    { where: 'abs(size) = ?', params: [2] },
    { where: 'CAST(weight AS INTEGER) = 2' },
    { where: 'round(weight) = 3 OR max(size, weight) > 100' },
    { where: "CASE WHEN json_valid(note) THEN json_extract(note, '$.open') = 1 END" },
    { where: "instr(kind, '''') > 0" },
  ],
  'what a column does to a comparison, by its type and its collation': [
    { where: "name = 'APPLE'" },
    { where: 'name IN (?, ?)', params: ['aPPle', 'pear'] },
    { where: "name = 'apple' COLLATE BINARY" },
    { where: "kind = 'A' COLLATE NOCASE" },
    { where: "kind COLLATE NOCASE IN ('A', 'B')" },
    { where: "name > 'B'" },
    { where: "code = 'x'" },
    { where: 'code = ?', params: ['x   '] },
    { where: "size = '5'" },
    { where: 'size = ?', params: ['5'] },
    { where: 'kind = 5' },
    { where: 'kind = ?', params: [5] },
    { where: "weight = '2'" },
    { where: 'score = ?', params: ['abc'] },
    { where: 'score IN (?, ?)', params: ['10', 10.5] },
    { where: 'any = 5' },
    { where: "any = '5'" },
    { where: '+size = ?', params: ['many'] },
    { where: 'kind > 4' },
    { where: 'size < ?', params: ['3'] },
    { where: 'kind <= ?', params: [5] },
    { where: 'any BETWEEN ? AND ?', params: [4, 7] },
    { where: 'size * 2 = ?', params: [10] },
    { where: 'weight < ?', params: ['2.25'] },
    { where: 'name < ?', params: ['B'] },
    { where: 'code >= ?', params: ['x  '] },
    { where: 'any > ?', params: [''] },
    { where: 'size = weight' },
    { where: 'kind = any' },
    { where: 'kind = size' },
  ],
};

/** Only SQLite knows what these values become beside a column of that type: such a query may run for any row, and misses none. */
const conversions: readonly Condition[] = [
  { where: 'size = ?', params: [' 5.0 '] },
  { where: 'score = ?', params: ['1e1'] },
  { where: 'score IN (?, ?)', params: ['abc', '+10.0'] },
  { where: "weight = '2.5'" },
  { where: 'kind = ?', params: [2.5] },
  { where: 'weight = ?', params: ['0x2'] },
  { where: 'size = ?', params: ['9007199254740993'] },
];

/** Rows with something for each condition, and something against it. */
const rows: readonly Readonly<Record<string, string>>[] = [
  { kind: "'a'", size: '1', name: "'Apple'", code: "'x'", weight: '2.5', score: '10', any: '5', data: "x'0102'" },
  { kind: "'b'", size: '5', name: "'apple'", code: "'x  '", weight: '1.5', score: "'abc'", any: "'5'", note: "'{}'" },
  { kind: "'it''s'", size: '2', name: "'Pear'", code: "' x'", weight: '2', any: "''", data: "x''" },
  { kind: "'5'", size: "'5'", name: "'PEAR'", weight: '100.5', score: "'1e1'", any: 'NULL', data: "'text'" },
  { size: '3', name: "'Zoë'", weight: '3', any: "x'00'", note: `'{"open":1}'` },
  { kind: "'a'", size: '4', name: "'a%'", code: "'y'", weight: '2', score: '10.5', any: "'z'" },
  { kind: "'A'", name: "'b'", weight: '-1', any: '5.5', note: `'{"open":0}'` },
  { kind: "'c'", size: '9007199254740993', name: "''", any: '9007199254740993' },
  { kind: "'c'", size: '0', weight: '0', code: "'x '", score: '0', any: "'c'" },
  { kind: "'B'", size: "'many'", name: "'appLE'", weight: "'heavy'" },
  {},
];

/** What a row meets, a query shows: where it ran for one that it did not show, or not for one that it did, is told. */
async function assertRunsForItsRows({ db, server }: Bench, given: readonly Condition[], isExact = true): Promise<void> {
  await done(db.executeScript(item));
  const queries = given.map(
    ({ where, params = [] }): Watchable => [`SELECT id, note FROM item WHERE ${where} ORDER BY id`, params],
  );
  const check = await LiveCheck.of({ db, server }, queries);
  const met = given.map(() => new Set<boolean>());
  const write = async (sql: string): Promise<void> => {
    const before = check.watched.map(({ recorder }) => recorder.last);
    const ran = await check.ranBy(sql);
    await check.assertFresh(sql);
    const isOther = check.watched.map(({ recorder }, index) => recorder.last !== before[index]);
    for (const [index, { sql: query }] of check.watched.entries()) {
      met[index]!.add(isOther[index]!);
      const concerned = check.watched.filter((watched, other) => watched.sql === query && isOther[other]);
      if (isExact) assert.equal(ran[index], concerned.length, `runs of ${query} by ${sql}`);
    }
  };
  for (const [index, row] of rows.entries()) {
    const values = { id: String(index + 1), ...row };
    await write(`INSERT INTO item (${Object.keys(values).join()}) VALUES (${Object.values(values).join()})`);
  }
  const names = ['kind', 'size', 'name', 'code', 'weight', 'score', 'any', 'data'];
  for (let index = 1; index < rows.length; index++) {
    const after = rows[(index * 4) % rows.length]!;
    const changes = names.map((name) => `${name} = ${after[name] ?? 'NULL'}`).join(', ');
    await write(`UPDATE item SET ${changes}, note = 'changed' WHERE id = ${index}`);
  }
  for (let id = 1; id <= rows.length; id += 2) await write(`DELETE FROM item WHERE id = ${id}`);
  await write('DELETE FROM item');
  for (const [index, { where }] of given.entries())
    if (isExact) assert.equal(met[index]!.size, 2, `some rows meet ${where}, and some do not`);
  check.stop();
}

for (const engine of allEngines) {
  describe(`a live query on ${engine.name}, beside a write`, () => {
    for (const [name, given] of Object.entries(conditions)) {
      it(`runs for the rows that meet its conditions, and for no other: ${name}`, () =>
        withServer((bench) => assertRunsForItsRows(bench, given), { engine }));
    }

    it('misses no row that meets its conditions, where it cannot be told in advance which values these are', () =>
      withServer((bench) => assertRunsForItsRows(bench, conversions, false), { engine }));
  });
}

for (const engine of fileEngines) {
  const on = (schema: string, body: (bench: Bench) => Promise<void>) => () =>
    withServer(
      async (bench) => {
        await done(bench.db.executeScript(schema));
        await body(bench);
      },
      { engine },
    );

  describe(`a live query on ${engine.name}, beside a write`, () => {
    it(
      'that changes only columns that it does not read, is not run',
      on(columns, async (bench) => {
        const check = await LiveCheck.of(
          bench,
          readers.map(([query]) => query),
        );
        for (const column of 'abcd') {
          const value = column === 'a' || column === 'c' ? `${column} + 10` : `${column} || '!'`;
          const ran = await check.ranBy(`UPDATE t SET ${column} = ${value} WHERE id = 1`);
          for (const [index, [query, read]] of readers.entries())
            assert.equal(ran[index], read.includes(column) ? 1 : 0, `runs of ${query} where ${column} changes`);
          await check.assertFresh(`a change of ${column}`);
        }
        check.stop();
      }),
    );

    it(
      'that sets a column to the value it had, is not run: that is no change',
      on(
        `CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, s TEXT COLLATE NOCASE, x, b BLOB, r REAL);
         INSERT INTO t VALUES (1, 5, 'a', 1, x'00', 1.5), (2, NULL, NULL, NULL, NULL, NULL);`,
        async (bench) => {
          const check = await LiveCheck.of(bench, ['SELECT *, typeof(x) AS type FROM t']);
          for (const same of [
            'UPDATE t SET n = n, s = s, x = x, b = b, r = r',
            "UPDATE t SET n = '5', s = 'a', x = 1, b = x'00', r = '1.5' WHERE id = 1",
            'UPDATE t SET id = id, n = n + 0',
            'INSERT INTO t (id, n) VALUES (1, 7) ON CONFLICT DO UPDATE SET n = t.n',
          ])
            assert.deepEqual(await check.ranBy(same), [0], same);
          for (const change of [
            "UPDATE t SET s = 'A' WHERE id = 1",
            'UPDATE t SET x = 1.0 WHERE id = 1',
            "UPDATE t SET x = '1' WHERE id = 1",
            "UPDATE t SET b = x'0000' WHERE id = 1",
            "UPDATE t SET b = '' WHERE id = 2",
            'UPDATE t SET n = 0 WHERE id = 2',
            'UPDATE t SET n = NULL WHERE id = 2',
          ]) {
            assert.deepEqual(await check.ranBy(change), [1], change);
            await check.assertFresh(change);
          }
          check.stop();
        },
      ),
    );

    it(
      'that comes after a batch of many rows, kept or taken back, is run for the rows that meet its conditions alone',
      on('CREATE TABLE t (id INTEGER PRIMARY KEY, list INTEGER)', async (bench) => {
        const check = await LiveCheck.of(bench, ['SELECT id FROM t WHERE list = 7', 'SELECT id FROM t WHERE list = 8']);
        const rows = Array.from({ length: 5_000 }, (_, index) => [index % 10]);
        await check.write((db) => done(db.batch((b) => b.executeMany('INSERT INTO t (list) VALUES (?)', rows))));
        assert.deepEqual(await check.ranBy('UPDATE t SET list = 9 WHERE id = 8'), [1, 0]);
        assert.deepEqual(await check.ranBy('DELETE FROM t WHERE id = 9'), [0, 1]);
        const takenBack = bench.db.transaction(async (tx) => {
          await done(tx.batch((b) => b.executeMany('INSERT INTO t (list) VALUES (?)', rows)));
          throw new Error('taken back');
        });
        await assert.rejects(done(takenBack), /taken back/);
        assert.deepEqual(await check.ranBy('UPDATE t SET list = 9 WHERE id = 18'), [1, 0]);
        await check.assertFresh('single rows');
        check.stop();
      }),
    );

    it(
      'that comes after a flood of them, which all concerned it, is run once at most if it does not concern it',
      on('CREATE TABLE t (id INTEGER PRIMARY KEY, list INTEGER)', async (bench) => {
        const check = await LiveCheck.of(bench, ['SELECT count(*) AS n FROM t', 'SELECT max(id) AS last FROM t']);
        const ten = 'WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 10)';
        for (let round = 0; round < 2; round++) {
          for (let wave = 0; wave < 5; wave++) {
            const inserts = Array.from({ length: 200 }, () => `INSERT INTO t (list) ${ten} SELECT i FROM n`);
            await check.write((db) => Promise.all(inserts.map((insert) => done(db.execute(insert)))));
            await delay(12);
          }
          const ran = await check.ranBy('UPDATE t SET list = 99 WHERE id = 8');
          assert.ok(
            ran.every((runs) => runs <= 1),
            `${ran}`,
          );
          await check.settle();
          assert.deepEqual(await check.ranBy('UPDATE t SET list = 98 WHERE id = 9'), [0, 0]);
          await check.write('DELETE FROM t WHERE id % 3 = 0');
        }
        check.stop();
      }),
    );

    it(
      'that comes after large ones is run for the rows that meet its conditions alone, however many changed before',
      on('CREATE TABLE t (id INTEGER PRIMARY KEY, list INTEGER)', async (bench) => {
        const check = await LiveCheck.of(bench, ['SELECT count(*) AS n FROM t', 'SELECT max(id) AS last FROM t']);
        for (let time = 0; time < 4; time++) {
          await check.write(
            'INSERT INTO t (list) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i FROM n',
          );
          await delay(12);
        }
        assert.deepEqual(await check.ranBy('UPDATE t SET list = 98 WHERE id = 9'), [0, 0]);
        check.stop();
      }),
    );

    it(
      'that only moves rows, is run if it shows them in the order of their key',
      on(
        `CREATE TABLE t (id INTEGER PRIMARY KEY, label TEXT);
         CREATE TABLE keyed (k TEXT PRIMARY KEY, label TEXT) WITHOUT ROWID;
         CREATE VIEW in_order AS SELECT label FROM t ORDER BY id;
         INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO keyed VALUES ('x', 'a'), ('y', 'b');`,
        async (bench) => {
          const check = await LiveCheck.of(bench, [
            'SELECT label FROM t ORDER BY id',
            'SELECT label, (SELECT 1) AS one FROM t ORDER BY id',
            'SELECT label FROM in_order LIMIT 2',
            'SELECT label FROM (SELECT label FROM t ORDER BY id)',
            'WITH ordered AS (SELECT label FROM t ORDER BY id) SELECT label FROM ordered',
            'SELECT label, (SELECT 1) AS one FROM keyed ORDER BY k',
          ]);
          await check.write('UPDATE t SET id = 9 WHERE id = 1');
          await check.write("UPDATE keyed SET k = 'z' WHERE k = 'x'");
          check.stop();
        },
      ),
    );

    it(
      'tells 1.0 from 1 in a column that has no type, as its condition does',
      on('CREATE TABLE t (id INTEGER PRIMARY KEY, x)', async (bench) => {
        const check = await LiveCheck.of(bench, [
          "SELECT id FROM t WHERE typeof(x) = 'real'",
          'SELECT id FROM t WHERE x / 2 = 0.5',
          'SELECT typeof(x) AS type, count(*) AS n FROM t GROUP BY typeof(x)',
          "SELECT id FROM t WHERE x || '' = '1.0'",
        ]);
        for (const write of [
          'INSERT INTO t (x) VALUES (1.0)',
          'UPDATE t SET x = 1',
          'UPDATE t SET x = 1.0',
          'DELETE FROM t',
        ])
          await check.write(write);
        check.stop();
      }),
    );

    const texts =
      'CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT); CREATE TABLE keyed (s TEXT PRIMARY KEY, n) WITHOUT ROWID';

    it(
      'finds text with a NUL in it, and what half of a pair of surrogates becomes',
      on(texts, async (bench) => {
        const check = await LiveCheck.of(bench, [
          ['SELECT id FROM t WHERE s = ?', ['\ud800']],
          ['SELECT id FROM t WHERE s = ?', ['a\u0000b']],
          "SELECT id FROM t WHERE s = 'a' || char(0) || 'c'",
        ]);
        for (const write of [
          ['INSERT INTO t (s) VALUES (?)', ['\ud800']],
          ['INSERT INTO t (s) VALUES (?)', ['a\u0000b']],
          ['UPDATE t SET s = ? WHERE id = 2', ['a\u0000c']],
          ['UPDATE t SET s = ? WHERE id = 2', ['a\u0000b']],
        ] satisfies Watchable[])
          await check.write(write);
        check.stop();
      }),
    );

    it(
      'finds text that is no UTF-8, which JavaScript cannot hold',
      on(texts, async (bench) => {
        const check = await LiveCheck.of(bench, [
          "SELECT id FROM t WHERE s = CAST(x'ff' AS TEXT)",
          'SELECT s, n FROM keyed ORDER BY n',
          'SELECT s, count(*) AS n FROM t GROUP BY s ORDER BY s',
        ]);
        for (const write of [
          "INSERT INTO t (s) VALUES (CAST(x'ff' AS TEXT)), (CAST(x'fe' AS TEXT))",
          "INSERT INTO keyed VALUES (CAST(x'ff' AS TEXT), 1), (CAST(x'fe' AS TEXT), 2)",
          'UPDATE keyed SET n = n + 1',
          "UPDATE t SET s = 'a' WHERE id = 1",
          'DELETE FROM keyed WHERE n = 2',
        ])
          await check.write(write);
        check.stop();
      }),
    );

    it(
      'tells 0.0 from -0.0, as the rows do',
      on('CREATE TABLE t (id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES (1, 0.0)', async (bench) => {
        const check = await LiveCheck.of(bench, ['SELECT x FROM t']);
        await check.write(['UPDATE t SET x = ?', [-0]]);
        assert.ok(Object.is(check.watched[0]!.recorder.last?.[0]?.x, -0));
        await check.write('UPDATE t SET x = 0.0');
        check.stop();
      }),
    );

    it('compares and sorts as its file does, also where the text in it is UTF-16', () =>
      withServer(
        async (bench) => {
          // The server opens the file when it is first asked something.
          const made = new DatabaseSync(bench.file);
          made.exec("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT)");
          made.close();
          const check = await LiveCheck.of(bench, [
            'SELECT s FROM t ORDER BY s',
            "SELECT id FROM t WHERE s < 'b' ORDER BY id",
            "SELECT id FROM t WHERE hex(CAST(s AS BLOB)) = '6100'",
            'SELECT max(s) AS last FROM t',
          ]);
          // In UTF-16, ā is the bytes 01 01, and comes before a, which is 61 00.
          for (const text of ['b', 'ā', 'a', 'Ā', 'z', 'я'])
            await check.write(['INSERT INTO t (s) VALUES (?)', [text]]);
          await check.write("DELETE FROM t WHERE s = 'z'");
          check.stop();
        },
        { engine },
      ));

    it(
      'explains which rows and columns of a table concern it, and by what it is found',
      on(item, async ({ db }) => {
        const explained = await done(
          db.explainWatch("SELECT name FROM item WHERE kind = ? AND size > 3 AND name <> ''", ['a']),
        );
        assert.deepEqual(explained?.tables, [
          {
            table: 'item',
            columns: ['id', 'kind', 'size', 'name'],
            rows: ["kind = ? AND size > 3 AND name <> ''"],
            foundBy: ['kind'],
          },
        ]);
        assert.match(explained!.text, /^item: a row with kind = \? AND .* It is found by an index of kind\.$/m);
        const whole = await done(db.explainWatch('SELECT DISTINCT kind FROM item WHERE random() > size'));
        assert.deepEqual(
          [whole?.result, whole?.tables[0]?.rows, whole?.tables[0]?.columns],
          ['whole', 'any', ['kind', 'size']],
        );
      }),
    );
  });
}
