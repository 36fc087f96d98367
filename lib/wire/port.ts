/** One end of a connection: packets in both directions, and the news that the other end is gone. */
import type { Packet } from './messages.ts';

/** A place to send to and to hear from; a `MessagePort` is one, and so may be a socket. Order is kept. */
export interface Port<Out, In> {
  send(packet: Packet<Out>): void;
  /** Called once, before anything can arrive. `closed` is called once, after the last packet, if the other end goes. */
  listen(hear: { packet(packet: Packet<In>): void; closed(): void }): void;
  /** Whether this port keeps a Node process alive. A browser has no such thing. */
  keepAlive(alive: boolean): void;
  close(): void;
}

/** Node's own addition to a `MessagePort`. */
interface NodePort {
  ref?(): void;
  unref?(): void;
}

/** Speaks over a `MessagePort`. Node tells both ends when either closes or its thread ends. */
export function portOver<Out, In>(messagePort: MessagePort): Port<Out, In> {
  const { ref, unref }: NodePort = messagePort as NodePort;
  let open = true;
  return {
    send: (packet) => messagePort.postMessage(packet),
    listen({ packet, closed }) {
      messagePort.addEventListener('message', (event: MessageEvent<Packet<In>>) => {
        if (open) packet(event.data);
      });
      messagePort.addEventListener('close', () => {
        if (open) closed();
        open = false;
      });
      messagePort.start();
    },
    keepAlive: (alive) => (alive ? ref : unref)?.call(messagePort),
    close() {
      open = false;
      messagePort.close();
    },
  };
}
