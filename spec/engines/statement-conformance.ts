/** Statements run and are refused in the same way on every engine. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusal, rowsOf, valueFrom, type WithEngine } from './engine-under-test.ts';

const constraints = `
  CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE now (parent REFERENCES parent);
  CREATE TABLE later (parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE pair (a, b NOT NULL DEFAULT 0, c CHECK (c > 0), UNIQUE (a, b));
  CREATE TABLE named (name TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE exact (amount INTEGER) STRICT;
  CREATE TABLE guarded (a);
  CREATE TRIGGER guard BEFORE INSERT ON guarded BEGIN SELECT raise(ABORT, 'not here'); END;
  INSERT INTO parent VALUES (1); INSERT INTO pair VALUES (1, 2, 3); INSERT INTO named VALUES ('a');`;

/** https://sqlite.org/rescode.html */
const refusals: readonly (readonly [what: string, sql: string, code: number, message: RegExp])[] = [
  ['a syntax error', 'SELEC 1', 1, /^near "SELEC": syntax error$/],
  ['an unknown table', 'SELECT * FROM nowhere', 1, /^no such table: nowhere$/],
  ['an unknown column', 'SELECT colour FROM parent', 1, /^no such column: colour$/],
  ['an unfinished statement', 'SELECT', 1, /^incomplete input$/],
  ['an integer overflow', 'SELECT abs(-9223372036854775808)', 1, /^integer overflow$/],
  ['UNIQUE', 'INSERT INTO pair VALUES (1, 2, 3)', 2067, /^UNIQUE constraint failed: pair\.a, pair\.b$/],
  ['PRIMARY KEY of a rowid', 'INSERT INTO parent VALUES (1)', 1555, /^UNIQUE constraint failed: parent\.id$/],
  ['PRIMARY KEY', "INSERT INTO named VALUES ('a')", 1555, /^UNIQUE constraint failed: named\.name$/],
  ['NOT NULL', 'UPDATE pair SET b = NULL', 1299, /^NOT NULL constraint failed: pair\.b$/],
  ['CHECK', 'UPDATE pair SET c = -1', 275, /^CHECK constraint failed: c > 0$/],
  ['FOREIGN KEY', 'INSERT INTO now VALUES (9)', 787, /^FOREIGN KEY constraint failed$/],
  ['a trigger that raises', 'INSERT INTO guarded VALUES (1)', 1811, /^not here$/],
  ['the type of a STRICT column', "INSERT INTO exact VALUES ('x')", 3091, /^cannot store TEXT value in INTEGER column/],
  ['a rowid that is no integer', "INSERT INTO parent VALUES ('x')", 20, /^datatype mismatch$/],
];

