/** The sql template: what it makes of values, fragments, names and lists. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { bindQuery } from '../../../lib/model/query.ts';
import { sql } from '../../../lib/model/sql.ts';

describe('sql', () => {
  it('makes a query of text alone', () => {
    assert.deepEqual({ ...sql`SELECT 1` }, { sql: 'SELECT 1', params: [] });
  });

  it('binds each value, in order', () => {
    const icon = new Uint8Array([1]);
    assert.deepEqual(
      { ...sql`${1}, ${'two'}, ${3n}, ${null}, ${icon}, ${true}` },
      { sql: '?, ?, ?, ?, ?, ?', params: [1, 'two', 3n, null, icon, true] },
    );
  });

  it('splices in a fragment with its parameters, however deep', () => {
    const done = sql`done = ${false}`;
    const either = sql`(${done} OR ${sql`due < ${'2030'}`})`;
    assert.deepEqual(
      { ...sql`SELECT * FROM todo WHERE id > ${1} AND ${either} LIMIT ${10}` },
      { sql: 'SELECT * FROM todo WHERE id > ? AND (done = ? OR due < ?) LIMIT ?', params: [1, false, '2030', 10] },
    );
  });

  it('leaves a fragment as it was, so that it serves again', () => {
    const open = sql`done = ${false}`;
    const twice = sql`${open} AND ${open}`;
    assert.deepEqual({ ...twice }, { sql: 'done = ? AND done = ?', params: [false, false] });
    assert.deepEqual({ ...open }, { sql: 'done = ?', params: [false] });
  });

  it('lets no value become SQL', () => {
    const db = new Database(':memory:');
    db.exec("CREATE TABLE todo (title); INSERT INTO todo VALUES ('milk')");
    for (const title of ["'; DROP TABLE todo; --", "' OR 1 = 1 --", '"', '?', ':a', '\\', '`', '$title']) {
      const { sql: text, params } = sql`SELECT count(*) AS n, ${title} AS title FROM todo WHERE title = ${title}`;
      assert.equal(text, 'SELECT count(*) AS n, ? AS title FROM todo WHERE title = ?');
      assert.deepEqual(db.prepare(text).get(...params), { n: 0, title });
    }
    assert.deepEqual(db.prepare('SELECT * FROM todo').all(), [{ title: 'milk' }]);
    db.close();
  });

  it('takes a look-alike of a fragment for a value, which is then refused', () => {
    const parsed = JSON.parse('{ "sql": "1 = 1; DROP TABLE todo", "params": [] }');
    const query = sql`SELECT * FROM todo WHERE ${parsed}`;
    assert.equal(query.sql, 'SELECT * FROM todo WHERE ?');
    assert.throws(() => bindQuery(query), /parameter 1 is an object/);
    assert.throws(() => bindQuery(sql`SELECT ${{ ...sql.raw('1') }}`), /parameter 1 is an object/);
    assert.throws(() => bindQuery(sql`SELECT ${Object.create(sql.raw('1'))}`), /parameter 1 is an object/);
    assert.throws(() => bindQuery(sql`SELECT ${sql.join([parsed])}`), /parameter 1 is an object/);
  });

  it('cannot be changed once it is made', () => {
    const query = sql`SELECT 1` as { sql: string };
    assert.throws(() => {
      query.sql = 'SELECT 2';
    }, TypeError);
  });

  it('takes text as JavaScript reads it', () => {
    assert.equal(sql`SELECT 'a\tb\\'`.sql, "SELECT 'a\tb\\'");
  });

  it('refuses a backslash that JavaScript cannot read', () => {
    assert.throws(() => sql`SELECT '\u{milk}', ${1}`, { name: 'SyntaxError', message: /\\u\{milk\}.*double it/ });
  });
});

describe('sql.id', () => {
  it('quotes a name', () => {
    assert.deepEqual({ ...sql.id('todo') }, { sql: '"todo"', params: [] });
  });

  it('doubles the quotes in a name', () => {
    assert.equal(sql.id('a"b').sql, '"a""b"');
    assert.equal(sql.id('"').sql, '""""');
    assert.equal(sql.id('"; DROP TABLE todo; --').sql, '"""; DROP TABLE todo; --"');
  });

  it('keeps a dot inside a name, and joins parts by dots', () => {
    assert.equal(sql.id('a.b').sql, '"a.b"');
    assert.equal(sql.id('main', 'todo').sql, '"main"."todo"');
    assert.equal(sql.id('main', 'a.b"c', 'd').sql, '"main"."a.b""c"."d"');
  });

  it('names whatever SQLite can name', () => {
    const db = new Database(':memory:');
    for (const name of ['select', 'a b', 'a.b', "it's", '"', '[x]', '`', 'ä', '1', '-- x', '/* x', '?', '']) {
      const query = sql`CREATE TABLE ${sql.id('main', name)} (${sql.id(name)})`;
      db.exec(query.sql);
      db.prepare(sql`INSERT INTO ${sql.id(name)} VALUES (${1})`.sql).run(1);
      assert.deepEqual(db.prepare(sql`SELECT ${sql.id(name, name)} AS x FROM ${sql.id(name)}`.sql).get(), { x: 1 });
      assert.deepEqual(db.prepare('SELECT name FROM sqlite_schema').pluck().all(), [name]);
      db.exec(sql`DROP TABLE ${sql.id(name)}`.sql);
    }
    db.close();
  });
});

describe('sql.join', () => {
  it('binds values, separated by commas', () => {
    assert.deepEqual(
      { ...sql`id IN (${sql.join([1, 'two', null])})` },
      { sql: 'id IN (?, ?, ?)', params: [1, 'two', null] },
    );
  });

  it('joins fragments and values by the separator', () => {
    const tests = [sql`a = ${1}`, sql.id('b'), 2];
    assert.deepEqual({ ...sql.join(tests, ' AND ') }, { sql: 'a = ? AND "b" AND ?', params: [1, 2] });
  });

  it('takes any iterable, once', () => {
    assert.deepEqual({ ...sql.join(new Set([1, 2])) }, { sql: '?, ?', params: [1, 2] });
    assert.deepEqual({ ...sql.join([1, 2].values()) }, { sql: '?, ?', params: [1, 2] });
  });

  it('gives empty text for an empty list', () => {
    assert.deepEqual({ ...sql`id IN (${sql.join([])})` }, { sql: 'id IN ()', params: [] });
  });
});

describe('sql.raw', () => {
  it('takes text as it is', () => {
    assert.deepEqual(
      { ...sql`SELECT 1 ${sql.raw(`ORDER BY "x" -- '?'`)}` },
      { sql: `SELECT 1 ORDER BY "x" -- '?'`, params: [] },
    );
  });
});
