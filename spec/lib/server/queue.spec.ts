/** The queue by itself: who goes next, and what becomes of those that wait. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cancel, type Waiter } from '../../../lib/server/lane.ts';
import { type Client, Queue } from '../../../lib/server/queue.ts';

interface Task extends Waiter {
  readonly caller: Client;
  readonly name: string;
}

const client = (share = 1): Client => ({ share });

/** A queue in which `a3` is the third task of client a. */
function filled(lengths: Readonly<Record<string, number>>, clients: Readonly<Record<string, Client>> = {}) {
  const queue = new Queue<Task>();
  const tasks = new Map<string, Task>();
  const known: Record<string, Client> = { ...clients };
  for (const [name, length] of Object.entries(lengths)) {
    known[name] ??= client();
    for (let n = 1; n <= length; n++) {
      const task = { caller: known[name], name: `${name}${n}`, isCancelled: false, keeper: undefined };
      tasks.set(task.name, task);
      queue.push(task);
    }
  }
  return { queue, clients: known, task: (name: string) => tasks.get(name)! };
}

/** Takes tasks out, each of which takes as long as `cost` says, until none is there or `count` were taken. */
function served(queue: Queue<Task>, cost: (task: Task) => number, count = Number.POSITIVE_INFINITY): string[] {
  const names: string[] = [];
  while (names.length < count) {
    const task = queue.shift();
    if (task === undefined) break;
    names.push(task.name);
    queue.charge(task.caller, cost(task));
  }
  return names;
}

describe('the queue', () => {
  it('serves one client in the order of asking', () => {
    const { queue } = filled({ a: 5 });
    assert.deepEqual(
      served(queue, () => 1),
      ['a1', 'a2', 'a3', 'a4', 'a5'],
    );
    assert.ok(queue.isEmpty);
    assert.equal(queue.shift(), undefined);
  });

  it('serves clients in turn where their tasks take equally long, whoever has more of them', () => {
    const { queue } = filled({ a: 4, b: 2, c: 1 });
    assert.deepEqual(
      served(queue, () => 1),
      ['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4'],
    );
  });

  it('serves clients in turn where nothing takes any time that can be told', () => {
    const { queue } = filled({ a: 3, b: 3 });
    assert.deepEqual(
      served(queue, () => 0),
      ['a1', 'b1', 'a2', 'b2', 'a3', 'b3'],
    );
  });

  it('gives equal time to clients whose tasks take unequally long', () => {
    const { queue } = filled({ slow: 20, quick: 200 });
    const cost = ({ name }: Task): number => (name.startsWith('slow') ? 10 : 1);
    const names = served(queue, cost, 110);
    const slow = names.filter((name) => name.startsWith('slow')).length;
    assert.ok(Math.abs(slow - 10) <= 1, `${slow} slow ones of 110`);
  });

  it('gives time by the shares of clients', () => {
    const { queue } = filled({ back: 100, front: 200 }, { back: client(1 / 16) });
    const names = served(queue, () => 1, 170);
    const back = names.filter((name) => name.startsWith('back')).length;
    assert.ok(back >= 9 && back <= 12, `${back} of 170`);
    assert.equal(served(queue, () => 1).length, 130, 'and all of it where nobody else waits');
  });

  it('lets a client that comes anew go next, and does not make up for the time that it was away', () => {
    const { queue, clients } = filled({ a: 100, b: 1 });
    served(queue, () => 1, 50);
    for (let n = 1; n <= 40; n++) {
      queue.push({ caller: clients.b!, name: `new${n}`, isCancelled: false, keeper: undefined });
    }
    const names = served(queue, () => 1, 20);
    assert.ok(names.slice(0, 2).includes('new1'));
    assert.equal(names.filter((name) => name.startsWith('new')).length, 10);
  });

  it('shuts nobody out for long, however long one of its tasks took', () => {
    const { queue } = filled({ a: 2, b: 1000 });
    const names = served(queue, ({ name }) => (name === 'a1' ? 60_000 : 1));
    assert.ok(names.indexOf('a2') <= 103, `after ${names.indexOf('a2')} others`);
  });

  it('keeps nothing of a client that is gone, also where it had time afterwards', () => {
    const { queue, clients, task } = filled({ a: 2 });
    cancel(task('a2'));
    const first = queue.shift()!;
    queue.forget(clients.a!);
    queue.charge(first.caller, 50);
    queue.push({ caller: clients.a!, name: 'again', isCancelled: false, keeper: undefined });
    queue.push({ caller: client(), name: 'other', isCancelled: false, keeper: undefined });
    assert.deepEqual(
      served(queue, () => 1),
      ['again', 'other'],
    );
  });

  it('passes by clients whose next may not run', () => {
    const { queue } = filled({ a: 2, b: 2 });
    const next = (): string | undefined => queue.shift(({ name }) => name !== 'a1')?.name;
    assert.deepEqual([next(), next(), next(), queue.shift()?.name], ['b1', 'b2', undefined, 'a1']);
  });

  it('forgets what was cancelled, at the head and in between, and counts it no more', () => {
    const { queue, clients, task } = filled({ a: 4, b: 1 });
    for (const name of ['a1', 'a3', 'a3', 'b1']) cancel(task(name));
    assert.equal(queue.length, 2);
    assert.equal(queue.lengthOf(clients.b!), 0);
    assert.deepEqual(
      queue.waiting.map(({ name }) => name),
      ['a2', 'a4'],
    );
    assert.deepEqual(
      served(queue, () => 1),
      ['a2', 'a4'],
    );
    cancel(task('a2'));
    assert.equal(queue.length, 0);
  });

  it('finds those that still wait among a hundred thousand cancelled ones', () => {
    const { queue, task } = filled({ a: 100_000 });
    for (let n = 1; n <= 100_000; n++) if (n % 1000 !== 0) cancel(task(`a${n}`));
    assert.equal(queue.length, 100);
    assert.deepEqual(served(queue, () => 1).slice(-2), ['a99000', 'a100000']);
  });

  it('takes out those at the head that are over, of every client', () => {
    const { queue } = filled({ a: 3, b: 2 });
    const over = queue.takeWhile(({ name }) => name !== 'a2');
    assert.deepEqual(
      over.map(({ name }) => name),
      ['a1', 'b1', 'b2'],
    );
    assert.deepEqual(
      served(queue, () => 1),
      ['a2', 'a3'],
    );
  });
});
