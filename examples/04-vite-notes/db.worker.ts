/** The worker that has the database. */
import { serve, sqliteWasm } from 'sluice/worker';

serve(sqliteWasm({ name: 'notes' }), {
  migrations: ['CREATE TABLE note (id INTEGER PRIMARY KEY, words TEXT NOT NULL, at TEXT DEFAULT CURRENT_TIMESTAMP)'],
});
