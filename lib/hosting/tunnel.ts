/** Ports within a BroadcastChannel between two: a real port cannot cross one. */

/** To the other end: data for a port, maybe with one more port in it; or that a port is closed. */
type Crossing =
  | { readonly to: number; readonly data: unknown; readonly port?: number }
  | { readonly to: number; readonly closed: true };

export interface Hearing {
  /** Something arrived that is none of the tunnel's. */
  other(message: unknown): void;
  /** Something was sent. */
  sent?(): void;
}

/** The port from the first side of a tunnel to the second that is there at once. */
const firstPort = 0;

/** Many ports over one channel, which nobody else hears. The first side makes ports; the second is given them. */
export class Tunnel {
  readonly #channel: BroadcastChannel;
  readonly #hear: Hearing;
  readonly #ports = new Map<number, TunnelPort>();
  #last = firstPort;
  #isOpen = true;
  readonly first: MessagePort;

  constructor(channel: BroadcastChannel, hear: Hearing) {
    this.#channel = channel;
    this.#hear = hear;
    this.first = this.#make(firstPort);
    channel.addEventListener('message', ({ data }: MessageEvent<Crossing>) => {
      if ('to' in data) this.#receive(data);
      else hear.other(data);
    });
  }

  /** A port whose other end is there once this one was posted by another port of the tunnel, which leaves it usable here. */
  open(): MessagePort {
    return this.#make(++this.#last);
  }

  /** Closes every port here, as if the other side had. */
  close(): void {
    this.#isOpen = false;
    this.#channel.close();
    for (const port of [...this.#ports.values()]) port.end();
    this.#ports.clear();
  }

  send(to: number, data: unknown, transfer: readonly Transferable[]): void {
    if (!this.#isOpen) return;
    const moved = transfer.find((one) => one instanceof MessagePort || one instanceof TunnelPort);
    if (moved === undefined) this.#post({ to, data });
    else this.#post({ to, data: { ...(data as object), port: undefined }, port: this.#numberOf(moved) });
  }

  drop(number: number): void {
    if (this.#ports.delete(number) && this.#isOpen) this.#post({ to: number, closed: true });
  }

  #post(crossing: Crossing): void {
    this.#channel.postMessage(crossing);
    this.#hear.sent?.();
  }

  #make(number: number): MessagePort {
    const port = new TunnelPort(this, number);
    this.#ports.set(number, port);
    return port as unknown as MessagePort;
  }

  /** One of our own goes over by its number; a real one stays, and what it brings is passed on. */
  #numberOf(port: MessagePort | TunnelPort): number {
    if (port instanceof TunnelPort) return port.number;
    const end = this.open();
    port.addEventListener('message', ({ data, ports }) => end.postMessage(data, [...ports]));
    end.addEventListener('message', ({ data }) => port.postMessage(data));
    end.addEventListener('close', () => port.close());
    port.start();
    end.start();
    return this.#last;
  }

  #receive(crossing: Crossing): void {
    const port = this.#ports.get(crossing.to);
    if (port === undefined) return;
    if ('closed' in crossing) {
      this.#ports.delete(crossing.to);
      port.end();
    } else if (crossing.port === undefined) port.receive(crossing.data);
    else port.receive({ ...(crossing.data as object), port: this.#make(crossing.port) });
  }
}

/** One end of a port in a tunnel, with as much of a `MessagePort` as the library uses of it. */
class TunnelPort extends EventTarget {
  readonly number: number;
  readonly #tunnel: Tunnel;
  #waiting: unknown[] | undefined = [];
  #isOpen = true;

  constructor(tunnel: Tunnel, number: number) {
    super();
    this.#tunnel = tunnel;
    this.number = number;
  }

  postMessage(data: unknown, transfer: readonly Transferable[] = []): void {
    if (this.#isOpen) this.#tunnel.send(this.number, data, transfer);
  }

  start(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const data of waiting) this.receive(data);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#tunnel.drop(this.number);
  }

  receive(data: unknown): void {
    if (this.#waiting) this.#waiting.push(data);
    else if (this.#isOpen) this.dispatchEvent(new MessageEvent('message', { data }));
  }

  /** The other side is gone. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.dispatchEvent(new Event('close'));
  }
}
