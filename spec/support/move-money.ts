/** A thread that moves money among 100 accounts, some of it more than is there, and watches the whole bank meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';
import { lastValueFrom } from 'rxjs';
import { attach, sql } from '../../lib/index.ts';

const { port, seed } = workerData as { port: MessagePort; seed: number };
const db = attach(port).connect();

let [emissions, torn, failed] = [0, 0, 0];
const watching = db
  .watchAll({
    accounts: sql<{ balance: number }>`SELECT balance FROM account`,
    total: sql<{ total: number }>`SELECT sum(balance) AS total FROM account`,
    ledger: sql<{ moved: number }>`SELECT coalesce(sum(amount), 0) AS moved FROM ledger`,
  })
  .subscribe(({ accounts, total }) => {
    emissions++;
    const sum = accounts.reduce((all, { balance }) => all + balance, 0);
    if (sum !== 10_000 || total[0]?.total !== 10_000) torn++;
  });

let state = seed + 1;
const random = (below: number): number => {
  state = (state * 48_271) % 2_147_483_647;
  return state % below;
};
for (let n = 0; n < 40; n++) {
  const [from, to, amount] = [1 + random(100), 1 + random(100), n % 8 === 0 ? 100_000 : random(20)];
  const moving = db.transaction(async (tx) => {
    await lastValueFrom(tx.execute('UPDATE account SET balance = balance + ? WHERE id = ?', [amount, to]));
    await lastValueFrom(
      tx.execute('INSERT INTO ledger (from_account, to_account, amount) VALUES (?, ?, ?)', [from, to, amount]),
    );
    await lastValueFrom(tx.execute('UPDATE account SET balance = balance - ? WHERE id = ?', [amount, from]));
  });
  await lastValueFrom(moving, { defaultValue: undefined }).catch(() => failed++);
}
await lastValueFrom(db.select('SELECT 1'));
watching.unsubscribe();
parentPort?.postMessage({ emissions, torn, failed });
