/** A thread that waits at its ports: it hears at once what comes in time, and gives up where nothing comes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { receiveMessageOnPort } from 'node:worker_threads';
import { nextTurn, whenPortsAreEmpty } from '../../../lib/wire/next-turn.ts';
import { Poller, type Receive } from '../../../lib/wire/poller.ts';
import { portOver } from '../../../lib/wire/port.ts';

const receive = receiveMessageOnPort as unknown as Receive;

/** A port at which a poller waits; `hear` is called for each packet, and `looks` counts how often the poller looked. */
function waitedPort(hear: (packet: readonly string[]) => void) {
  const { port1, port2 } = new MessageChannel();
  let looks = 0;
  const poller = new Poller((port) => {
    looks++;
    return receive(port);
  });
  const [here, there] = [portOver<string, string>(port1, poller), portOver<string, string>(port2)];
  here.listen({ packet: hear, closed: () => {} });
  return { here, there, poller, looks: () => looks };
}

describe('a poller', () => {
  it('hears, before the event loop has its turn, what comes while it waits', async () => {
    const heard: string[] = [];
    const { here, there } = waitedPort(([word]) => {
      heard.push(word!);
      // As another thread would: it is there while the first packet is still handled.
      if (word === 'a') there.send(['b']);
      if (word === 'b') setImmediate(() => heard.push('turn'));
    });
    there.send(['a']);
    while (heard.length < 3) await turn();
    assert.deepEqual(heard, ['a', 'b', 'turn']);
    here.close();
  });

  it('keeps the order of what it hears and of what events bring', async () => {
    const heard: string[] = [];
    const { here, there } = waitedPort((packet) => {
      heard.push(...packet);
      const next = heard.length;
      if (next < 300) there.send([`${next}`]);
    });
    there.send(['0']);
    while (heard.length < 300) await turn();
    assert.deepEqual(
      heard,
      Array.from({ length: 300 }, (_, n) => `${n}`),
    );
    here.close();
  });

  it('does not look where nothing was heard', async () => {
    const idle = waitedPort(() => {});
    await turn();
    assert.equal(idle.looks(), 0);
    idle.here.close();
  });

  it('does not look where something waits for the next turn', async () => {
    const heard: string[] = [];
    const { here, there, looks } = waitedPort(([word]) => {
      heard.push(word!);
      nextTurn(() => {});
    });
    there.send(['a']);
    while (heard.length === 0) await turn();
    assert.equal(looks(), 0);
    here.close();
  });

  it('does what waits for the ports to be empty, and only then waits for more', async () => {
    const done: string[] = [];
    const { here, there } = waitedPort(([word]) => {
      done.push(word!);
      if (word !== 'a') return;
      there.send(['b']);
      whenPortsAreEmpty(() => {
        done.push('first work');
        there.send(['c']);
      });
      whenPortsAreEmpty(() => done.push('second work'));
    });
    there.send(['a']);
    while (done.length < 5) await turn();
    assert.deepEqual(done, ['a', 'b', 'first work', 'c', 'second work']);
    await turn();
    assert.equal(done.length, 5, 'once');
    here.close();
  });

  it('looks ever more seldom where nothing comes in time', async () => {
    let heard = 0;
    const { here, there, looks } = waitedPort(() => heard++);
    const waited: number[] = [];
    for (let n = 0; n < 200; n++) {
      const before = looks();
      there.send([`${n}`]);
      while (heard <= n) await turn();
      if (looks() > before) waited.push(n);
    }
    assert.deepEqual(waited, [0, 2, 6, 14, 30, 62, 126, 191]);
    here.close();
  });

  it('leaves the event loop its turn, though packets come without end', async () => {
    let isOver = false;
    const { here, there } = waitedPort(() => {
      if (!isOver) there.send(['more']);
    });
    there.send(['first']);
    for (let n = 0; n < 5; n++) await turn();
    isOver = true;
    here.close();
  });

  it('leaves the event loop its turn, though there is work without end', async () => {
    let isOver = false;
    const work = (): void => {
      if (!isOver) whenPortsAreEmpty(work);
    };
    const { here, there } = waitedPort(work);
    there.send(['first']);
    for (let n = 0; n < 5; n++) await turn();
    isOver = true;
    here.close();
  });

  it('hears nothing of a port that was closed', async () => {
    const heard: string[] = [];
    const { here, there } = waitedPort(([word]) => {
      heard.push(word!);
      there.send(['late']);
      here.close();
    });
    there.send(['last']);
    for (let n = 0; n < 5; n++) await turn();
    assert.deepEqual(heard, ['last']);
  });
});
