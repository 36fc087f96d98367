/** What a client says, as it leaves: one message a turn, each text once, and large batches a part at a time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Observable, Subscription } from 'rxjs';
import { Database } from '../../../lib/client/database.ts';
import { clientPort } from '../../../lib/wire/client-port.ts';

/** A Database that speaks to nobody, and the messages that arrive there. */
async function withClient(body: (db: Database, heard: unknown[][], settle: () => Promise<void>) => Promise<void>) {
  const { port1, port2 } = new MessageChannel();
  const heard: unknown[][] = [];
  port1.addEventListener('message', ({ data }: MessageEvent<unknown[]>) => heard.push(data));
  port1.start();
  const db = new Database({ dial: () => clientPort(port2), failure: async () => undefined });
  // What was posted by then has arrived, since one end is heard in the thread of the other.
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 5; n++) await turn();
  };
  try {
    await body(db, heard, settle);
  } finally {
    port1.close();
    port2.close();
  }
}

/** Nobody answers. */
const ask = (request: Observable<unknown>): Subscription => request.subscribe({ error: () => {} });

const byId = 'SELECT * FROM item WHERE id = ?';
const noted = (items: readonly unknown[] | undefined, text: string): number =>
  items?.filter((item) => item === text).length ?? 0;

describe('what a client asks', () => {
  it('in one turn shares a message', () =>
    withClient(async (db, heard, settle) => {
      for (let id = 0; id < 100; id++) ask(db.select(byId, [id]));
      ask(db.execute('DELETE FROM item'));
      ask(db.watch('SELECT count(*) FROM item'));
      await settle();
      const [hello, all, ...others] = heard;
      assert.equal((hello?.[0] as { kind?: unknown }).kind, 'hello');
      assert.equal(noted(all, 'DELETE FROM item'), 1);
      assert.equal(noted(all, 'SELECT count(*) FROM item'), 1);
      assert.deepEqual(others, []);
    }));

  it('has each text of SQL cross once, and from then on its number', () =>
    withClient(async (db, heard, settle) => {
      for (let id = 0; id < 3; id++) {
        ask(db.select(byId, [id]));
        ask(db.select(byId, [-id]));
        await settle();
      }
      const [, ...asked] = heard;
      assert.deepEqual(
        asked.map((items) => noted(items, byId)),
        [1, 0, 0],
      );
      assert.equal(asked[1]!.length, asked[2]!.length);
    }));

  it('in a batch of many rows leaves in parts, some in each turn', () =>
    withClient(async (db, heard, settle) => {
      const rows = Array.from({ length: 40_000 }, (_, n) => [n, 'x'.repeat(50)]);
      ask(db.batch((b) => b.executeMany('INSERT INTO item VALUES (?, ?)', rows)));
      ask(db.select(byId, [1]));
      await Promise.resolve();
      await settle();
      while (noted(heard.at(-1), byId) === 0) await turn();
      // The hello, the parts, and what is behind them.
      assert.ok(heard.length > 2 + 40_000 / 1_311, `${heard.length} messages`);
      assert.ok(heard.every((items) => items.length < 5_000));
    }));

  it('leaves no trace where it is taken back in the same turn', () =>
    withClient(async (db, heard, settle) => {
      ask(db.select('SELECT 1'));
      ask(db.select(byId, [1])).unsubscribe();
      await settle();
      assert.ok(heard.every((items) => noted(items, byId) === 0));
      assert.equal(heard.length, 2);
    }));
});
