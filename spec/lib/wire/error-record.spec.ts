/** Errors that cross a real port: their class, their evidence, both stacks, and nothing that cannot or must not go. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Database from 'better-sqlite3';
import * as errors from '../../../lib/model/errors.ts';
import { bindParams } from '../../../lib/model/query.ts';
import { SQLITE } from '../../../lib/model/result-codes.ts';
import { errorOf } from '../../../lib/wire/error-of-record.ts';
import { recordOf } from '../../../lib/wire/error-record.ts';
import { crossed } from '../../support/crossing.ts';

const evidence = { code: 2067, sql: 'INSERT INTO todo VALUES (?)', parameterTypes: ['string', 'blob'] };
const broken = { kind: 'unique', table: 'todo', columns: ['id', 'title'] } as const;
const cause = new RangeError('The cause');

/** One error of each class, as the server makes them. */
const made: readonly errors.SluiceError[] = [
  new errors.SluiceError('Something', { cause }),
  new errors.StatementError('near "x": syntax error', { code: SQLITE.ERROR, sql: 'x' }, { cause }),
  new errors.ConstraintError('UNIQUE constraint failed', evidence, broken, { cause }),
  new errors.ConstraintError('CHECK constraint failed', evidence, { kind: 'check' }, { cause }),
  new errors.BusyError('database is locked', { code: SQLITE.BUSY, sql: 'BEGIN' }, { cause }),
  new errors.StorageFullError('database or disk is full', { code: SQLITE.FULL, sql: 'COMMIT' }, { cause }),
  new errors.QueueTimeoutError('Waited too long', { client: 1, mode: 'write', heldForMs: 2.5, openedAt: '    at f' }),
  new errors.QueueTimeoutError('Waited too long'),
  new errors.LimitError('Too many requests wait', 8),
  new errors.TransactionTimeoutError('The transaction was open for too long', { cause }),
  new errors.MigrationError('Step 2 failed', { step: 2, fileVersion: 1, codeVersion: 3 }, { cause }),
  new errors.TransactionEndedError('The transaction has ended', { cause }),
  new errors.ConnectionClosedError('The database is closed', { cause }),
  new errors.NotExecutedError('The write did not happen', { cause }),
  new errors.OutcomeUnknownError('Whether the write happened is not known', { cause }),
  new errors.ProtocolError('Versions differ', { cause }),
  new errors.OpenError('The database could not be opened', { cause }),
  new errors.StorageUnavailableError('There is no place for the database', { cause }),
  new errors.StorageLostError('The data of this site were cleared', { cause }),
];

function serverWork(): Error {
  return new errors.StatementError('near "x": syntax error', { code: SQLITE.ERROR, sql: 'x' });
}

function callerWork(): Error {
  return new Error('asked here');
}

async function sent(thrown: unknown, asked?: Error): Promise<Error> {
  return errorOf(await crossed(recordOf(thrown)), asked);
}

