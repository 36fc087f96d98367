/** The server's end of a connection. */
import type { Reply, Request } from './messages.ts';
import { packedPort } from './packed-port.ts';
import type { Poller } from './poller.ts';
import { type Port, portOver } from './port.ts';
import { ReplyPacker } from './reply-packer.ts';
import { RequestUnpacker } from './request-unpacker.ts';

export type ServerPort = Port<Reply, Request>;

/** A `poller` waits for the next request before the thread goes to sleep. */
export function serverPort(messagePort: MessagePort, poller?: Poller): ServerPort {
  return packedPort(portOver(messagePort, poller), new ReplyPacker(), new RequestUnpacker());
}
