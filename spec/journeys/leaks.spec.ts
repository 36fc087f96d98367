/** What is used and closed leaves nothing behind: neither memory nor handles. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { firstValueFrom } from 'rxjs';
import { host } from '../../lib/index.ts';
import { type Bench, done, onBetterSqlite3, withFile, withServer } from '../support/databases.ts';
import { record } from '../support/recorder.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** The heap in MB once what can be collected is. */
async function heapMb(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process.memoryUsage().heapUsed / 2 ** 20;
}

const handles = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout' && kind !== 'Immediate').length;

/** In this thread, the server's heap is the one that is measured. */
const withServerHere = (body: (bench: Bench) => Promise<void>): Promise<void> =>
  withFile(async (file) => {
    const server = host(onBetterSqlite3.spec(file));
    await body({ file, server, db: server.connect() });
    await done(server.shutdown());
  });

for (const [where, serving] of [
  ['of a server on a worker', withServer],
  ['of a server in this thread', withServerHere],
] as const) {
  describe(`what is closed ${where}`, () => {
    it('leaves neither heap nor handles behind after 1,000 cycles of connect, use and close', () =>
      serving(async ({ db, server }) => {
        await done(db.executeScript('CREATE TABLE t (a)'));
        const cycle = async (): Promise<void> => {
          const client = server.connect();
          await firstValueFrom(client.watch('SELECT * FROM t'));
          await done(client.transaction((tx) => tx.execute('INSERT INTO t VALUES (1)')));
          await done(client.execute('DELETE FROM t'));
          await done(client.close());
        };
        for (let i = 0; i < 100; i++) await cycle();
        const [heapBefore, handlesBefore] = [await heapMb(), handles()];
        for (let i = 0; i < 1000; i++) await cycle();
        const [heapAfter, handlesAfter] = [await heapMb(), handles()];
        assert.ok(heapAfter - heapBefore < 1, `heap grew from ${heapBefore} to ${heapAfter} MB`);
        assert.equal(handlesAfter, handlesBefore);
      }));

    it('leaves no heap behind after 10,000 cycles of subscribe and unsubscribe', () =>
      serving(async ({ db }) => {
        await done(db.executeScript('CREATE TABLE t (a); INSERT INTO t VALUES (1)'));
        const cycle = async (n: number): Promise<void> => {
          const watched = await record(db.watch('SELECT ? AS n, a FROM t', [n])).count(1);
          watched.unsubscribe();
          record(db.watch('SELECT ? AS n, a FROM t', [-n])).unsubscribe();
          record(db.updates()).unsubscribe();
        };
        for (let i = 0; i < 500; i++) await cycle(i);
        const before = await heapMb();
        for (let i = 0; i < 10_000; i++) await cycle(i);
        const after = await heapMb();
        assert.ok(after - before < 1, `heap grew from ${before} to ${after} MB`);
      }));
  });
}

describe('an idle server', () => {
  it('lets the process end by itself, though no server was shut down', () =>
    withServer(async ({ db }) => {
      await firstValueFrom(db.select('SELECT 1'));
      assert.deepEqual(
        process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort'),
        [],
      );
    }));
});
