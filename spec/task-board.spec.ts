/** The data of the example's task board: the keys of its order, and what its triggers keep. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { lastValueFrom } from 'rxjs';
import { nodeSqlite } from '../engines/node-sqlite.ts';
import { keyBetween } from '../examples/05-task-board/src/data/key-between.ts';
import { migrations } from '../examples/05-task-board/src/data/migrations.ts';
import { host } from '../lib/hosting/host.ts';
import type { Server } from '../lib/hosting/server-link.ts';
import type { Query } from '../lib/model/query.ts';
import { sql } from '../lib/model/sql.ts';
import { Random } from './oracle/random.ts';

describe('the keys of the order', () => {
  it('have room between any two of them, and at both ends', () => {
    const random = new Random(5);
    const keys: string[] = [];
    for (let count = 0; count < 3000; count++) {
      // Where things are often put in one place, as in a real list, keys grow.
      const place = random.pick([0, keys.length, keys.length >> 1, random.between(0, keys.length)]);
      keys.splice(place, 0, keyBetween(keys[place - 1] ?? null, keys[place] ?? null));
    }
    assert.deepEqual([...new Set(keys)].sort(), keys);
    assert.ok(keys.every((key) => !key.endsWith('0')));
  });

  it('stay short where things are added at an end', () => {
    let [first, last] = [keyBetween(null, null), keyBetween(null, null)];
    for (let count = 0; count < 1000; count++) {
      first = keyBetween(null, first);
      last = keyBetween(last, null);
    }
    assert.ok(first.length < 80 && last.length < 80, `${first.length} and ${last.length} digits`);
  });

  it('are refused for what is not in order', () => {
    assert.throws(() => keyBetween('b', 'a'), RangeError);
    assert.throws(() => keyBetween('a', 'a'), RangeError);
  });
});

describe('the triggers of the board', () => {
  let server: Server;
  before(() => {
    server = host(nodeSqlite({}), { migrations, setup: (db) => db.function('key_between', keyBetween) });
  });
  after(() => lastValueFrom(server.shutdown(), { defaultValue: undefined }));

  it('undo and redo every step, and keep the words of all tasks', async () => {
    const db = server.connect();
    const random = new Random(6);
    const states: unknown[] = [await tasks()];
    for (let count = 0; count < 60; count++) {
      await lastValueFrom(
        db.batch((batch) => {
          batch.execute("INSERT INTO step (name) VALUES ('a step')");
          for (let write = random.between(1, 4); write > 0; write--) batch.execute(randomWrite(random));
        }),
      );
      states.push(await tasks());
    }
    await assertWords();
    for (const state of states.toReversed().slice(1)) {
      await lastValueFrom(
        db.execute('UPDATE step SET undone = 1 WHERE id = (SELECT max(id) FROM step WHERE NOT undone)'),
      );
      assert.deepEqual(await tasks(), state);
    }
    await assertWords();
    for (const state of states.slice(1)) {
      await lastValueFrom(db.execute('UPDATE step SET undone = 0 WHERE id = (SELECT min(id) FROM step WHERE undone)'));
      assert.deepEqual(await tasks(), state);
    }
    await assertWords();

    function tasks(): Promise<unknown> {
      return lastValueFrom(db.select('SELECT * FROM task ORDER BY id'));
    }

    /** Fails where the index has other words than the tasks. */
    async function assertWords(): Promise<void> {
      await lastValueFrom(db.execute("INSERT INTO task_search (task_search, rank) VALUES ('integrity-check', 1)"));
    }
  });
});

/** Adds, moves, changes or removes a task. */
function randomWrite(random: Random): Query {
  const id = sql`(SELECT id FROM task ORDER BY id LIMIT 1 OFFSET ${random.between(0, 9)})`;
  const list = random.between(1, 5);
  const top = sql`key_between(NULL, (SELECT min(position) FROM task WHERE list = ${list}))`;
  switch (random.between(0, 3)) {
    case 0:
      return sql`UPDATE task SET list = ${list}, position = ${top} WHERE id = ${id}`;
    case 1:
      return sql`UPDATE task SET title = ${`title ${random.between(0, 99)}`}, notes = 'größe', due = '2030-01-01' WHERE id = ${id}`;
    case 2:
      return sql`DELETE FROM task WHERE id = ${id} AND ${random.between(0, 1)}`;
    default:
      return sql`INSERT INTO task (list, position, title) VALUES (${list}, ${top}, ${`task ${random.between(0, 99)}`})`;
  }
}
