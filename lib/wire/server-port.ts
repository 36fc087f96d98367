/** The server's end of a connection. */
import type { Reply, Request } from './messages.ts';
import { packedPort } from './packed-port.ts';
import { type Port, portOver, type Vigil } from './port.ts';
import { ReplyPacker } from './reply-packer.ts';
import { RequestUnpacker } from './request-unpacker.ts';

/** A `vigil` waits for the next request before the thread goes to sleep. */
export function serverPort(messagePort: MessagePort, vigil?: Vigil): Port<Reply, Request> {
  return packedPort(portOver(messagePort, vigil), new ReplyPacker(), new RequestUnpacker());
}
