/** A page's place with the worker of another tab that leads. */
import type { SluiceError } from '../model/errors.ts';
import { errorOf } from '../wire/error-of-record.ts';
import { type Life, lifeBehind } from './life.ts';
import { type CodeVersion, type SeatCall, seatOf, serviceOf, type TabCall } from './tab-words.ts';
import { Tunnel } from './tunnel.ts';

/** Where a page has its server, until that is over. */
export interface Tenure {
  readonly epoch: string;
  readonly isOurs: boolean;
  /** Resolves with what ended it, where that is known. */
  readonly over: Promise<unknown>;
  /** One more hold on the server. */
  life(): Life;
  /** Whether a sign of life has been awaited for so long, and has not come. */
  isSilentFor(ms: number): boolean;
  /** Ends it from this side. */
  end(): Promise<unknown>;
}

export class Seat implements Tenure {
  readonly epoch: string;
  /** The name of its lock. */
  readonly place: string;
  readonly isOurs = false;
  readonly over: Promise<unknown>;
  readonly #leaving = new AbortController();
  readonly #tunnel: Tunnel;
  readonly #channel: BroadcastChannel;
  #isFirstHeld = false;
  #finish: (failure?: unknown) => void = () => {};
  /** Since when something was sent and nothing has come; undefined where nothing is awaited. */
  #silentSince: number | undefined;

  /** Takes a seat, and calls `joined` when it is taken, or `refused` where this page's code is too old. */
  constructor(
    { name, epoch, code }: { readonly name: string; readonly epoch: string; readonly code: CodeVersion },
    say: (call: TabCall) => void,
    hear: { joined(): void; refused(reason: SluiceError): void },
  ) {
    this.epoch = epoch;
    const seat = crypto.randomUUID();
    const place = seatOf(name, epoch, seat);
    this.place = place;
    this.#channel = new BroadcastChannel(place);
    this.#channel.addEventListener('message', () => this.sign());
    this.#tunnel = new Tunnel(this.#channel, {
      sent: () => {
        this.#silentSince ??= performance.now();
      },
      other: (message) => {
        const call = message as SeatCall;
        if (call.kind === 'joined') hear.joined();
        else if (call.kind === 'refused') hear.refused(errorOf(call.error) as SluiceError);
      },
    });
    this.over = new Promise((resolve) => {
      this.#finish = (failure) => {
        resolve(failure);
        this.#leaving.abort();
        this.#tunnel.close();
      };
    });
    // Held before the worker can ask for it, which then knows that this page is gone.
    void navigator.locks.request(place, () => {
      if (this.#leaving.signal.aborted) return undefined;
      this.#silentSince = performance.now();
      say({ kind: 'join', epoch, seat, code });
      return this.over;
    });
    // Granted when that worker is gone, in whatever way.
    const options = { mode: 'shared', signal: this.#leaving.signal } as const;
    navigator.locks.request(serviceOf(name, epoch), options, () => this.#finish()).catch(() => {});
  }

  isSilentFor(ms: number): boolean {
    return this.#silentSince !== undefined && performance.now() - this.#silentSince > ms;
  }

  /** The leader is alive. */
  sign(): void {
    this.#silentSince = undefined;
  }

  life(): Life {
    const isFirst = !this.#isFirstHeld;
    this.#isFirstHeld = true;
    const control = isFirst ? this.#tunnel.first : this.#oneMore();
    const channel = () => {
      const port = this.#tunnel.open();
      return { port1: port, port2: port };
    };
    return { ...lifeBehind(control, this.over), channel, isPassedOn: true };
  }

  async end(): Promise<unknown> {
    this.#channel.postMessage({ kind: 'left' } satisfies SeatCall);
    this.#finish();
    return undefined;
  }

  #oneMore(): MessagePort {
    const port = this.#tunnel.open();
    this.#tunnel.first.postMessage({ kind: 'control', port }, [port]);
    return port;
  }
}
