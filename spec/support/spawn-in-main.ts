/** A process whose main thread holds a name until it ends, and tells where that was written. */
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { claimFolder } from '../../lib/hosting/claim-files.ts';
import { spawn } from '../../lib/index.ts';

const server = spawn(betterSqlite3({}), { name: 'held to the end' });
server
  .connect()
  .select('SELECT 1')
  .subscribe(() => console.log(claimFolder));
