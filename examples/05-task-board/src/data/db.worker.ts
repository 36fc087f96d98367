/** The worker that has the database: SQLite, its file, and everything that is asked of it. */
import { serve, sqliteWasm } from 'sluice/worker-inline';
import { keyBetween } from './key-between';
import { migrations } from './migrations';

serve(sqliteWasm({ name: 'task-board' }), {
  migrations,
  setup: (db) => db.function('key_between', keyBetween),
});
