/** Both ends of a connection over a real MessageChannel: every message arrives as it was, whatever crossed before it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ClientPort, clientPort } from '../../../lib/wire/client-port.ts';
import type { BatchStep, Load, Reply, Request } from '../../../lib/wire/messages.ts';
import type { Port } from '../../../lib/wire/port.ts';
import { loadsOf } from '../../../lib/wire/request-packer.ts';
import { blockOf, type ValueBlock } from '../../../lib/wire/row-block.ts';
import { arraysOf } from '../../../lib/wire/rows-of-block.ts';
import { serverPort } from '../../../lib/wire/server-port.ts';

interface Ends {
  readonly client: ClientPort;
  readonly server: Port<Reply, Request>;
  /** Waits until the other end has heard so many messages, and gives those. */
  requests(count: number): Promise<Request[]>;
  replies(count: number): Promise<Reply[]>;
}

async function withPorts(body: (ends: Ends) => Promise<void>): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  const [client, server] = [clientPort(port1), serverPort(port2)];
  const [requests, replies] = [heardBy<Request>(server), heardBy<Reply>(client)];
  try {
    await body({ client, server, requests, replies });
  } finally {
    client.close();
    server.close();
  }
}

function heardBy<In>(port: { listen(hear: { packet(packet: readonly In[]): void; closed(): void }): void }) {
  const heard: In[] = [];
  let check = (): void => {};
  port.listen({
    packet: (packet) => {
      heard.push(...packet);
      check();
    },
    closed: () => {},
  });
  return (count: number): Promise<In[]> =>
    new Promise((resolve) => {
      check = () => heard.length >= count && resolve(heard.splice(0, count));
      check();
    });
}

const select = (id: number, sql: string, params: readonly (number | string)[] = []): Request => ({
  kind: 'select',
  id,
  scope: 0,
  atLeast: 0,
  sql,
  params,
});

const everyRequest: readonly Request[] = [
  { kind: 'hello', protocolVersion: 2, queueTimeoutMs: Infinity, priority: 'background' },
  {
    kind: 'select',
    id: 1,
    scope: 0,
    atLeast: 7,
    sql: 'a',
    params: [1, -0, 2n ** 63n - 1n, '\ud800', null, new Uint8Array([1])],
  },
  { kind: 'select', id: 2, scope: 3, atLeast: 0, sql: 'b', params: { a: 1, b: 'x' } },
  { kind: 'execute', id: 3, scope: 1, sql: 'a', params: [] },
  { kind: 'script', id: 4, scope: 0, sql: 'a; b' },
  {
    kind: 'batch',
    id: 5,
    scope: 0,
    steps: [
      { sql: 'a', params: [1] },
      { sql: 'c', params: { d: null } },
    ],
  },
  { kind: 'batch', id: 6, scope: 0, steps: [] },
  { kind: 'call', id: 7, scope: 0, procedure: 'p', args: [{ deep: [1, 2n] }] },
  { kind: 'invalidate', id: 8, scope: 0, tables: ['t'] },
  {
    kind: 'watch',
    id: 9,
    scope: 0,
    queries: [
      { sql: 'a', params: [1] },
      { sql: 'b', params: {} },
    ],
  },
  { kind: 'watch', id: 10, scope: 0, queries: [] },
  { kind: 'stream', id: 11, scope: 0, sql: 'b', params: ['x'] },
  { kind: 'credit', id: 11 },
  { kind: 'updates', id: 12, scope: 0 },
  { kind: 'begin', id: 13, scope: 0, mode: 'write', timeoutMs: 5, openedAt: 'here' },
  { kind: 'commit', id: 14, scope: 13 },
  { kind: 'rollback', id: 15, scope: 13 },
  { kind: 'cancel', id: 9 },
  { kind: 'close', id: 16, scope: 0 },
];

const names = ['id', 'title'];
const rows = blockOf(
  [
    [1, 'a'],
    [2n ** 60n, null],
  ],
  2,
);
const none: ValueBlock = { width: 2, values: [] };

