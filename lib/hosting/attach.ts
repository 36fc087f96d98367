/** Reaches a server that runs in another thread. */
import { type Server, ServerLink } from './server-link.ts';

/** Reaches the server whose `port()` was transferred here. It can be attached to once; ask it for more by its own `port()`. */
export function attach(port: MessagePort): Server {
  return new ServerLink(port);
}
