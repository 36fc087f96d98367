/** The two ends of a connection: messages packed on their way into a `MessagePort`, and unpacked on their way out. */
import type { Load, Packed, Packet, Reply, Request } from './messages.ts';
import type { Poller } from './poller.ts';
import { type Port, portOver } from './port.ts';
import { ReplyPacker, ReplyUnpacker } from './reply-packing.ts';
import { RequestPacker, RequestUnpacker } from './request-packing.ts';

export type ClientPort = Port<Request | Load, Reply>;
export type ServerPort = Port<Reply, Request>;

/** The client's end. */
export function clientPort(messagePort: MessagePort): ClientPort {
  return packedPort(portOver(messagePort), new RequestPacker(), new ReplyUnpacker());
}

/** The server's end. */
export function serverPort(messagePort: MessagePort, poller?: Poller): ServerPort {
  return packedPort(portOver(messagePort, poller), new ReplyPacker(), new RequestUnpacker());
}

interface Packer<Message> {
  pack(packet: Packet<Message>): Packed;
  /** What was packed last was not sent. */
  forget(): void;
}

interface Unpacker<Message> {
  unpack(items: readonly unknown[]): Message[];
}

function packedPort<Out, In>(port: Port<unknown, unknown>, packer: Packer<Out>, unpacker: Unpacker<In>): Port<Out, In> {
  return {
    send(packet) {
      const { items, moved } = packer.pack(packet);
      try {
        port.send(items, moved);
      } catch (error) {
        packer.forget();
        throw error;
      }
    },
    listen: ({ packet, closed }) => port.listen({ packet: (items) => packet(unpacker.unpack(items)), closed }),
    keepAlive: (alive) => port.keepAlive(alive),
    close: () => port.close(),
  };
}
