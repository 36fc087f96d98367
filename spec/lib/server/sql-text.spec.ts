/** SQL text is split where its statements end, and its parameters are numbered as SQLite numbers them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sqliteWasm } from '../../../engines/sqlite-wasm.ts';
import { statementsOf } from '../../../lib/server/sql-text.ts';
import { openEngine, rowsOf } from '../../engines/engine-under-test.ts';

/** A text, and the statements in it. */
const texts: Record<string, readonly [text: string, ...statements: string[]]> = {
  'nothing in an empty text': [''],
  'nothing between semicolons': [' ;; \n;'],
  'nothing in comments': ['-- SELECT 1;\n/* SELECT 2; */ ; /* without an end'],
  'one statement without a semicolon': ['SELECT 1', 'SELECT 1'],
  'one statement with a comment behind it': ['SELECT 1; -- done;', 'SELECT 1'],
  'a statement from its first word on': ['\n /* a; */ -- b;\n SELECT 1;', 'SELECT 1'],
  'a statement with comments in it': [
    'SELECT /* ; */ 1 -- ;\n + 2; SELECT 3',
    'SELECT /* ; */ 1 -- ;\n + 2',
    'SELECT 3',
  ],
  'semicolons in text': ["SELECT 'a;b'; SELECT 'it''s; ';", "SELECT 'a;b'", "SELECT 'it''s; '"],
  'semicolons in names': [
    'SELECT ";""" AS [;], `;``` FROM t; SELECT 2',
    'SELECT ";""" AS [;], `;``` FROM t',
    'SELECT 2',
  ],
  'semicolons in arguments of a module': [
    `CREATE VIRTUAL TABLE f USING fts5(a, tokenize = "unicode61 separators ';'"); SELECT 1`,
    `CREATE VIRTUAL TABLE f USING fts5(a, tokenize = "unicode61 separators ';'")`,
    'SELECT 1',
  ],
  'text without an end': ["SELECT 1; SELECT 'a; SELECT 2", 'SELECT 1', "SELECT 'a; SELECT 2"],
  'what no tokenizer knows': ['SELECT # 1; SELECT 2', 'SELECT # 1', 'SELECT 2'],
  'a transaction as its parts': ['BEGIN; SELECT 1; END; SELECT 2', 'BEGIN', 'SELECT 1', 'END', 'SELECT 2'],
  'a table named trigger': ['CREATE TABLE trigger (v); SELECT 1', 'CREATE TABLE trigger (v)', 'SELECT 1'],
};

/** Each is one statement, up to its end. */
const triggers: Record<string, string> = {
  'a trigger': 'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END',
  'a trigger of several statements': 'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; DELETE FROM b; END',
  'a trigger with CASE … END': `CREATE TRIGGER t AFTER UPDATE ON a WHEN CASE new.x WHEN 1 THEN 0 END BEGIN
    SELECT CASE WHEN 1 THEN 2 END; UPDATE b SET x = CASE y WHEN 1 THEN (CASE 2 WHEN 3 THEN 4 END) END; END`,
  'a trigger with text and comments': `create /* a */ trigger t after insert on a begin
    insert into b values ('; end;'); -- ; end;
    select 1 /* ; end; */ ; /* now */ end`,
  'a trigger of a name like its end': 'CREATE TRIGGER "end" AFTER INSERT ON a BEGIN SELECT 1; END',
  'a trigger that may be there': 'CREATE TRIGGER IF NOT EXISTS t AFTER INSERT ON a BEGIN SELECT 1; END',
  'a TEMP trigger': 'CREATE TEMP TRIGGER t INSTEAD OF DELETE ON v BEGIN SELECT 1; SELECT 2; END',
  'a TEMPORARY trigger': 'CREATE TEMPORARY TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END',
  'a trigger that is explained': 'EXPLAIN CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END',
  'a TEMP trigger whose plan is asked':
    'EXPLAIN QUERY PLAN CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END',
};

