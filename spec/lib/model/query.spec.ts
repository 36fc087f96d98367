/** The forms of a query and the one form that travels; and when two statements are the same. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { StatementError } from '../../../lib/model/errors.ts';
import { type BoundStatement, bindParams, bindQuery, statementKey } from '../../../lib/model/query.ts';
import { sql } from '../../../lib/model/sql.ts';

/** As JavaScript calls, past the types. */
const bindAny = bindQuery as (query: unknown, params?: unknown) => BoundStatement;

describe('bindQuery', () => {
  it('takes text with parameters by position, by name, or without', () => {
    assert.deepEqual(bindQuery('SELECT ?', [true]), { sql: 'SELECT ?', params: [1] });
    assert.deepEqual(bindQuery('SELECT :a', { a: 'x' }), { sql: 'SELECT :a', params: { a: 'x' } });
    assert.deepEqual(bindQuery('SELECT 1'), { sql: 'SELECT 1', params: [] });
    assert.deepEqual(bindAny('SELECT 1', null), { sql: 'SELECT 1', params: [] });
  });

  it('takes a template, and an object of its shape', () => {
    assert.deepEqual(bindQuery(sql`SELECT ${false}`), { sql: 'SELECT ?', params: [0] });
    assert.deepEqual(bindQuery({ sql: 'SELECT ?', params: [1n] }), { sql: 'SELECT ?', params: [1n] });
  });

  it('takes a builder with compile() or toSQL(), called as its method', () => {
    class Builder {
      readonly #value = true;
      compile() {
        return { sql: 'SELECT ?', parameters: [this.#value] };
      }
    }
    class Source {
      readonly #value = true;
      toSQL() {
        return { sql: 'SELECT ?', params: [this.#value] };
      }
    }
    assert.deepEqual(bindQuery(new Builder()), { sql: 'SELECT ?', params: [1] });
    assert.deepEqual(bindQuery(new Source()), { sql: 'SELECT ?', params: [1] });
  });

  it('takes what a builder compiled', () => {
    assert.deepEqual(bindAny({ sql: 'SELECT ?', parameters: ['x'] }), { sql: 'SELECT ?', params: ['x'] });
  });

  it('copies the parameters, so that the caller may go on changing them', () => {
    const [list, named, blob] = [[1], { a: 1 }, new Uint8Array([1])];
    const bound = [bindQuery('?', list), bindQuery(':a', named), bindQuery('?', [blob]), bindQuery(':a', { a: blob })];
    list[0] = named.a = blob[0] = 2;
    assert.deepEqual(
      bound.map(({ params }) => params),
      [[1], { a: 1 }, [new Uint8Array([1])], { a: new Uint8Array([1]) }],
    );
  });

  it('refuses parameters beside a query that carries its own', () => {
    const misuse = { name: 'StatementError', code: 21, message: /carries its own parameters: pass no others/ };
    assert.throws(() => bindAny(sql`SELECT 1`, []), misuse);
    assert.throws(() => bindAny({ compile: () => ({ sql: 'SELECT 1', parameters: [] }) }, { a: 1 }), misuse);
  });

  it('refuses what is no query, and names what was given', () => {
    const given: readonly [query: unknown, as: string][] = [
      [undefined, 'undefined'],
      [null, 'null'],
      [1, 'a number'],
      [Symbol('q'), 'a symbol'],
      [() => 'SELECT 1', 'a function'],
      [{}, 'an object without text'],
      [['SELECT 1'], 'an object without text'],
      [{ sql: () => 'SELECT 1', params: [] }, 'an object without text'],
      [{ compile: 'SELECT 1' }, 'an object without text'],
      [{ compile: () => undefined }, 'an object without text'],
      [{ compile: () => ({ sql: Symbol('sql'), parameters: [] }) }, 'an object without text'],
      [{ toSQL: () => ({ text: 'SELECT 1' }) }, 'an object without text'],
    ];
    for (const [query, as] of given) {
      const message = `a query is a string, a sql template, or an object with compile() or toSQL(), and was given as ${as}`;
      assert.throws(
        () => bindAny(query),
        (error) => error instanceof StatementError && error.code === 21 && error.message.startsWith(message),
      );
    }
  });

  it('lets an error of the builder pass', () => {
    const failure = new Error('no columns');
    const compile = () => {
      throw failure;
    };
    assert.throws(
      () => bindAny({ compile }),
      (error) => error === failure,
    );
  });
});

describe('bindParams', () => {
  it('names the place of a refused value, the statement, and the types before it, but no value', () => {
    assert.throws(
      () => bindParams('INSERT INTO todo VALUES (?, ?, ?)', ['secret', new Uint8Array(1), new Date(0)]),
      (error) => {
        assert.ok(error instanceof StatementError);
        assert.equal(error.code, 20);
        assert.equal(error.codeName, 'SQLITE_MISMATCH');
        assert.equal(error.sql, 'INSERT INTO todo VALUES (?, ?, ?)');
        assert.deepEqual(error.parameterTypes, ['string', 'blob']);
        assert.match(error.message, /^parameter 3 is a Date: pass date\.toISOString\(\)/);
        assert.doesNotMatch(error.message, /secret|1970/);
        return true;
      },
    );
  });

  it('names a refused named value', () => {
    assert.throws(() => bindParams(':due', { id: 1, due: undefined }), /^StatementError: parameter 'due' is undefined/);
  });

  it('refuses a hole in a list', () => {
    // biome-ignore lint/suspicious/noSparseArray: it is what is refused.
    assert.throws(() => bindParams('?, ?', [1, , 2]), /parameter 2 is undefined/);
  });

  it('refuses parameters that are neither a list nor an object of names', () => {
    const given = [1, 'a', true, null, undefined, new Date(), new Uint8Array(1), new Map([['a', 1]]), new Set([1])];
    for (const params of given) {
      assert.throws(() => bindParams('SELECT 1', params), /parameters are an array, or an object for named ones/);
    }
  });

  it('refuses a statement that is no text', () => {
    assert.throws(() => bindParams((() => 'SELECT 1') as never, []), /was given as a function/);
  });

  it('keeps names as they are, __proto__ included', () => {
    const params = bindParams('', JSON.parse('{ "__proto__": 1, ":a": 2, "": 3 }'));
    assert.deepEqual(Object.entries(params), [
      ['__proto__', 1],
      [':a', 2],
      ['', 3],
    ]);
  });
});

describe('statementKey', () => {
  const apart: readonly BoundStatement[] = [
    { sql: 'SELECT 1', params: [] },
    { sql: 'SELECT 1 ', params: [] },
    { sql: 'select 1', params: [] },
    { sql: '', params: [] },
    { sql: 's0:', params: [] },
    ...[null, 0, -0, 1, 1n, '1', '1n', 'null', Infinity, -Infinity, 'Infinity', '', new Uint8Array()].map((value) => ({
      sql: '?',
      params: [value],
    })),
    ...[[0], [1], [0, 1], [10]].map((bytes) => ({ sql: '?', params: [new Uint8Array(bytes)] })),
    { sql: '?', params: ['a'] },
    { sql: '?s1:a', params: [] },
    { sql: '?', params: ['{"blob":[1]}'] },
    { sql: '?', params: [] },
    { sql: '?', params: [1, 2] },
    { sql: '?', params: [2, 1] },
    { sql: '?', params: ['1,2'] },
    { sql: '?', params: { 0: 1 } },
    { sql: '?', params: { a: 1 } },
    { sql: '?', params: { b: 1 } },
    { sql: '?', params: { a: 1n } },
    { sql: '?', params: { a: 1, b: 2 } },
    { sql: '?', params: { a: 2, b: 1 } },
    { sql: '?', params: JSON.parse('{ "__proto__": 1 }') },
  ];

  it('differs wherever text, types, values or names differ', () => {
    const keys = apart.map(statementKey);
    keys.forEach((key, index) => {
      assert.equal(keys.indexOf(key), index, `${key} is the key of two statements`);
    });
  });

  it('is equal for equal statements', () => {
    for (const statement of apart) assert.equal(statementKey(structuredClone(statement)), statementKey(statement));
  });

  it('is equal whatever the order of the names', () => {
    assert.equal(
      statementKey({ sql: ':a', params: { b: 2, a: 1 } }),
      statementKey({ sql: ':a', params: { a: 1, b: 2 } }),
    );
  });

  it('is equal for no parameters by position and by name', () => {
    assert.equal(statementKey({ sql: 'SELECT 1', params: {} }), statementKey({ sql: 'SELECT 1', params: [] }));
  });

  it('tells a bigint from a string also where bigints were taught to become JSON', () => {
    const prototype = BigInt.prototype as { toJSON?(): string };
    prototype.toJSON = function (this: bigint) {
      return String(this);
    };
    try {
      assert.notEqual(statementKey({ sql: '?', params: [1n] }), statementKey({ sql: '?', params: ['1'] }));
    } finally {
      delete prototype.toJSON;
    }
  });
});
