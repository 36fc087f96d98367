/** One end of a connection: packets in both directions, and the news that the other end is gone. */
import type { Packet } from './messages.ts';

/** A place to send to and to hear from; a `MessagePort` is one, and so may be a socket. Order is kept. */
export interface Port<Out, In> {
  /** `moved` are buffers in the packet that go over in place of being copied. */
  send(packet: Packet<Out>, moved?: readonly ArrayBuffer[]): void;
  /** Called once, before anything can arrive. `closed` is called once, after the last packet, if the other end goes. */
  listen(hear: { packet(packet: Packet<In>): void; closed(): void }): void;
  /** Whether this port keeps a Node process alive. A browser has no such thing. */
  keepAlive(alive: boolean): void;
  close(): void;
}

/** Keeps a thread awake for a moment for what comes next. */
export interface Vigil {
  /** From now on what comes next may come at this port too, which gives it to `hear` if it is looked at without an event. */
  add?(port: MessagePort, hear: (packet: unknown) => void): void;
  remove?(port: MessagePort): void;
  /** Called when a message was heard by an event. */
  wait(): void;
}

/** Node's own addition to a `MessagePort`. */
interface NodePort {
  ref?(): void;
  unref?(): void;
}

/**
 * Speaks over a `MessagePort`. Node tells both ends when either closes or its thread ends. A `vigil` waits for the next
 * packet before the thread goes to sleep.
 */
export function portOver<Out, In>(messagePort: MessagePort, vigil?: Vigil): Port<Out, In> {
  const { ref, unref }: NodePort = messagePort as NodePort;
  let open = true;
  return {
    send: (packet, moved = []) => messagePort.postMessage(packet, [...moved]),
    listen({ packet, closed }) {
      const hear = (heard: unknown): void => {
        if (open) packet(heard as Packet<In>);
      };
      vigil?.add?.(messagePort, hear);
      messagePort.addEventListener('message', ({ data }: MessageEvent<Packet<In>>) => {
        hear(data);
        vigil?.wait();
      });
      messagePort.addEventListener('close', () => {
        vigil?.remove?.(messagePort);
        if (open) closed();
        open = false;
      });
      messagePort.start();
    },
    keepAlive: (alive) => (alive ? ref : unref)?.call(messagePort),
    close() {
      open = false;
      vigil?.remove?.(messagePort);
      messagePort.close();
    },
  };
}