const everyReply: readonly Reply[] = [
  { kind: 'welcome', protocolVersion: 2 },
  { kind: 'opened' },
  { kind: 'rows', id: 1, before: 0, version: 4, columns: names, rows },
  { kind: 'rows', id: 2, before: 3, version: 4, columns: [], rows: { width: 0, values: [] } },
  { kind: 'part', id: 2, before: 1000, columns: ['x'], rows: blockOf([[-0]], 1) },
  { kind: 'done', id: 3, changes: 1, lastInsertRowid: 2n ** 62n, version: 5 },
  { kind: 'value', id: 4, value: { any: [1, null] } },
  { kind: 'begun', id: 5 },
  { kind: 'live', id: 6, version: 6, results: [null, { spans: [-1, 2], ahead: 0, rows, columns: names }] },
  { kind: 'live', id: 6, version: 7, results: [{ spans: [0, 1], ahead: 2000, rows: none }] },
  { kind: 'livePart', id: 6, index: 1, before: 5, rows, columns: names },
  { kind: 'livePart', id: 6, index: 0, before: 0, rows },
  { kind: 'stale', ids: [6] },
  { kind: 'fresh', id: 6 },
  { kind: 'updates', id: 7, version: 8, tables: new Map([['t', 'all' as never]]), own: true },
  { kind: 'failed', id: 8, error: { type: 'Error', message: 'm', stack: '', fields: {} } },
  { kind: 'ended', id: 9 },
  { kind: 'closed', error: { type: 'Error', message: 'm', stack: '', fields: {} } },
];

