/** What is said in one turn, gathered into one packet. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Outbox } from '../../../lib/wire/outbox.ts';

/** An outbox, and the packets that it sent. */
function watchedOutbox<Message>(): { outbox: Outbox<Message>; packets: (readonly Message[])[] } {
  const packets: (readonly Message[])[] = [];
  return { outbox: new Outbox<Message>((packet) => packets.push(packet), assert.fail), packets };
}

describe('an outbox', () => {
  it('sends nothing by itself', () => {
    const { outbox, packets } = watchedOutbox<string>();
    outbox.add('a');
    assert.deepEqual(packets, []);
    assert.equal(outbox.size, 1);
  });

  it('sends all that it gathered as one packet, in order', () => {
    const { outbox, packets } = watchedOutbox<string>();
    for (const message of ['b', 'a', 'c']) outbox.add(message);
    outbox.flush();
    assert.deepEqual(packets, [['b', 'a', 'c']]);
    assert.equal(outbox.size, 0);
  });

  it('sends no message twice', () => {
    const { outbox, packets } = watchedOutbox<string>();
    outbox.add('a');
    outbox.flush();
    outbox.add('b');
    outbox.flush();
    assert.deepEqual(packets, [['a'], ['b']]);
  });

  it('sends no empty packet', () => {
    const { outbox, packets } = watchedOutbox<string>();
    outbox.flush();
    outbox.add('a');
    outbox.remove('a');
    outbox.flush();
    assert.deepEqual(packets, []);
  });

  it('takes a message back that was not sent, and says so', () => {
    const { outbox, packets } = watchedOutbox<string>();
    for (const message of ['a', 'b', 'c']) outbox.add(message);
    assert.equal(outbox.remove('b'), true);
    assert.equal(outbox.remove('b'), false);
    outbox.flush();
    assert.deepEqual(packets, [['a', 'c']]);
    assert.equal(outbox.remove('a'), false);
  });

  it('tells messages apart by identity, not by content', () => {
    const { outbox, packets } = watchedOutbox<{ id: number }>();
    const [one, other] = [{ id: 1 }, { id: 1 }];
    outbox.add(one);
    outbox.add(other);
    outbox.remove(one);
    outbox.flush();
    assert.equal(packets[0]?.length, 1);
    assert.equal(packets[0]?.[0], other);
  });

  it('keeps for the next packet what is added while one is sent', () => {
    const packets: (readonly string[])[] = [];
    const outbox = new Outbox<string>((packet) => {
      packets.push(packet);
      if (packets.length === 1) outbox.add('reply');
    }, assert.fail);
    outbox.add('a');
    outbox.flush();
    assert.equal(outbox.size, 1);
    outbox.flush();
    assert.deepEqual(packets, [['a'], ['reply']]);
  });

  it('gives a packet that later messages leave alone', () => {
    const { outbox, packets } = watchedOutbox<string>();
    outbox.add('a');
    outbox.flush();
    const sent = packets[0];
    outbox.add('b');
    assert.deepEqual(sent, ['a']);
  });

  it('sends the others of a turn in which one cannot be sent, and tells which', () => {
    const sent: unknown[] = [];
    const refused: unknown[] = [];
    const outbox = new Outbox<unknown>(
      (packet) => sent.push(...structuredClone(packet)),
      (message) => refused.push(message),
    );
    const odd = (): void => {};
    for (const message of ['a', odd, 'b']) outbox.add(message);
    outbox.flush();
    assert.deepEqual(sent, ['a', 'b']);
    assert.deepEqual(refused, [odd]);
  });
});
