/** The worker file of the specs' pages: what it serves is told by its address. */
import { type SqliteWasmOptions, sqliteWasm } from '../../../engines/sqlite-wasm.ts';
import { serve } from '../../../lib/index.ts';

export interface WorkerTask extends Omit<SqliteWasmOptions, 'image'> {
  readonly migrations?: readonly string[];
  /** As base64. */
  readonly image?: string;
}

const task = new URLSearchParams(location.search).get('task');
const { migrations, image, ...options } = JSON.parse(task ?? '{}') as WorkerTask;
serve(sqliteWasm({ ...options, ...(image !== undefined && { image: bytesOf(image) }) }), {
  ...(migrations && { migrations }),
});

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
