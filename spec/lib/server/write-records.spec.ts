/** Records of writes are removed once nobody will ask about them, also where the write that removes them is taken back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betterSqlite3 } from '../../../engines/better-sqlite3.ts';
import type { ClientMemory } from '../../../lib/server/client-memory.ts';
import type { Job } from '../../../lib/server/scope.ts';
import { Storage } from '../../../lib/server/storage.ts';
import { WriteRecords } from '../../../lib/server/write-records.ts';
import { openEngine } from '../../engines/engine-under-test.ts';
import { withFile } from '../../support/databases.ts';

const dayMs = 24 * 60 * 60 * 1000;

interface Bench {
  readonly storage: Storage;
  readonly records: WriteRecords;
  /** Notes a write of a client in a transaction, and ends that. */
  write(memory: ClientMemory, id: number, end?: 'commit' | 'rollback'): void;
  /** Clients and ids of all records. */
  kept(): unknown[][];
  advance(ms: number): void;
}

const withRecords = (body: (bench: Bench) => void) =>
  withFile(async (file) => {
    let nowMs = 0;
    const storage = new Storage(await openEngine(betterSqlite3({ file })));
    const records = new WriteRecords(storage, () => nowMs);
    records.prepare();
    body({
      storage,
      records,
      write: (memory, id, end = 'commit') => {
        storage.control('begin');
        const job = { caller: { memory }, request: { id } } as unknown as Job;
        records.note(job, { kind: 'done', id, changes: 1, lastInsertRowid: 1, version: 1 });
        storage.control(end);
      },
      kept: () => storage.aside('SELECT client, id FROM main._sluice_writes ORDER BY client, id', []),
      advance: (ms) => {
        nowMs += ms;
      },
    });
    storage.close();
  });

const client = (name: string): ClientMemory => ({ client: name, resends: 0, answered: 0 });

describe('WriteRecords', () => {
  it('removes answered writes and clients that left, though the first write that did was rolled back', () =>
    withRecords(({ records, write, kept }) => {
      const [a, b] = [client('a'), client('b')];
      for (const memory of [a, b]) for (const id of [1, 2]) write(memory, id);
      a.answered = 2;
      records.forget(b);
      write(a, 3, 'rollback');
      assert.equal(kept().length, 4);
      write(a, 3);
      assert.deepEqual(kept(), [['a', 3]]);
    }));

  it('removes them though SQLite itself took the transaction back', () =>
    withRecords(({ storage, records, write, kept }) => {
      const [a, b] = [client('a'), client('b')];
      write(b, 1);
      records.forget(b);
      storage.control('begin');
      records.note({ caller: { memory: a }, request: { id: 1 } } as unknown as Job, {
        kind: 'done',
        id: 1,
        changes: 1,
        lastInsertRowid: 1,
        version: 1,
      });
      storage.exec('ROLLBACK');
      assert.deepEqual(kept(), [['b', 1]]);
      write(a, 1);
      assert.deepEqual(kept(), [['a', 1]]);
    }));

  it('removes the old ones of clients that died, once a day', () =>
    withRecords(({ storage, write, kept, advance }) => {
      const a = client('a');
      const leaveOld = (): void =>
        storage.exec("INSERT INTO main._sluice_writes VALUES ('dead', 1, unixepoch() - 700000, 'done', 1, 1, NULL)");
      leaveOld();
      write(a, 1, 'rollback');
      assert.deepEqual(kept(), [['dead', 1]]);
      write(a, 1);
      assert.deepEqual(kept(), [['a', 1]]);
      leaveOld();
      advance(dayMs / 2);
      write(a, 2);
      assert.equal(kept().length, 3);
      advance(dayMs / 2);
      write(a, 3);
      assert.deepEqual(kept(), [
        ['a', 1],
        ['a', 2],
        ['a', 3],
      ]);
    }));
});
