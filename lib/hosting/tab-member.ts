/** One page among the tabs that share a name: it follows whoever leads, and leads when it is its turn. */
import { OpenError, StorageLostError } from '../model/errors.ts';
import { protocolVersion } from '../wire/messages.ts';
import type { Life } from './life.ts';
import { isHeld } from './locks.ts';
import { Leadership } from './tab-leadership.ts';
import { Line, type Turn } from './tab-line.ts';
import { Seat, type Tenure } from './tab-seat.ts';
import { Standby } from './tab-standby.ts';
import { watchLeader } from './tab-watchdog.ts';
import { callsOf, serviceOf, type TabCall } from './tab-words.ts';
import type { Thread } from './thread.ts';

/** The worker of this page, and how long a leader may give no sign of life. */
export interface Candidacy {
  start(): Thread;
  readonly patienceMs: number;
}

/** The page has other things to do at first. */
const readyAfterMs = 300;

/** A worker that ends sooner may do so again and again: this page waits, ever longer, before it leads with another. */
const briefMs = 1000;
const firstPauseMs = 50;
const longestPauseMs = 10_000;

/** Nobody tells a page that cannot lead when the last of those is gone that would. */
const lookAgainMs = 1000;

export class TabMember {
  readonly #name: string;
  #candidacy: Candidacy | undefined;
  /** Where this page has its server. */
  #tenure: Tenure | undefined;
  /** The seat that it is about to take. */
  #joining: Seat | undefined;
  /** Its code is known, as far as it can be. */
  #isReady = false;
  #migrations: number | undefined;
  #standby: Standby | undefined;
  #calls: BroadcastChannel | undefined;
  readonly #line: Line;
  #hadServer = false;
  /** So many times in a row this page has led for a moment only. */
  #briefLeads = 0;
  #stopWatching = (): void => {};
  /** Since when this page has waited for somebody to lead. */
  #waitingSince: number | undefined;
  /** Why this page cannot lead, or not even follow. */
  #failure: unknown;
  #isRefused = false;
  #changed = (): void => {};
  #change: Promise<void> | undefined;

