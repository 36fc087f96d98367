/** The client's end of a connection. */
import type { Load, Reply, Request } from './messages.ts';
import { packedPort } from './packed-port.ts';
import { type Port, portOver } from './port.ts';
import { ReplyUnpacker } from './reply-unpacker.ts';
import { RequestPacker } from './request-packer.ts';

export type ClientPort = Port<Request | Load, Reply>;

export function clientPort(messagePort: MessagePort): ClientPort {
  return packedPort(portOver(messagePort), new RequestPacker(), new ReplyUnpacker());
}
