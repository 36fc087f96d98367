/** A process whose main thread never loads sluice: two of its threads share a server by name, and all ends by itself. */
import { once } from 'node:events';
import { startThread, toldBy } from './threads.ts';

const { worker } = await toldBy(`
  const db = spawn(betterSqlite3({}), { name: 'shared' }).connect();
  await done(db.executeScript('CREATE TABLE t (a)'));
  tell('held');
  parentPort.once('message', () => {});`);
const other = startThread(
  `await done(attach('shared').connect().execute('INSERT INTO t VALUES (1)')); tell('written');`,
);
const [said] = await once(other, 'message');
console.log(said);
worker.postMessage('end');
