/** A process of its own that opens a file, writes in a transaction, and commits when it is told to. */
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';

const [file = ''] = process.argv.slice(2);
const db = new DatabaseSync(file);
db.exec("BEGIN IMMEDIATE; INSERT INTO todo (title) VALUES ('of another process')");
process.send?.('holding');
await once(process, 'message');
db.exec('COMMIT');
db.close();
process.disconnect();
