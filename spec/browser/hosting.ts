/** Who runs the server in a browser, and what becomes of its clients when it goes. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WithDesk } from './workbench.ts';

const oneColumn = ['CREATE TABLE t (id INTEGER PRIMARY KEY, v)'];

export function hostingSpecs(withDesk: WithDesk): void {
  describe('a server in a browser', () => {
    it('is one for each name in a page, and found by it', () =>
      withDesk(async ({ open }) => {
        const page = await open();
        const found = await page.evaluate(async (migrations) => {
          const { start, done, failureOf, attach, rxjs } = lab;
          const [first, second] = [1, 2].map(() => start({ name: 'one', migrations }, { name: 'one' }));
          const third = attach('one');
          const rows$ = rxjs.lastValueFrom(third.connect().watch('SELECT v FROM t').pipe(rxjs.take(2)));
          await done(third.connect().select('SELECT * FROM t'));
          await done(second!.connect().execute('INSERT INTO t (v) VALUES (1)'));
          const rows = await rows$;
          const { clients } = (await done(first!.inspect()))!;
          await done(first!.shutdown());
          const isClosed = rxjs.filter((state) => state === 'closed');
          const ends = [first!, second!, third].map(({ state }) => rxjs.firstValueFrom(state.pipe(isClosed)));
          const states = await Promise.all(ends);
          const afterwards = await failureOf(done(third.connect().select('SELECT 1')));
          const unheld = await failureOf(done(attach('one').connect().select('SELECT 1')));
          return { rows, clients: clients.length, states, afterwards: afterwards?.kinds, unheld: unheld?.kinds };
        }, oneColumn);
        assert.deepEqual(found, {
          rows: [{ v: 1 }],
          clients: 3,
          states: ['closed', 'closed', 'closed'],
          afterwards: ['ConnectionClosedError', 'SluiceError'],
          unheld: ['OpenError', 'SluiceError'],
        });
      }));

    it('whose worker throws is gone for those who want no other, and what was under way is told its fate', () =>
      withDesk(async ({ open }) => {
        const page = await open({ expected: /thrown on purpose/ });
        const found = await page.evaluate(async (migrations) => {
          const { worker, spawn, done, failureOf, rxjs } = lab;
          let thread: Worker | undefined;
          const make = () => {
            thread = worker({ name: 'throws', migrations })();
            return thread;
          };
          const options = { name: 'throws', restart: false };
          const [server, second] = [spawn(make, options), spawn(make, options)];
          const [db, joined] = [server.connect(), second.connect()];
          await done(joined.execute('INSERT INTO t (v) VALUES (1)'));
          const watch = failureOf(rxjs.lastValueFrom(joined.watch('SELECT * FROM t')));
          const transaction = failureOf(done(db.transaction(() => rxjs.NEVER)));
          const write = failureOf(done(db.execute('INSERT INTO t (v) VALUES (2)')));
          await done(server.inspect());
          thread!.postMessage('throw');
          const fates = (await Promise.all([watch, transaction, write])).map((failure) => failure?.name);
          const inspected = await failureOf(done(server.inspect()));
          const again = spawn(make, { name: 'throws' });
          const rows = await done(again.connect().select('SELECT v FROM t'));
          await done(again.shutdown());
          return { fates, inspected: inspected?.name, rows };
        }, oneColumn);
        assert.deepEqual(found, {
          fates: ['ConnectionClosedError', 'NotExecutedError', 'OutcomeUnknownError'],
          inspected: 'ConnectionClosedError',
          rows: [{ v: 1 }],
        });
      }));

    for (const name of [undefined, 'shared']) {
      const how = name === undefined ? '' : ', also where tabs share it by a name';
      it(`that is gone leaves none hanging that were attached to a port of it${how}`, () =>
        withDesk(async ({ open }) => {
          const expected = /thrown on purpose/;
          const pages = [await open({ expected }), await open({ expected })];
          for (const page of pages) {
            await page.evaluate(
              async ([name, migrations]) => {
                const { start, attach, done, failureOf } = lab;
                globalThis.server = start({ name: name ?? crypto.randomUUID(), migrations }, name ? { name } : {});
                const attached = attach(globalThis.server.port());
                const db = attached.connect();
                await done(db.execute('INSERT INTO t (v) VALUES (1)'));
                globalThis.ending = failureOf(done(db.watch('SELECT * FROM t')));
                globalThis.states = [];
                attached.state.subscribe((state) => globalThis.states.push(state));
              },
              [name, oneColumn] as const,
            );
          }
          await pages[0]!.evaluate(() => lab.workers[0]!.postMessage('throw'));
          for (const page of name ? pages : pages.slice(0, 1)) {
            const failure = await page.evaluate(() => globalThis.ending);
            assert.equal(failure?.name, 'ConnectionClosedError');
            await page.evaluate(() => lab.until(() => globalThis.states.at(-1) === 'closed'));
          }
        }));
    }

    it('goes on by itself after its worker threw, where it restarts', () =>
      withDesk(async ({ open }) => {
        const page = await open({ expected: /thrown on purpose/ });
        const found = await page.evaluate(async (migrations) => {
          const { worker, spawn, done, until, rxjs } = lab;
          let thread: Worker | undefined;
          const make = () => {
            thread = worker({ name: 'restarts', migrations })();
            return thread;
          };
          const server = spawn(make, { restart: true });
          const db = server.connect();
          const counts: number[] = [];
          const watching = db
            .watch<{ n: number }>('SELECT count(*) AS n FROM t')
            .subscribe((rows) => counts.push(rows[0]!.n));
          await done(db.execute('INSERT INTO t (v) VALUES (1)'));
          const restarted = rxjs.firstValueFrom(server.state.pipe(rxjs.filter((state) => state === 'restarting')));
          thread!.postMessage('throw');
          await restarted;
          await done(db.execute('INSERT INTO t (v) VALUES (2)'));
          await until(() => counts.at(-1) === 2);
          watching.unsubscribe();
          await done(server.shutdown());
          return counts.at(-1);
        }, oneColumn);
        assert.equal(found, 2);
      }));

    it('whose worker file is missing fails what is asked of it, and says so', () =>
      withDesk(async ({ open }) => {
        const page = await open({ expected: /404|Loading Worker/ });
        const failure = await page.evaluate(() => {
          const server = lab.spawn(() => new Worker('/missing.js', { type: 'module' }));
          return lab.failureOf(lab.done(server.connect().select('SELECT 1')));
        });
        assert.deepEqual(failure?.kinds, ['ConnectionClosedError', 'SluiceError']);
        assert.match(failure!.message, /could not be loaded/);
      }));

    it('whose SQLite is missing fails what is asked of it, and says so', () =>
      withDesk(async ({ open }) => {
        const page = await open({ expected: /404|wasm|WebAssembly|ArrayBuffer|sqlite3/ });
        const failure = await page.evaluate(() =>
          lab.failureOf(lab.done(lab.start({ wasmUrl: '/missing.wasm' }).connect().select('SELECT 1'))),
        );
        assert.deepEqual(failure?.kinds, ['OpenError', 'SluiceError']);
        assert.match(failure!.message, /WebAssembly could not be loaded from \/missing\.wasm/);
      }));

    it('is heard of where its worker calls serve() late', () =>
      withDesk(async ({ open }) => {
        const page = await open();
        const rows = await page.evaluate(() =>
          lab.done(lab.start({ serveAfterMs: 50 }).connect().select('SELECT 1 AS one')),
        );
        assert.deepEqual(rows, [{ one: 1 }]);
      }));

    it('is shut down with its only client, and leaves its files to the next', () =>
      withDesk(async ({ open }) => {
        const page = await open();
        const found = await page.evaluate(async (migrations) => {
          const { start, done, rxjs } = lab;
          const server = start({ name: 'single', migrations });
          const db = server.connect({ closeServer: true });
          await done(db.execute('INSERT INTO t (v) VALUES (1)'));
          await done(db.close());
          const state = await rxjs.firstValueFrom(server.state);
          const next = start({ name: 'single', busyTimeoutMs: 0 });
          return [state, await done(next.connect().select('SELECT v FROM t'))];
        }, oneColumn);
        assert.deepEqual(found, ['closed', [{ v: 1 }]]);
      }));
  });
}
