/** Reaches a server that runs in another thread. */
import type { ControlReply } from './control.ts';
import { lifeBehind } from './life.ts';
import { isHeld } from './locks.ts';
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
  if (typeof to !== 'string') return attachTo(to);
  const link = new ServerLink(undefined, { restarts: areNamesOfTabs(), resends: areNamesOfTabs() });
  void sustain(link, areNamesOfTabs() ? seekAmongTabs(to, link) : seekHere(to, link));
  return link;
}

function attachTo(port: MessagePort): Server {
  const life = lifeBehind(port, endBehind(port));
  const link = new ServerLink(life);
  void life.over.then((failure) => link.lost(failure));
  return link;
}

/** Resolves when the thread behind a port is gone, where a lock tells. */
function endBehind(port: MessagePort): Promise<void> {
  return new Promise((resolve) =>
    port.addEventListener('message', async ({ data }: MessageEvent<ControlReply>) => {
      if (data.kind !== 'held' || data.lock === undefined || !(await isHeld(data.lock))) return;
      navigator.locks.request(data.lock, { mode: 'shared' }, () => resolve()).catch(() => {});
    }),
  );
}