describe('a packed port', () => {
  it('brings every request as it was, in one packet and one by one, twice', () =>
    withPorts(async ({ client, requests }) => {
      client.send(everyRequest);
      for (const request of everyRequest) client.send([request]);
      client.send(everyRequest);
      assert.deepStrictEqual(await requests(everyRequest.length * 3), [
        ...everyRequest,
        ...everyRequest,
        ...everyRequest,
      ]);
    }));

  it('brings every reply as it was, in one packet and one by one, twice', () =>
    withPorts(async ({ server, replies }) => {
      server.send(everyReply);
      for (const reply of everyReply) server.send([reply]);
      server.send(everyReply);
      assert.deepStrictEqual(await replies(everyReply.length * 3), [...everyReply, ...everyReply, ...everyReply]);
    }));

  it('keeps texts apart, however many there are, and whichever come again', () =>
    withPorts(async ({ client, requests }) => {
      const sent: Request[] = [];
      for (let n = 0; n < 5_000; n++) sent.push(select(n, `SELECT ${(n * n) % 2_111}`, [n]));
      for (let at = 0; at < sent.length; at += 7) client.send(sent.slice(at, at + 7));
      assert.deepStrictEqual(await requests(sent.length), sent);
    }));

  it('brings texts of any length', () =>
    withPorts(async ({ client, requests }) => {
      const sent = [9_999, 10_000, 10_001, 1_000_000].flatMap((length) => {
        const text = `SELECT '${'x'.repeat(length - 9)}'`;
        return [select(length, text), select(length + 1, text)];
      });
      client.send(sent);
      assert.deepStrictEqual(await requests(sent.length), sent);
    }));

  it('tells a text again after a packet that could not be sent', () =>
    withPorts(async ({ client, requests }) => {
      client.send([select(1, 'first')]);
      const odd = { kind: 'call', id: 2, scope: 0, procedure: 'p', args: [() => 1] } as const;
      assert.throws(() => client.send([select(3, 'second'), odd]), { name: 'DataCloneError' });
      const sent = [select(4, 'second'), select(5, 'first'), select(6, 'third'), select(7, 'second')];
      for (const request of sent) client.send([request]);
      assert.deepStrictEqual(await requests(5), [select(1, 'first'), ...sent]);
    }));

  it('knows nothing of the texts of another', async () => {
    for (const text of ['a', 'b']) {
      await withPorts(async ({ client, requests }) => {
        client.send([select(1, text), select(2, `${text}${text}`), select(3, text)]);
        const heard = await requests(3);
        assert.deepEqual(
          heard.map((request) => 'sql' in request && request.sql),
          [text, text + text, text],
        );
      });
    }
  });

  it('puts the rows of a batch that went ahead of it in their places', () =>
    withPorts(async ({ client, requests }) => {
      const blocks = (from: number): ValueBlock[] =>
        [0, 1, 2].map((block) =>
          blockOf(
            Array.from({ length: 400 }, (_, n) => [from + block * 400 + n, `${n}`]),
            2,
          ),
        );
      const steps: BatchStep[] = [
        { sql: 'a', rows: blocks(0) },
        { sql: 'b', params: [1] },
        { sql: 'c', rows: [blockOf([[1, 2]], 2)] },
        { sql: 'd', rows: blocks(5_000) },
      ];
      const batches = [1, 2].map((id): Request => ({ kind: 'batch', id, scope: 0, steps }));
      const loads = batches.map(loadsOf);
      assert.deepEqual(
        loads.map(({ length }) => length),
        [6, 6],
      );
      const mixed: (Request | Load)[] = loads[0]!.flatMap((load, index) => [load, loads[1]![index]!]);
      for (const load of mixed) client.send([load]);
      client.send(batches);
      for (const [index, heard] of (await requests(2)).entries()) {
        assert.ok(heard.kind === 'batch' && heard.id === index + 1);
        const rowsOf = (step: BatchStep): unknown => ('rows' in step ? step.rows.flatMap(arraysOf) : step);
        assert.deepStrictEqual(heard.steps.map(rowsOf), steps.map(rowsOf));
      }
    }));

  it('forgets the rows that went ahead of a batch that is cancelled', () =>
    withPorts(async ({ client, requests }) => {
      const block = blockOf([[1]], 1);
      client.send([
        { kind: 'load', id: 1, rows: block },
        { kind: 'load', id: 2, rows: block },
        { kind: 'cancel', id: 1 },
      ]);
      client.send([{ kind: 'load', id: 2, rows: block }]);
      const batch: Request = { kind: 'batch', id: 2, scope: 0, steps: [{ sql: 'a', rows: [block, block] }] };
      client.send([batch]);
      assert.deepStrictEqual(await requests(2), [{ kind: 'cancel', id: 1 }, batch]);
    }));

  it('passes over a batch of which not all rows went ahead', () =>
    withPorts(async ({ client, requests }) => {
      const block = blockOf([[1]], 1);
      const steps: BatchStep[] = [{ sql: 'a', rows: [block, block] }];
      client.send([
        { kind: 'load', id: 1, rows: block },
        { kind: 'batch', id: 1, scope: 0, steps },
        { kind: 'batch', id: 2, scope: 0, steps },
        select(3, 'b'),
      ]);
      assert.deepStrictEqual(await requests(1), [select(3, 'b')]);
    }));

  it('moves the buffers of many rows, and leaves the values of the sender as they are', () =>
    withPorts(async ({ server, replies }) => {
      const many = blockOf(
        Array.from({ length: 500 }, (_, n) => [n, `text ${n}`, new Uint8Array([n % 256])]),
        3,
      );
      const copy = structuredClone(many.values);
      server.send([{ kind: 'rows', id: 1, before: 0, version: 1, columns: ['a', 'b', 'c'], rows: many }]);
      const [reply] = await replies(1);
      assert.ok(reply?.kind === 'rows' && 'columns' in reply.rows);
      assert.deepStrictEqual(arraysOf(reply.rows).flat(), copy);
      assert.deepStrictEqual(many.values, copy);
    }));

  it('moves the spans of a patch that are many: what is told of a row costs less than the row', () =>
    withPorts(async ({ server, replies }) => {
      const spans = Array.from({ length: 2_000 }, (_, n) => (n % 2 ? 1 : 1_000 - n / 2));
      server.send([{ kind: 'live', id: 1, version: 1, results: [{ spans, ahead: 0, rows: none }] }]);
      const [reply] = await replies(1);
      assert.ok(reply?.kind === 'live' && reply.results[0]?.spans instanceof Int32Array);
      assert.deepEqual([...reply.results[0].spans], spans);
    }));
});
