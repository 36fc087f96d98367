/** A module of the server's: migrations, procedures and SQL functions. */
import type { Migration, SetupDatabase, SyncDatabase } from '../../lib/index.ts';

export const migrations: readonly Migration[] = [
  'CREATE TABLE account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL CHECK (balance >= 0))',
  (db) => {
    for (let id = 1; id <= 10; id++) db.execute('INSERT INTO account VALUES (?, 100)', [id]);
  },
];

export const procedures = {
  move(db: SyncDatabase, from: number, to: number, amount: number): { from: number; to: number } {
    const balanceOf = (id: number): number =>
      db.select<{ balance: number }>('SELECT balance FROM account WHERE id = ?', [id])[0]?.balance ?? 0;
    db.execute('UPDATE account SET balance = balance + ? WHERE id = ?', [amount, to]);
    db.execute('UPDATE account SET balance = balance - ? WHERE id = ?', [amount, from]);
    return { from: balanceOf(from), to: balanceOf(to) };
  },
  unsendable(db: SyncDatabase): () => void {
    db.execute('DELETE FROM account');
    return () => {};
  },
  async late(db: SyncDatabase): Promise<void> {
    db.execute('DELETE FROM account');
  },
  failing(db: SyncDatabase): never {
    db.execute('DELETE FROM account');
    throw new RangeError('too far');
  },
};

export function setup(db: SetupDatabase): void {
  db.exec('PRAGMA cache_size = 100');
  db.function('half', (value) => Number(value) / 2, { deterministic: true });
  db.aggregate<number>('product', {
    start: () => 1,
    step: (total, value) => total * Number(value),
    inverse: (total, value) => total / Number(value),
    result: (total) => total,
  });
}
