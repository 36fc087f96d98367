/** The worker file of the specs' pages: what it serves is told by its address. */
import { type SqliteWasmOptions, sqliteWasm } from '../../../engines/sqlite-wasm.ts';
import { serve } from '../../../lib/index.ts';

export interface WorkerTask extends SqliteWasmOptions {
  readonly migrations?: readonly string[];
}

const task = new URLSearchParams(location.search).get('task');
const { migrations, ...options } = JSON.parse(task ?? '{}') as WorkerTask;
serve(sqliteWasm(options), { ...(migrations && { migrations }) });