describe('an error that crossed a port', () => {
  it('is one of every class that there is', () => {
    const names = new Set(made.map((error) => error.constructor.name));
    assert.deepEqual(names, new Set(errors.errorClasses.keys()));
  });

  for (const error of made) {
    const { name, constructor: type } = error;
    const fields = Object.entries(error).flatMap(([field, value]) => (value === undefined ? [] : [field]));
    it(`is an instance of ${name} and of its ancestors, with ${fields.join(', ')}`, async () => {
      const arrived = await sent(error);
      assert.equal(Object.getPrototypeOf(arrived), type.prototype);
      assert.ok(arrived instanceof errors.SluiceError && arrived instanceof Error);
      assert.equal(arrived.name, name);
      assert.equal(arrived.message, error.message);
      assert.deepEqual({ ...arrived }, { ...error });
      assert.deepEqual(Object.keys(arrived).sort(), Object.keys(error).sort());
      assert.equal(String(arrived), String(error));
    });
  }

  it('is an ancestor to those who catch by it', async () => {
    const ancestors = [
      [errors.ConstraintError, errors.StatementError],
      [errors.BusyError, errors.StatementError],
      [errors.StorageFullError, errors.StatementError],
      [errors.StorageUnavailableError, errors.OpenError],
      [errors.NotExecutedError, errors.ConnectionClosedError],
      [errors.OutcomeUnknownError, errors.ConnectionClosedError],
    ] as const;
    for (const [type, ancestor] of ancestors) {
      assert.ok((await sent(made.find((error) => error instanceof type))) instanceof ancestor);
    }
  });

  it('keeps its causes, each with its class', async () => {
    const inner = new errors.ConstraintError('UNIQUE constraint failed', evidence, broken, {
      cause: new TypeError('deep'),
    });
    const arrived = await sent(new errors.OpenError('Migration failed', { cause: inner }));
    assert.ok(arrived.cause instanceof errors.ConstraintError);
    assert.equal(arrived.cause.table, 'todo');
    assert.ok(arrived.cause.cause instanceof Error);
    assert.equal(arrived.cause.cause.name, 'TypeError');
    assert.equal(arrived.cause.cause.message, 'deep');
    assert.equal(arrived.cause.cause.cause, undefined);
  });

  it('ends causes that go round in a circle', async () => {
    const [a, b] = [new Error('a'), new Error('b')];
    a.cause = b;
    b.cause = a;
    const arrived = await sent(a);
    assert.equal((arrived.cause as Error).message, 'b');
    assert.equal(((arrived.cause as Error).cause as Error).message, 'a');
  });

  it('has both stacks: where it was asked, and where it happened', async () => {
    const arrived = (await sent(serverWork(), callerWork())) as errors.SluiceError;
    const [asked, happened] = arrived.stack!.split('    on the server:');
    assert.match(asked!, /^StatementError: near "x": syntax error \(SQLITE_ERROR\) in: x\n {4}at callerWork \(/);
    assert.match(happened!, /^\n {4}at serverWork \(/);
    assert.doesNotMatch(asked!, /asked here|serverWork/);
    assert.match(arrived.serverStack!, /at serverWork \(/);
    assert.doesNotMatch(arrived.serverStack!, /callerWork/);
    assert.ok(!Object.keys(arrived).includes('serverStack'));
  });

  it('has the stack of where it happened where nobody asked', async () => {
    const arrived = (await sent(serverWork())) as errors.SluiceError;
    assert.match(arrived.stack!, /at serverWork \(/);
    assert.equal(arrived.serverStack, arrived.stack);
  });

  it('has whole stacks whatever its message is', async () => {
    for (const message of ['', 'two\nlines', 'at callerWork (file.ts:1:1)', 'Error', ' ', '\n']) {
      const failing = (): Error => new errors.SluiceError(message);
      const { stack } = await sent(failing(), callerWork());
      const frames = /^ {4}at callerWork \(.*\n( {4}at .*\n)* {4}on the server:\n {4}at failing \(.*(\n {4}at .*)*$/;
      assert.ok(stack!.startsWith(`SluiceError: ${message}\n`), stack);
      assert.match(stack!.slice(`SluiceError: ${message}\n`.length), frames);
    }
  });

  it('keeps frames that have no message above them, as other browsers write them', async () => {
    const error = new errors.SluiceError('lost');
    error.stack = 'first@file.js:1:2\nsecond@file.js:3:4\n';
    const { stack } = await sent(error, callerWork());
    assert.match(stack!, /on the server:\nfirst@file\.js:1:2\nsecond@file\.js:3:4$/);
  });

  it('has no frames where none were kept', async () => {
    const error = new errors.SluiceError('lost');
    error.stack = 'SluiceError: lost';
    assert.match((await sent(error, callerWork())).stack!, / {4}on the server:\n$/);
  });

  it('holds no bound value, wherever one looks', async () => {
    const secrets = ['s3cret', 8_675_309, 8_675_310n, new Uint8Array([86, 75, 30, 9])];
    const refusal = thrownBy(() => bindParams('SELECT ?, ?, ?, ?, ?', [...secrets, { key: 's3cret' }]));
    const named = thrownBy(() => bindParams('SELECT :key', { key: new Date('2031-12-11') }));
    const db = new Database(':memory:');
    db.exec('CREATE TABLE todo (id INTEGER PRIMARY KEY, a, b, c); INSERT INTO todo VALUES (8675309, 1, 2, 3)');
    const failed = thrownBy(() => db.prepare('INSERT INTO todo (a, id, b, c) VALUES (?, ?, ?, ?)').run(secrets));
    db.close();
    const constraint = new errors.ConstraintError(
      (failed as Error).message,
      { ...evidence, parameterTypes: ['string', 'number', 'bigint', 'blob'] },
      broken,
      { cause: failed },
    );
    for (const thrown of [refusal, named, constraint]) {
      const record = JSON.stringify(await crossed(recordOf(thrown)));
      assert.doesNotMatch(record, /s3cret|8675309|8675310|86,75|2031|Dec/);
    }
    assert.match((await sent(constraint)).message, /with parameters \(string, number, bigint, blob\)$/);
  });

  it('of another kind is an Error with its name, message, fields and stack', async () => {
    const foreign = Object.assign(new TypeError('no function'), {
      code: 'ERR_MILK',
      errno: 7n,
      flags: ['a', null],
      at: { line: 1 },
    });
    const arrived = await sent(foreign);
    assert.equal(Object.getPrototypeOf(arrived), Error.prototype);
    assert.deepEqual(
      { ...arrived },
      { name: 'TypeError', code: 'ERR_MILK', errno: 7n, flags: ['a', null], at: { line: 1 } },
    );
    assert.equal(String(arrived), 'TypeError: no function');
    assert.equal(arrived.stack, foreign.stack);
  });

  it('that only calls itself by one of our names is no instance of our class', async () => {
    const foreign = Object.assign(new Error('database is locked'), { name: 'BusyError' });
    const arrived = await sent(foreign);
    assert.ok(!(arrived instanceof errors.SluiceError));
    assert.equal(arrived.name, 'BusyError');
  });

  it('leaves behind what cannot be sent', async () => {
    const circle: unknown[] = [];
    circle.push(circle);
    const ring: { next?: object } = {};
    ring.next = { next: ring };
    const foreign = Object.assign(new Error('full'), {
      callback: () => undefined,
      symbol: Symbol('s'),
      socket: { write: () => undefined },
      promise: Promise.resolve(),
      list: [1, () => 2],
      circle,
      ring,
      date: new Date(0),
      map: new Map(),
      deep: { a: [{ b: () => 3 }] },
      kept: 1,
    });
    assert.deepEqual({ ...(await sent(foreign)) }, { name: 'Error', kept: 1 });
  });

  it('has text for its message, stack and name, whatever was put there', async () => {
    const odd = Object.assign(new Error('odd'), { message: { a: 1 }, stack: () => 'frames', name: Symbol('name') });
    const arrived = await sent(odd, callerWork());
    assert.equal(arrived.message, '[object Object]');
    assert.equal(arrived.name, 'Symbol(name)');
    assert.equal((arrived as errors.SluiceError).serverStack, '');
  });

  it('says what was thrown where that was no error', async () => {
    const thrown: readonly [unknown, string][] = [
      ['milk', 'Thrown: milk'],
      [undefined, 'Thrown: undefined'],
      [null, 'Thrown: null'],
      [42n, 'Thrown: 42'],
      [Symbol('s'), 'Thrown: Symbol(s)'],
      [{ message: 'x' }, 'Thrown: [object Object]'],
      [Object.create(null), 'Thrown: object'],
    ];
    for (const [thing, message] of thrown) {
      const arrived = await sent(thing);
      assert.ok(arrived instanceof errors.SluiceError);
      assert.equal(arrived.message, message);
    }
    assert.equal(((await sent(new Error('a', { cause: 'milk' }))).cause as Error).message, 'Thrown: milk');
  });
});

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return assert.fail('nothing was thrown');
}
