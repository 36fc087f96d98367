/** The worker file of the specs' pages: what it serves is told by its address. */
import { type SqliteWasmOptions, sqliteWasm } from '../../../engines/sqlite-wasm.ts';
import { serve } from '../../../lib/index.ts';

export interface WorkerTask extends Omit<SqliteWasmOptions, 'image'> {
  readonly migrations?: readonly string[];
  /** As base64. */
  readonly image?: string;
  readonly serveAfterMs?: number;
}

addEventListener('message', ({ data }) => {
  if (data === 'throw') throw new Error('thrown on purpose');
});

const task = new URLSearchParams(location.search).get('task');
const { migrations, image, serveAfterMs, ...options } = JSON.parse(task ?? '{}') as WorkerTask;
if (serveAfterMs !== undefined) await new Promise((resolve) => setTimeout(resolve, serveAfterMs));
serve(sqliteWasm({ ...options, ...(image !== undefined && { image: bytesOf(image) }) }), {
  ...(migrations && { migrations }),
});

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