export function statementConformance(name: string, withEngine: WithEngine): void {
  describe(`${name}: statements`, () => {
    it('names the columns of an empty result, and of columns with one name', () =>
      withEngine((engine) => {
        const select = engine.prepare('SELECT 1 AS a, 2 AS a, 3 AS "größe ""x""" WHERE 0', []);
        assert.deepEqual(select.columns, ['a', 'a', 'größe "x"']);
        assert.deepEqual(select.all([]), []);
        assert.deepEqual(rowsOf(engine, 'SELECT 1 AS a, 2 AS a'), [[1, 2]]);
      }));

    it('has no columns and no rows where a statement gives none', () =>
      withEngine((engine) => {
        engine.exec('CREATE TABLE t (v)');
        const insert = engine.prepare('INSERT INTO t VALUES (1)', []);
        assert.deepEqual(insert.columns, []);
        assert.deepEqual(insert.all([]), []);
        assert.equal(valueFrom(engine, 'SELECT count(*) FROM t'), 1);
      }));

    it('has the columns of RETURNING, of PRAGMA and of EXPLAIN', () =>
      withEngine((engine) => {
        engine.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, v)');
        const returning = engine.prepare('INSERT INTO t (v) VALUES (?) RETURNING id, v AS value', [null]);
        assert.deepEqual(returning.columns, ['id', 'value']);
        assert.deepEqual(returning.all(['x']), [[1, 'x']]);
        assert.deepEqual(engine.prepare('PRAGMA user_version', []).columns, ['user_version']);
        const explain = engine.prepare('EXPLAIN INSERT INTO t (v) VALUES (1)', []);
        assert.deepEqual(explain.columns.slice(0, 3), ['addr', 'opcode', 'p1']);
        assert.equal(explain.all([])[0]![1], 'Init');
        assert.equal(engine.prepare('EXPLAIN QUERY PLAN SELECT * FROM t', []).all([]).length, 1);
      }));

    it('counts the rows that a statement changed by itself', () =>
      withEngine((engine) => {
        engine.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, v); CREATE TABLE log (v);
          CREATE TRIGGER t_insert AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1), (2); END`);
        const run = (sql: string) => engine.prepare(sql, []).run([]);
        assert.deepEqual(run('INSERT INTO t VALUES (7, 1), (9, 2)'), { changes: 2, lastInsertRowid: 9 });
        assert.equal(run('UPDATE t SET v = 3 WHERE id = 7').changes, 1);
        assert.equal(run('UPDATE t SET v = 3 WHERE id = 8').changes, 0);
        assert.equal(run('INSERT OR IGNORE INTO t VALUES (7, 1)').changes, 0);
        assert.deepEqual(run('DELETE FROM t'), { changes: 2, lastInsertRowid: 9 });
        assert.equal(valueFrom(engine, 'SELECT count(*) FROM log'), 4);
      }));

    it('gives the last rowid without a wrong digit, from statements that insert nothing too', () =>
      withEngine((engine) => {
        engine.exec('CREATE TABLE t (id INTEGER PRIMARY KEY)');
        const id = 2n ** 63n - 2n;
        const outcome = engine.prepare('INSERT INTO t VALUES (?)', [null]).run([id]);
        assert.equal(outcome.lastInsertRowid, id);
        for (const sql of ['DELETE FROM t', 'PRAGMA foreign_keys = ON', 'SELECT 1']) {
          assert.equal(engine.prepare(sql, []).run([]).lastInsertRowid, id, sql);
        }
        assert.deepEqual(rowsOf(engine, 'INSERT INTO t VALUES (?) RETURNING id', [id]), [[id]]);
      }));

    it('outlives a change of the schema, and prepared anew sees it', () =>
      withEngine((engine) => {
        engine.exec('CREATE TABLE t (a)');
        const insert = engine.prepare('INSERT INTO t (a) VALUES (?)', [null]);
        const select = engine.prepare('SELECT a FROM t', []);
        insert.run([1]);
        engine.exec('ALTER TABLE t ADD COLUMN b DEFAULT 7');
        insert.run([2]);
        assert.deepEqual(select.all([]), [[1], [2]]);
        const fresh = engine.prepare('SELECT * FROM t', []);
        assert.deepEqual(fresh.columns, ['a', 'b']);
        assert.deepEqual(fresh.all([]).flat(), [1, 7, 2, 7]);
      }));

    it('leaves the other statements alone when one is finalized', () =>
      withEngine((engine) => {
        const [first, second] = [engine.prepare('SELECT 1', []), engine.prepare('SELECT 2', [])];
        first.finalize();
        assert.deepEqual(second.all([]), [[2]]);
      }));
  });
}

export function refusalConformance(name: string, withEngine: WithEngine): void {
  describe(`${name}: refusals`, () => {
    for (const [what, sql, code, message] of refusals) {
      it(`reports ${what} with code ${code} and SQLite's own words`, () =>
        withEngine((engine) => {
          engine.exec(constraints);
          assert.throws(() => rowsOf(engine, sql), refusal(code, message));
          assert.throws(() => engine.prepare(sql, []).run([]), refusal(code, message));
          if (sql.startsWith('SELECT')) {
            assert.throws(
              () => engine.prepare(sql, []).blocks([], { rows: 10, size: 1000 }).next(),
              refusal(code, message),
            );
          }
          assert.throws(() => engine.exec(sql), refusal(code, message));
        }));
    }

    it('reports a write under query_only with code 8', () =>
      withEngine((engine) => {
        engine.exec(constraints);
        engine.exec('PRAGMA query_only = ON');
        assert.throws(() => rowsOf(engine, 'DELETE FROM pair'), refusal(8, /readonly/));
      }));

    it('reports what EXPLAIN refuses', () =>
      withEngine((engine) =>
        assert.throws(() => engine.explain('SELECT * FROM nowhere'), refusal(1, /no such table/)),
      ));

    it('runs a statement again that failed before', () =>
      withEngine((engine) => {
        engine.exec(constraints);
        const insert = engine.prepare('INSERT INTO parent VALUES (?) RETURNING id', [null]);
        assert.throws(() => insert.all([1]), refusal(1555, /UNIQUE/));
        assert.deepEqual(insert.all([2]), [[2]]);
      }));
  });
}

export function explainConformance(name: string, withEngine: WithEngine): void {
  describe(`${name}: explain`, () => {
    it('lists the program of a statement, each line with its number, and runs nothing', () =>
      withEngine((engine) => {
        engine.exec('CREATE TABLE t (v)');
        const program = engine.explain('INSERT INTO t VALUES (?)');
        assert.deepEqual(
          program.map(({ addr }) => addr),
          [...program.keys()],
        );
        assert.equal(program[0]!.opcode, 'Init');
        for (const { addr, opcode, p1, p2, p3, p4, p5 } of program) {
          assert.equal(typeof opcode, 'string');
          assert.ok(p4 === null || typeof p4 === 'string');
          for (const number of [addr, p1, p2, p3, p5]) assert.ok(Number.isInteger(number), opcode);
        }
        assert.equal(valueFrom(engine, 'SELECT count(*) FROM t'), 0);
      }));

    it('lists the programs of triggers behind it, numbered from 0', () =>
      withEngine((engine) => {
        engine.exec(`CREATE TABLE t (v); CREATE TABLE log (v);
          CREATE TRIGGER t_delete AFTER DELETE ON t BEGIN INSERT INTO log VALUES (old.v); END`);
        const starts = engine.explain('DELETE FROM t').filter(({ addr }) => addr === 0);
        assert.deepEqual(
          starts.map(({ opcode }) => opcode),
          ['Init', 'Init'],
        );
      }));
  });
}
