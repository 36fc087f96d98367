/** One end of a connection, with a server that the spec plays. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Subject } from 'rxjs';
import type { Receiver, Stakes } from '../../../lib/client/asking.ts';
import { Connection } from '../../../lib/client/connection.ts';
import { SluiceError } from '../../../lib/model/errors.ts';
import type { ClientPort } from '../../../lib/wire/client-port.ts';
import type { Load, Reply, Request } from '../../../lib/wire/messages.ts';

class Line {
  readonly sent: (Request | Load)[] = [];
  hear: (reply: Reply) => void = () => {};
  hangUp: () => void = () => {};
  readonly port: ClientPort = {
    send: (packet) => void this.sent.push(...packet),
    listen: ({ packet, closed }) => {
      this.hear = (reply) => packet([reply]);
      this.hangUp = closed;
    },
    keepAlive: () => {},
    close: () => {},
  };
}

const receiver = (stakes: Stakes, failed: () => void = () => {}): Receiver => ({
  stakes,
  asked: undefined,
  reply: () => {},
  fail: failed,
  complete: () => {},
});
const turn = (): Promise<void> => new Promise(setImmediate);

describe('a connection', () => {
  it('lets the server forget a transaction that failed after it began', async () => {
    const line = new Line();
    const connection = new Connection({ dial: () => line.port, failure: async () => undefined });
    const begin = { kind: 'begin', scope: 0, mode: 'write', timeoutMs: 10, openedAt: '' } as const;
    const ids = [0, 1].map(() => connection.request(begin, receiver('transaction')));
    line.hear({ kind: 'begun', id: ids[0]! } as Reply);
    const error = { name: 'Error', message: 'too long' } as never;
    for (const id of ids) line.hear({ kind: 'failed', id, error });
    await turn();
    assert.deepEqual(
      line.sent.filter(({ kind }) => kind === 'cancel'),
      [{ kind: 'cancel', id: ids[0] }],
    );
  });

  it('is made once after a loss, though whoever is told of that asks the next server at once', async () => {
    const lines: Line[] = [];
    const connection = new Connection({
      dial: () => {
        lines.push(new Line());
        return lines.at(-1)!.port;
      },
      returns: new Subject(),
      failure: async () => undefined,
    });
    const read = { kind: 'select', scope: 0, atLeast: 0, sql: 'SELECT 1', params: [] } as const;
    const write = { kind: 'execute', scope: 0, sql: 'DELETE FROM t', params: [] } as const;
    connection.request(
      write,
      receiver('write', () => void connection.request(read, receiver('read'))),
    );
    connection.request({ kind: 'watch', scope: 0, queries: [] }, receiver('stream'));
    await turn();
    lines[0]!.hangUp();
    await turn();
    assert.equal(lines.length, 2);
    assert.deepEqual(
      lines[1]!.sent.map(({ kind }) => kind),
      ['hello', 'watch', 'select'],
    );
  });

  it('leaves it open what became of a write that was sent to a lost server, where no other comes', async () => {
    const line = new Line();
    const fates: Error[] = [];
    const returns = new Subject<void>();
    const state = { dials: 0, isOver: false };
    const connection = new Connection({
      dial: () => {
        if (state.isOver) throw new SluiceError('there is no other');
        return ++state.dials === 1 ? line.port : undefined;
      },
      get returns() {
        return state.isOver ? undefined : returns;
      },
      client: 'a',
      failure: async () => undefined,
    });
    const ask = (): void => {
      const write = { kind: 'execute', scope: 0, sql: 'DELETE FROM t', params: [] } as const;
      connection.request(write, { ...receiver('write'), fail: (error) => void fates.push(error) });
    };
    ask();
    await turn();
    line.hangUp();
    await turn();
    ask();
    state.isOver = true;
    returns.complete();
    assert.deepEqual(
      fates.map(({ name }) => name),
      ['OutcomeUnknownError', 'NotExecutedError'],
    );
  });
});
