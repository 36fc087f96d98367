/** A database in the site's files that begins as the image of another. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { WithDesk } from './workbench.ts';

export function imageSpecs(withDesk: WithDesk): void {
  describe('a database in the files of a site', () => {
    it('begins as the image that it is given, and is not overwritten by it later', () =>
      withDesk(async ({ open }) => {
        const page = await open();
        const found: unknown[] = [];
        for (const image of [imageOf('first'), imageOf('second')]) {
          found.push(
            await page.evaluate(async (image) => {
              const server = lab.start({ name: 'imported', image });
              const rows = await lab.done(server.connect().select('SELECT v FROM t'));
              await lab.done(server.shutdown());
              return rows;
            }, image),
          );
        }
        assert.deepEqual(found, [[{ v: 'first' }], [{ v: 'first' }]]);
      }));

    it('is not made of a file that is no database, nor of half of one, and is free for another', () =>
      withDesk(async ({ open }) => {
        const page = await open();
        const letter = Buffer.from('This is a letter, and not a database. '.repeat(300)).toString('base64');
        const damaged = Buffer.from(imageOf('x'.repeat(3000)), 'base64')
          .fill(7, 4096, 8192)
          .toString('base64');
        const refusals: unknown[] = [];
        for (const image of [letter, damaged]) {
          refusals.push(
            await page.evaluate(async (image) => {
              const server = lab.start({ name: 'not-imported', image });
              const failure = await lab.failureOf(lab.done(server.connect().select('SELECT v FROM t')));
              await lab.done(server.shutdown());
              return { kinds: failure?.kinds, message: failure?.message };
            }, image),
          );
        }
        const kinds = ['OpenError', 'SluiceError'];
        assert.deepEqual(refusals, [
          { kinds, message: 'The database could not be opened: the image is not a database' },
          { kinds, message: 'The database could not be opened: the image is damaged' },
        ]);
        const rows = await page.evaluate(
          (image) => lab.done(lab.start({ name: 'not-imported', image }).connect().select('SELECT v FROM t')),
          imageOf('whole'),
        );
        assert.deepEqual(rows, [{ v: 'whole' }]);
      }));
  });
}

/** A database file of one table with one value, encoded so that it can be named in an address. */
function imageOf(value: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-image-'));
  try {
    const file = join(folder, 'image.db');
    const db = new DatabaseSync(file);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA page_size = 4096; CREATE TABLE t (v)');
    db.prepare('INSERT INTO t VALUES (?)').run(value);
    db.close();
    return readFileSync(file).toString('base64');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
