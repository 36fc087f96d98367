/** Tabs that run different versions of the application, or of the library. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { count, insert, leads, takePart } from './tabs.ts';
import type { WithDesk } from './workbench.ts';

const first = 'CREATE TABLE t (id INTEGER PRIMARY KEY, v)';
const second = 'ALTER TABLE t ADD COLUMN w';

export function codeVersionSpecs(withDesk: WithDesk): void {
  describe('a tab whose code is older', () => {
    it('is told so by name when a newer one comes, which migrates the database and has it alone', () =>
      withDesk(async ({ open }) => {
        const [old, other, recent] = [await open(), await open(), await open()];
        for (const page of [old, other]) {
          await takePart(page, 'app', [first]);
          await page.evaluate(() => {
            globalThis.ending = lab.failureOf(lab.rxjs.lastValueFrom(globalThis.db.watch('SELECT * FROM t')));
          });
          await insert(page);
        }
        await takePart(recent, 'app', [first, second]);
        await recent.evaluate(() => lab.done(globalThis.db.execute("INSERT INTO t (v, w) VALUES (1, 'new')")));
        for (const page of [old, other]) {
          const told = await page.evaluate(async () => {
            const ending = await globalThis.ending;
            const write = await lab.failureOf(lab.done(globalThis.db.execute('INSERT INTO t (v) VALUES (2)')));
            return { ending, write, state: await lab.rxjs.firstValueFrom(globalThis.server.state) };
          });
          assert.deepEqual(
            [told.ending?.name, told.write?.name, told.state],
            ['MigrationError', 'MigrationError', 'closed'],
          );
          assert.match(told.ending!.message, /load the page again/);
        }
        assert.equal(await count(recent), 3);
        assert.equal(await leads(recent), true);
      }));

    it('is told so by name also where what it asked waits when a newer one comes', () =>
      withDesk(async ({ open }) => {
        const [old, recent] = [await open(), await open()];
        await takePart(old, 'app', [first]);
        const waiting = await old.evaluateHandle(async () => {
          const { done, failureOf, rxjs } = lab;
          const begun = Promise.withResolvers<void>();
          const hold$ = globalThis.db.transaction(() => {
            begun.resolve();
            return rxjs.NEVER;
          });
          hold$.subscribe({ error: () => {} });
          await begun.promise;
          const other = globalThis.server.connect();
          const asked = [
            other.select('SELECT * FROM t'),
            other.watch('SELECT * FROM t'),
            other.stream('SELECT * FROM t'),
          ];
          return { failures: Promise.all(asked.map((read$) => failureOf(done<unknown>(read$)))) };
        });
        await takePart(recent, 'app', [first, second]);
        const failures = await waiting.evaluate(({ failures }) => failures);
        assert.deepEqual(
          failures.map((failure) => failure?.name),
          ['MigrationError', 'MigrationError', 'MigrationError'],
        );
      }));

    it('is told so by name when it comes', () =>
      withDesk(async ({ open }) => {
        const [recent, old] = [await open(), await open()];
        await takePart(recent, 'app', [first, second]);
        const told = await old.evaluate(
          (migrations) => {
            const server = lab.start({ name: 'app', migrations }, { name: 'app' });
            return lab.failureOf(lab.done(server.connect().execute('INSERT INTO t (v) VALUES (2)')));
          },
          [first],
        );
        assert.equal(told?.name, 'MigrationError');
        assert.equal(await count(recent), 0);
      }));

    it('of another release of the library is told so by name, and so is the leader by a newer one', () =>
      withDesk(async ({ open }) => {
        const [page, stranger] = [await open(), await open()];
        await takePart(page);
        // As a release says it whose protocol is another.
        const join = (protocol: number) =>
          stranger.evaluate(
            (protocol) =>
              new Promise<{ kind: string; error?: { type: string } }>((resolve) => {
                const calls = new BroadcastChannel('sluice shared');
                calls.onmessage = ({ data: { kind, epoch } }) => {
                  if (kind !== 'leads') return;
                  const seat = crypto.randomUUID();
                  new BroadcastChannel(`sluice shared ${epoch} ${seat}`).onmessage = ({ data }) => resolve(data);
                  calls.postMessage({ kind: 'join', epoch, seat, code: { protocol } });
                };
                calls.postMessage({ kind: 'who' });
              }),
            protocol,
          );
        const refused = await join(1);
        assert.deepEqual([refused.kind, refused.error?.type], ['refused', 'ProtocolError']);
        assert.equal(await count(page), 0);
        assert.equal((await join(1000)).kind, 'retiring');
        const told = await page.evaluate(() => lab.failureOf(lab.done(globalThis.db.select('SELECT 1'))));
        assert.equal(told?.name, 'ProtocolError');
      }));
  });
}