/** A query, the names of its parameters in order, and the number of the parameter in each of its columns. */
const parameters: readonly (readonly [sql: string, names: (string | null)[], columns: number[]])[] = [
  ['SELECT 1', [], [1]],
  ['SELECT ?, ?, ?', [null, null, null], [1, 2, 3]],
  ['SELECT ?2, ?1, ?2', ['?1', '?2'], [2, 1, 2]],
  ['SELECT ?3', [null, null, '?3'], [3]],
  ['SELECT ?3, ?', [null, null, '?3', null], [3, 4]],
  ['SELECT ?, ?1, ?, ?5, ?', ['?1', null, null, null, '?5', null], [1, 1, 2, 5, 6]],
  ['SELECT :a, @b, $c, :a, $c', [':a', '@b', '$c'], [1, 2, 3, 1, 3]],
  ['SELECT :a, @a, $a, :A', [':a', '@a', '$a', ':A'], [1, 2, 3, 4]],
  ['SELECT ?, :a, ?, @b, ?, :a, ?', [null, ':a', null, '@b', null, null], [1, 2, 3, 4, 5, 2, 6]],
  ['SELECT ?4, :a, ?', [null, null, null, '?4', ':a', null], [4, 5, 6]],
  ['SELECT :1, $__proto__, @größe, :日本', [':1', '$__proto__', '@größe', ':日本'], [1, 2, 3, 4]],
  ['SELECT $a::b(c), ?', ['$a::b(c)', null], [1, 2]],
  ['SELECT ? /* ? :a */, ? -- ? @b\n', [null, null], [1, 2]],
  ["SELECT '?', ':a', ?", [null], []],
  ['SELECT 1 AS "?", 2 AS [:a], 3 AS `@b`, ?', [null], []],
  ["SELECT '{}' ->> '$.a', json('[1]') -> ?", [null], []],
];

/** The name that comes first is the name of its number. */
const namesOfOneNumber: typeof parameters = [
  ['SELECT :a, ?1', [':a'], [1, 1]],
  ['SELECT ?007, ?7', [null, null, null, null, null, null, '?007'], [7, 7]],
];

describe('statementsOf', () => {
  for (const [what, [text, ...statements]] of Object.entries(texts)) {
    it(`finds ${what}`, () => assert.deepEqual(sqlOf(text), statements));
  }

  for (const [what, trigger] of Object.entries(triggers)) {
    it(`keeps ${what} in one piece`, () => {
      assert.deepEqual(sqlOf(trigger), [trigger]);
      assert.deepEqual(sqlOf(`SELECT 0; ${trigger}; ${trigger};; SELECT 1;`), [
        'SELECT 0',
        trigger,
        trigger,
        'SELECT 1',
      ]);
    });
  }

  it('tells the first word of each statement, in upper case', () => {
    const verbs = statementsOf('/* a */ select 1; With x AS (SELECT 1) SELECT 2; explain DELETE FROM t; {').map(
      ({ verb }) => verb,
    );
    assert.deepEqual(verbs, ['SELECT', 'WITH', 'EXPLAIN', '{']);
  });

  it('gives each statement its own parameters', () => {
    const names = statementsOf('SELECT ?, :a; SELECT ?; SELECT 1').map(({ parameterNames }) => parameterNames);
    assert.deepEqual(names, [[null, ':a'], [null], []]);
  });

  for (const [sql, names, columns] of parameters) {
    it(`numbers the parameters of ${sql}`, () => assertNumbered(sql, names, columns));
  }

  for (const [sql, names, columns] of namesOfOneNumber) {
    it(`numbers the parameters of ${sql}`, () => assertNumbered(sql, names, columns));
  }

  it('makes no room for a number that SQLite refuses', {}, () => {
    const [statement] = statementsOf('SELECT ?0, ?40000');
    assert.ok(statement!.parameterNames.length <= 32766, `${statement!.parameterNames.length} parameters`);
  });

  it('passes over a byte order mark, as SQLite does', {}, () => {
    const trigger = 'CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; END';
    assert.deepEqual(sqlOf(`\uFEFF${trigger}`), [trigger]);
  });
});

function sqlOf(text: string): string[] {
  return statementsOf(text).map(({ sql }) => sql.trimEnd());
}

/** Asks SQLite too: this engine hands it the values by their number alone. `columns` is empty where that is of no use. */
async function assertNumbered(
  sql: string,
  names: readonly (string | null)[],
  columns: readonly number[],
): Promise<void> {
  const [statement] = statementsOf(sql);
  assert.deepEqual(statement!.parameterNames, names);
  const engine = await openEngine(sqliteWasm());
  try {
    const [row] = rowsOf(
      engine,
      sql,
      names.map((_, index) => index + 1),
      names,
    );
    if (columns.length > 0) assert.deepEqual(row, columns);
  } finally {
    engine.close();
  }
}
