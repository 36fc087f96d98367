/** One end of a connection: messages packed on their way into a port, and unpacked on their way out. */
import type { Packed, Packet } from './messages.ts';
import type { Port } from './port.ts';

interface Packer<Message> {
  pack(packet: Packet<Message>): Packed;
  /** What was packed last was not sent. */
  forget(): void;
}

interface Unpacker<Message> {
  unpack(items: readonly unknown[]): Message[];
}

/** Both ends hold numbers for one port: a new one begins anew. */
export function packedPort<Out, In>(
  port: Port<unknown, unknown>,
  packer: Packer<Out>,
  unpacker: Unpacker<In>,
): Port<Out, In> {
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
