/** Reaches a server that runs in another thread. */
import { lifeBehind } from './life.ts';
import { areNamesOfTabs, seekAmongTabs, seekHere } from './seek.ts';
import { type Server, ServerLink } from './server-link.ts';
import { sustain } from './sustain.ts';

/**
 * Reaches a server that runs elsewhere: the one whose `port()` was transferred here, or the one that was spawned with this
 * name in any thread of the process, or in any tab of the origin, whoever of them leads. A port can be attached to once; ask
 * the server for more by its own `port()`.
 *
 * Errors  A name that nobody holds fails every operation with an `OpenError`.
 */
export function attach(to: MessagePort | string): Server {
  if (typeof to !== 'string') return new ServerLink(lifeBehind(to));
  const link = new ServerLink(undefined, { restarts: areNamesOfTabs(), resends: areNamesOfTabs() });
  void sustain(link, areNamesOfTabs() ? seekAmongTabs(to, link) : seekHere(to, link));
  return link;
}
