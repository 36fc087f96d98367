/** Lets a ready made worker be started without a file of one's own: its address names the database. */
import type { EngineSpec } from '../../engines/engine.ts';
import { serve } from './serve.ts';

/**
 * Serves the database that `?serve=` names, where the module is itself the script of a worker:
 *
 *     spawn(new URL('/sluice/worker.js?serve=todos', location.href))
 */
export function serveAsAddressed(module: string, engine: (options: { readonly name: string }) => EngineSpec): void {
  const { location } = globalThis;
  // Imported, or bundled into a worker file, it is another's to say what is served.
  if (location?.href !== module) return;
  const name = new URLSearchParams(location.search).get('serve');
  if (name) serve(engine({ name }));
}
