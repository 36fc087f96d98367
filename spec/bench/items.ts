/** The table that most cases are about: items, of which each list has as many. */
import type { Database } from '../../lib/index.ts';
import { done } from '../support/databases.ts';

export interface ItemsOptions {
  readonly rows: number;
  readonly lists: number;
  /** The columns that have an index, each one of its own. */
  readonly indexes?: readonly ('list_id' | 'rank')[];
}

/** Item n has the key n, is in list `n % lists`, and has a rank of its own, a million times as high as n's place by it. */
export async function makeItems(db: Database, { rows, lists, indexes = [] }: ItemsOptions): Promise<void> {
  await done(
    db.executeScript(`
      CREATE TABLE item (id INTEGER PRIMARY KEY, list_id INTEGER, rank INTEGER, title TEXT, done INTEGER, price REAL);
      WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n LIMIT ${rows})
      INSERT INTO item SELECT n, n % ${lists}, (n * 7919 % ${rows}) * 1000000, 'item ' || n, n % 2, n / 3.0 FROM n;
      ${indexes.map((column) => `CREATE INDEX item_${column} ON item (${column});`).join('\n')}
    `),
  );
}