  constructor(name: string) {
    this.#name = name;
    this.#line = new Line(name, () => this.#lead());
    globalThis.addEventListener('pagehide', this.#hidden);
    globalThis.addEventListener('pageshow', this.#shown);
  }

  /** Takes part; with a candidacy, it can lead. */
  enter(candidacy?: Candidacy): void {
    if (this.#calls === undefined) this.#listen();
    if (candidacy && this.#candidacy === undefined) {
      this.#candidacy = candidacy;
      this.#standby = new Standby(candidacy.start);
      void this.#prepare();
    } else if (this.#candidacy === undefined) this.#getReady();
  }

  /** A hold on the server of whoever leads, once somebody does. */
  async life(): Promise<Life> {
    for (;;) {
      const tenure = this.#tenure;
      if (tenure) return { ...tenure.life(), isOurs: tenure.isOurs };
      if (this.#isRefused) throw this.#failure;
      const cannotLead = this.#candidacy === undefined || this.#failure !== undefined;
      if (cannotLead && this.#isReady && !(await this.#line.hasAnybody())) {
        if (this.#tenure) continue;
        const reason = `Nobody holds the name '${this.#name}': no server was spawned with it, or it has ended`;
        throw this.#failure ?? new OpenError(reason);
      }
      this.#waitingSince ??= performance.now();
      this.#change ??= new Promise((resolve) => {
        this.#changed = resolve;
      });
      await (cannotLead ? Promise.race([this.#change, pause(lookAgainMs)]) : this.#change);
    }
  }

  /** Somebody waits for the end of the server. */
  hurry(): void {
    this.#standby?.hurry();
  }

  /** Nobody in this page wants the server any more. */
  leave(): void {
    globalThis.removeEventListener('pagehide', this.#hidden);
    globalThis.removeEventListener('pageshow', this.#shown);
    this.#withdraw();
    this.#standby?.end();
  }

  /** A page that is kept to be shown again runs no more until then: it must hold nothing that others wait for. */
  readonly #hidden = (event: Event): void => {
    if ((event as PageTransitionEvent).persisted) this.#withdraw();
  };

  readonly #shown = (event: Event): void => {
    if (!(event as PageTransitionEvent).persisted) return;
    this.#listen();
    if (this.#candidacy) void this.#prepare();
    else this.#getReady();
  };

  #listen(): void {
    this.#calls = new BroadcastChannel(callsOf(this.#name));
    this.#calls.addEventListener('message', ({ data }: MessageEvent<TabCall>) => this.#hear(data));
  }

  #withdraw(): void {
    this.#isReady = false;
    this.#line.resign();
    this.#stopWatching();
    this.#calls?.close();
    this.#calls = undefined;
    this.#waitingSince = undefined;
    this.#follow(undefined);
  }

  /** Starts the worker of this page, asks who leads, and stands in line. */
  async #prepare(): Promise<void> {
    const presence = this.#calls;
    if (presence === undefined) return;
    this.#line.apply();
    try {
      this.#migrations = (await this.#standby?.ready())?.migrations;
      this.#failure = undefined;
    } catch (failure) {
      this.#failure = failure;
      this.#line.resign();
    }
    if (this.#calls !== presence) return;
    this.#getReady();
    if (this.#failure === undefined) void this.#standInLine(this.#line.stand());
  }

  #getReady(): void {
    this.#isReady = true;
    this.#say({ kind: 'who' });
    this.#tell();
    this.#stopWatching();
    if (this.#candidacy) this.#stopWatching = this.#watch(this.#candidacy.patienceMs);
  }

  /** Leads when it is this page's turn, and stands in line again afterwards: if the worker was at fault, behind all others. */
  async #standInLine(turn: Promise<Turn>): Promise<void> {
    try {
      const how = await turn;
      if (how === 'left') return;
      const presence = this.#calls;
      if (how === 'taken') await this.#tenure?.end();
      const pauseMs = Math.min(firstPauseMs * (2 ** this.#briefLeads - 1), longestPauseMs);
      await pause(pauseMs);
      if (this.#calls === presence) void this.#prepare();
    } catch (failure) {
      // There are no locks to be had, such as in a frame of its own; or no worker.
      this.#failure = failure;
      this.#line.resign();
      this.#tell();
    }
  }

  /** Leads for as long as the worker lives. */
  async #lead(): Promise<void> {
    const begun = performance.now();
    const leadership = new Leadership(this.#name, this.#standby!.take(), this.#hadServer);
    this.#follow(leadership);
    await leadership.over;
    this.#briefLeads = performance.now() - begun < briefMs ? this.#briefLeads + 1 : 0;
  }

  /** Takes the lead from a page that gives no sign of life. For as long as its worker lives, that alone has the files. */
  #takeOver(): void {
    void this.#standInLine(this.#line.take());
  }

  #hear(call: TabCall): void {
    const tenure = this.#tenure;
    if (call.kind === 'alive') this.#sign();
    else if (call.kind === 'ask' && tenure?.isOurs) {
      // The worker may be at work for long.
      this.#say({ kind: 'alive' });
    } else if (call.kind === 'apart' && tenure?.epoch === call.epoch) {
      this.#refuse(new StorageLostError('The data of this site were cleared while this page was open: load it again'));
    } else if (call.kind === 'leads') {
      if (tenure instanceof Leadership) {
        if (tenure.epoch === call.epoch) tenure.serves();
      } else void this.#join(call.epoch);
    }
  }

  /** Joins that worker, unless there is a later one. One that shares no locks with this page is none of its leaders. */
  async #join(epoch: string): Promise<void> {
    if (!this.#isNews(epoch) || !(await isHeld(serviceOf(this.#name, epoch))) || !this.#isNews(epoch)) return;
    const code = { protocol: protocolVersion, migrations: this.#migrations };
    const seat = new Seat({ name: this.#name, epoch, code }, (call) => this.#say(call), {
      joined: () => {
        if (this.#joining !== seat) return;
        this.#follow(seat);
        void this.#makeReady(seat);
      },
      refused: (reason) => this.#refuse(reason),
    });
    this.#follow(undefined);
    this.#joining = seat;
    void seat.over.then(() => {
      if (this.#joining === seat) this.#joining = undefined;
    });
  }

  #isNews(epoch: string): boolean {
    const known = this.#joining ?? this.#tenure;
    return this.#isReady && !known?.isOurs && (known === undefined || known.epoch < epoch);
  }

  /** This page has no part in the server any more. */
  #refuse(reason: unknown): void {
    this.#failure = reason;
    this.#isRefused = true;
    this.#withdraw();
  }

  /** From now on the server is there. */
  #follow(tenure: Tenure | undefined): void {
    for (const old of [this.#tenure, this.#joining]) if (old !== tenure) void old?.end();
    this.#joining = undefined;
    this.#tenure = tenure;
    this.#waitingSince = undefined;
    this.#hadServer ||= tenure !== undefined;
    void tenure?.over.then(() => {
      if (this.#tenure !== tenure) return;
      this.#tenure = undefined;
      this.#tell();
    });
    this.#tell();
  }

  #watch(patienceMs: number): () => void {
    return watchLeader(patienceMs, {
      isSilentFor: (ms) => {
        const tenure = this.#joining ?? this.#tenure;
        if (tenure) return tenure.isSilentFor(ms);
        return this.#waitingSince !== undefined && performance.now() - this.#waitingSince > ms;
      },
      ask: () => this.#say({ kind: 'ask' }),
      silent: () => {
        if (this.#tenure?.isOurs) void this.#tenure.end();
        else this.#takeOver();
      },
    });
  }

  /** The page that is next in line makes ready, once there is time for it: SQLite takes up to 80 ms to load, and 15 MB. */
  async #makeReady(seat: Seat): Promise<void> {
    await pause(readyAfterMs);
    const isNext = this.#tenure === seat && (await this.#line.isNext(seat.place));
    if (isNext) this.#standby?.warmUp();
  }

  #sign(): void {
    for (const seat of [this.#joining, this.#tenure]) if (seat instanceof Seat) seat.sign();
    if (this.#waitingSince !== undefined) this.#waitingSince = performance.now();
  }

  #say(call: TabCall): void {
    this.#calls?.postMessage(call);
  }

  /** Lets those who wait look again. */
  #tell(): void {
    this.#change = undefined;
    this.#changed();
  }
}

function pause(ms: number): Promise<unknown> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
