/** Runs a server in this thread. */
import type { EngineSpec } from '../../engines/engine.ts';
import type { HostOptions } from './keeper.ts';
import { lifeBehind } from './life.ts';
import { type Server, ServerLink } from './server-link.ts';

export type { HostOptions } from './keeper.ts';

/**
 * Runs a server in the thread that calls. Its clients, here and elsewhere, speak to it as to one on a worker; but while a
 * statement runs, this thread does nothing else.
 */
export function host(engine: EngineSpec, options: HostOptions = {}): Server {
  const { port1, port2 } = new MessageChannel();
  // Loaded only here: a page that has its server on a worker need not download it.
  void import('./keeper.ts').then(({ Keeper }) => new Keeper(engine, options, () => {}).hold(port1));
  return new ServerLink({ ...lifeBehind(port2), isOurs: true });
}
