/** A page, its worker, and a database in the site's private files. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WithDesk } from './workbench.ts';

export function pageSpecs(withDesk: WithDesk): void {
  describe('a page', () => {
    it('follows a live query over a database in its files', () =>
      withDesk(async ({ open }) => {
        const page = await open();
        const heard = await page.evaluate(async () => {
          const { start, done, rxjs } = lab;
          const server = start({
            name: 'todos',
            migrations: ['CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT)'],
          });
          const db = server.connect();
          const titles: string[][] = [];
          const watching = rxjs.lastValueFrom(
            db.watch<{ title: string }>('SELECT title FROM todo ORDER BY id').pipe(
              rxjs.tap((rows) => titles.push(rows.map(({ title }) => title))),
              rxjs.take(3),
            ),
          );
          await done(db.execute('INSERT INTO todo (title) VALUES (?)', ['größe 😀']));
          await done(db.execute('INSERT INTO todo (title) VALUES (?)', ['two']));
          await watching;
          const states = [await rxjs.firstValueFrom(server.state), await rxjs.firstValueFrom(db.state)];
          await done(server.shutdown());
          return { last: titles.at(-1), states };
        });
        assert.deepEqual(heard, { last: ['größe 😀', 'two'], states: ['open', 'open'] });
      }));
  });
}
