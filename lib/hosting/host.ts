/** Runs a server in this thread. */
import type { EngineSpec } from '../../engines/engine.ts';
import type { HostOptions } from './keeper.ts';
import { lifeBehind } from './life.ts';
import { refuseServer } from './refusals.ts';
import { type Server, ServerLink } from './server-link.ts';
import { sustain } from './sustain.ts';

export type { HostOptions } from './keeper.ts';

/**
 * Runs a server in the thread that calls. Its clients, here and elsewhere, speak to it as to one on a worker; but while a
 * statement runs, this thread does nothing else.
 *
 * Errors  `SluiceError` for what is no engine. Where it cannot be loaded, every operation fails with the reason.
 */
export function host(engine: EngineSpec, options: HostOptions = {}): Server {
  refuseServer(engine, options);
  const link = new ServerLink();
  void sustain(link, async () => {
    // Loaded only here: a page that has its server on a worker need not download it.
    const { Keeper } = await import('./keeper.ts');
    const { port1, port2 } = new MessageChannel();
    await new Keeper(engine, options, () => {}).hold(port1);
    return { ...lifeBehind(port2), isOurs: true };
  });
  return link;
}
