/** A port over a real MessageChannel: what arrives, in which order, and how its end is heard. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { MessageChannel as NodeChannel, Worker } from 'node:worker_threads';
import { type Port, portOver } from '../../../lib/wire/port.ts';
import { runNode } from '../../support/run-node.ts';

/** What one end heard, and a promise of its next `'closed'`. */
interface Ear {
  readonly heard: (readonly string[] | 'closed')[];
  readonly closed: Promise<void>;
}

function listenTo(port: Port<string, string>): Ear {
  const heard: Ear['heard'] = [];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  port.listen({
    packet: (packet) => heard.push(packet),
    closed: () => {
      heard.push('closed');
      resolve();
    },
  });
  return { heard, closed };
}

function pair(): [Port<string, string>, Port<string, string>] {
  const { port1, port2 } = new MessageChannel();
  return [portOver(port1), portOver(port2)];
}

/** Long enough for whatever was on its way. */
async function severalTurns(): Promise<void> {
  for (let i = 0; i < 20; i++) await turn();
}

describe('a port', () => {
  it('brings packets in the order in which they were sent', async () => {
    const [here, there] = pair();
    const { heard, closed } = listenTo(there);
    const packets = Array.from({ length: 1_000 }, (_, i) => [`${i}`, `${i}'`]);
    for (const packet of packets) here.send(packet);
    here.close();
    await closed;
    assert.deepEqual(heard, [...packets, 'closed']);
  });

  it('brings packets both ways', async () => {
    const [here, there] = pair();
    const [ear, other] = [listenTo(here), listenTo(there)];
    here.send(['ping']);
    there.send(['pong']);
    await severalTurns();
    assert.deepEqual([ear.heard, other.heard], [[['pong']], [['ping']]]);
    here.close();
    await other.closed;
  });

  it('keeps what was sent before anyone listened', async () => {
    const [here, there] = pair();
    here.send(['early']);
    await severalTurns();
    const { heard, closed } = listenTo(there);
    here.send(['late']);
    here.close();
    await closed;
    assert.deepEqual(heard, [['early'], ['late'], 'closed']);
  });

  it('hears once that the other end closed, after the last packet', async () => {
    const [here, there] = pair();
    const { heard, closed } = listenTo(there);
    here.send(['a']);
    here.send(['b']);
    here.close();
    here.close();
    await closed;
    await severalTurns();
    assert.deepEqual(heard, [['a'], ['b'], 'closed']);
  });

  it('hears the last packet, and then the end, of an end that closed before anyone listened', async () => {
    const [here, there] = pair();
    here.send(['last words']);
    here.close();
    await severalTurns();
    const { heard, closed } = listenTo(there);
    await closed;
    assert.deepEqual(heard, [['last words'], 'closed']);
  });

  it('hears nothing of its own close, and no packet after it', async () => {
    const [here, there] = pair();
    const [ear, other] = [listenTo(here), listenTo(there)];
    there.send(['on its way']);
    here.close();
    await other.closed;
    await severalTurns();
    assert.deepEqual(ear.heard, []);
  });

  it('hears no second packet where the first one made it close', async () => {
    const [here, there] = pair();
    const heard: (readonly string[])[] = [];
    here.listen({
      packet: (packet) => {
        heard.push(packet);
        here.close();
      },
      closed: () => assert.fail('it closed by itself'),
    });
    const other = listenTo(there);
    there.send(['a']);
    there.send(['b']);
    await other.closed;
    await severalTurns();
    assert.deepEqual(heard, [['a']]);
  });

  it('loses without an error what is sent to a closed end', async () => {
    const [here, there] = pair();
    const { closed } = listenTo(there);
    here.close();
    await closed;
    there.send(['lost']);
    here.send(['lost']);
    there.close();
  });

  it('hears that the thread of the other end was terminated, after its last packet', async () => {
    const { port1, port2 } = new NodeChannel();
    const body = `
      const { workerData } = require('node:worker_threads');
      workerData.postMessage(['a']);
      workerData.postMessage(['b']);
      workerData.on('message', () => undefined);`;
    const worker = new Worker(body, { eval: true, workerData: port2, transferList: [port2] });
    const port = portOver<string, string>(port1 as unknown as MessagePort);
    const heard: (readonly string[] | 'closed')[] = [];
    await new Promise<void>((resolve) => {
      port.listen({
        packet: (packet) => {
          if (heard.push(packet) === 2) void worker.terminate();
        },
        closed: () => {
          heard.push('closed');
          resolve();
        },
      });
    });
    await severalTurns();
    assert.deepEqual(heard, [['a'], ['b'], 'closed']);
  });

  it('hears that the thread of the other end came to its own end', async () => {
    const { port1, port2 } = new NodeChannel();
    const worker = new Worker("require('node:worker_threads').workerData.postMessage(['bye'])", {
      eval: true,
      workerData: port2,
      transferList: [port2],
    });
    const { heard, closed } = listenTo(portOver(port1 as unknown as MessagePort));
    await Promise.all([closed, once(worker, 'exit')]);
    assert.deepEqual(heard, [['bye'], 'closed']);
  });

  const portModule = JSON.stringify(new URL('../../../lib/wire/port.ts', import.meta.url).href);
  const listening = (alive: boolean): string[] => [
    '--input-type=module',
    '--eval',
    `import { portOver } from ${portModule};
     const port = portOver(new MessageChannel().port1);
     port.listen({ packet: () => {}, closed: () => {} });
     port.keepAlive(${!alive});
     port.keepAlive(${alive});
     if (${alive}) setTimeout(() => { console.log('alive'); port.close(); }, 50).unref();`,
  ];

  it('lets a process end while it listens, where it need not be kept alive', async () => {
    const { exitCode, stdout } = await runNode(listening(false), { timeoutMs: 30_000 });
    assert.deepEqual([exitCode, stdout], [0, '']);
  });

  it('keeps a process alive while it listens, where it is told to', async () => {
    const { exitCode, stdout } = await runNode(listening(true), { timeoutMs: 30_000 });
    assert.deepEqual([exitCode, stdout], [0, 'alive\n']);
  });

  it('needs of its platform no more than a browser has, which neither starts a port by itself nor keeps it alive', () => {
    const calls: string[] = [];
    const bare = Object.fromEntries(
      ['postMessage', 'addEventListener', 'start', 'close'].map((name) => [name, () => calls.push(name)]),
    );
    const port = portOver(bare as unknown as MessagePort);
    port.listen({ packet: () => undefined, closed: () => undefined });
    port.keepAlive(true);
    port.keepAlive(false);
    assert.deepEqual(calls, ['addEventListener', 'addEventListener', 'start']);
  });
});
