/** What arrives is handed on in order; parts of large results leave other tasks their turn. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Arrivals } from '../../../lib/client/arrivals.ts';

/** Messages whose names begin with `p` are parts; each of these takes 2 ms. */
function arrivals(heard: string[]): Arrivals<string> {
  const isPart = (message: string): boolean => message.startsWith('p');
  const hear = (message: string): void => {
    heard.push(message);
    if (message === 'throws') throw new Error('heard');
    for (const end = performance.now() + 2; isPart(message) && performance.now() < end; );
  };
  return new Arrivals(hear, () => heard.push('over'), isPart);
}

async function until(heard: readonly string[], last: string): Promise<void> {
  while (!heard.includes(last)) await turn();
}

describe('arrivals', () => {
  it('are heard at once, and in order', () => {
    const heard: string[] = [];
    const arriving = arrivals(heard);
    arriving.add(['a', 'b']);
    arriving.add(['c']);
    assert.deepEqual(heard, ['a', 'b', 'c']);
  });

  it('leave other tasks their turn between parts, and keep what is behind them waiting', async () => {
    const heard: string[] = [];
    const arriving = arrivals(heard);
    setImmediate(() => heard.push('other'));
    arriving.add(['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'a']);
    arriving.add(['b']);
    assert.ok(heard.length < 6);
    await until(heard, 'b');
    assert.ok(heard.indexOf('other') < heard.indexOf('p6'));
    assert.deepEqual(
      heard.filter((message) => message !== 'other'),
      ['p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'a', 'b'],
    );
  });

  it('share one slice of time in a turn, though they come in many packets', async () => {
    const heard: string[] = [];
    const arriving = arrivals(heard);
    for (let n = 0; n < 20; n++) arriving.add([`p${n}`]);
    assert.ok(heard.length < 6);
    await until(heard, 'p19');
    assert.deepEqual(
      heard,
      Array.from({ length: 20 }, (_, n) => `p${n}`),
    );
  });

  it('end after the last of them', async () => {
    const heard: string[] = [];
    const arriving = arrivals(heard);
    arriving.add(['p1', 'p2', 'p3', 'p4', 'a']);
    arriving.end();
    await until(heard, 'over');
    assert.deepEqual(heard, ['p1', 'p2', 'p3', 'p4', 'a', 'over']);
  });

  it('are heard no more once they are dropped', async () => {
    const heard: string[] = [];
    const arriving = arrivals(heard);
    arriving.add(['p1', 'p2', 'p3', 'p4', 'a']);
    arriving.drop();
    const before = heard.length;
    arriving.end();
    for (let n = 0; n < 5; n++) await turn();
    assert.equal(heard.length, before);
  });

  it('go on after one that throws', async () => {
    const heard: string[] = [];
    const arriving = arrivals(heard);
    assert.throws(() => arriving.add(['a', 'throws', 'b']), /heard/);
    arriving.add(['c']);
    await until(heard, 'c');
    assert.deepEqual(heard, ['a', 'throws', 'b', 'c']);
  });
});
