/** One Database's end of its connection: requests out, replies to whom they concern, and the end of it all. */
import { BehaviorSubject, type Observable, type Subscription } from 'rxjs';
import { ConnectionClosedError, NotExecutedError, OutcomeUnknownError, SluiceError } from '../model/errors.ts';
import type { ClientPort } from '../wire/client-port.ts';
import { errorOf } from '../wire/error-of-record.ts';
import {
  databaseScope,
  type Load,
  protocolVersion,
  type Reply,
  type Request,
  type RequestId,
} from '../wire/messages.ts';
import { loadsOf } from '../wire/request-packer.ts';
import { WakefulLoop } from '../wire/wakeful-loop.ts';
import { Arrivals } from './arrivals.ts';
import type { ConnectionState, Dialling, NumberedRequest, Receiver, RequestBody } from './asking.ts';
import { Departures } from './departures.ts';
import { type FateOfWrites, fateWhenEnded, fateWhenLost, fateWhenRefused } from './fates.ts';
import { PendingRequests } from './pending-requests.ts';
import { AnsweredWrites, comesAgain, isSentAgain, type Resendable } from './resending.ts';

interface Pending extends Resendable {
  /** What goes ahead of the request. */
  readonly loads: readonly Load[];
}

const defaultQueueTimeoutMs = 30_000;

export class Connection {
  readonly #dialling: Dialling;
  readonly #state = new BehaviorSubject<ConnectionState>('starting');
  readonly #pending = new PendingRequests<Pending>();
  readonly #loop = new WakefulLoop();
  readonly #departures = new Departures(
    () => this.#port !== undefined,
    (packet) => this.#port?.send(packet),
    (request, cause) => {
      const what = new SluiceError(`A ${request.kind} request has something in it that cannot be sent`, { cause });
      if ('id' in request) this.#forget(request.id)?.receiver.fail(what);
    },
  );
  #port: ClientPort | undefined;
  #arrivals: Arrivals<Reply> | undefined;
  #return: Subscription | undefined;
  #lastId: RequestId = 0;
  readonly #answered = new AnsweredWrites();
  /** Requests up to this one may have been sent to a server that was lost. */
  #resends: RequestId = 0;
  /** The latest version that was heard of. */
  #seen = 0;
  /** The port is lost, and why is not known yet. */
  #isAdrift = false;
  /** Set once nothing more may be asked. */
  #ending: { readonly error: SluiceError; readonly isOwn: boolean } | undefined;
  #hasEnded = false;
  /** They are told when it has. */
  readonly #closers: (() => void)[] = [];

  constructor(dialling: Dialling) {
    this.#dialling = dialling;
  }

  get state(): Observable<ConnectionState> {
    return this.#state.asObservable();
  }

  /** Sends a request in this turn's packet. Gives its id, by which it can be cancelled. */
  request(body: RequestBody, receiver: Receiver): RequestId {
    const id = ++this.#lastId;
    if (this.#ending) {
      const { error, isOwn } = this.#ending;
      receiver.fail(fateWhenRefused(receiver.stakes, error, isOwn));
      return id;
    }
    this.#ask({ ...body, id } as NumberedRequest, receiver);
    return id;
  }

  /** Takes a request back: before it was sent, without a trace; else the server is asked to. Nothing more is received. */
  cancel(id: RequestId): void {
    const pending = this.#forget(id);
    if (pending === undefined) return;
    if (this.#departures.takeBack(pending) !== 'unsent') this.#departures.add({ kind: 'cancel', id });
  }

  /** Receives no more of a request that is over on the server too. */
  release(id: RequestId): void {
    this.#forget(id);
  }

  /** Says that a live result, or a part of a stream, arrived. */
  credit(id: RequestId): void {
    if (this.#pending.get(id)) this.#departures.add({ kind: 'credit', id });
  }

  /**
   * Ends the connection from this side. Streams complete and open transactions are taken back; other requests that were
   * made still get their replies. `done` is called when the server has let go.
   */
  close(done: () => void): void {
    if (this.#hasEnded) {
      done();
      return;
    }
    this.#closers.push(done);
    if (this.#ending) return;
    const error = new ConnectionClosedError('The database is closed');
    // First, so that whoever subscribes again when its stream completes is refused.
    this.#ending = { error, isOwn: true };
    for (const { request, receiver } of this.#pending.all()) {
      const { stakes } = receiver;
      if (stakes !== 'stream' && stakes !== 'transaction' && stakes !== 'section') continue;
      this.cancel(request.id);
      if (stakes === 'stream') receiver.complete();
      else receiver.fail(error);
    }
    const finish = (): void => this.#end();
    if (this.#port === undefined) finish();
    else {
      const request: Request = { kind: 'close', id: ++this.#lastId, scope: databaseScope };
      this.#ask(request, { stakes: 'read', asked: error, reply: finish, fail: finish, complete: finish });
    }
  }

  #ask(request: NumberedRequest, receiver: Receiver): void {
    if (this.#dialling.client !== undefined && receiver.stakes === 'write') this.#tellAnswered(request.id);
    const pending = { request, receiver, loads: loadsOf(request), hasBegun: false, losses: 0 };
    this.#pending.add(pending);
    this.#sendAll(pending);
    if (this.#port === undefined && this.#return === undefined && !this.#isAdrift) this.#open();
    if (this.#pending.size === 1) this.#port?.keepAlive(true);
    this.#loop.asked();
  }

  #open(gone = new ConnectionClosedError('The server is gone')): void {
    // Whoever was told that the old one is lost may have asked the next one already.
    if (this.#port !== undefined) return;
    let port: ClientPort | undefined;
    try {
      port = this.#dialling.dial();
    } catch (error) {
      this.#lose(error instanceof SluiceError ? error : gone, OutcomeUnknownError);
      return;
    }
    if (port === undefined) {
      this.#awaitReturn(gone);
      return;
    }
    this.#port = port;
    const arrivals = new Arrivals<Reply>(
      (reply) => this.#hear(reply),
      () => void this.#hangUp(),
      ({ kind }) => kind === 'part' || kind === 'livePart',
    );
    this.#arrivals = arrivals;
    port.listen({
      packet: (packet) => {
        this.#loop.heard();
        arrivals.add(packet);
      },
      closed: () => arrivals.end(),
    });
    port.keepAlive(this.#pending.size > 0);
    const { queueTimeoutMs = defaultQueueTimeoutMs, priority = 'interactive', client } = this.#dialling;
    const [resends, seen] = [this.#resends, this.#seen];
    port.send([{ kind: 'hello', protocolVersion, queueTimeoutMs, priority, client, resends, seen }]);
  }

  #sendAll(pending: Pending): void {
    if (!isSentAgain(pending)) return;
    const { request, loads } = pending;
    if (request.kind === 'batch') for (const load of loads) this.#departures.add(load);
    this.#departures.add(request);
  }

  /** In the packet of a write: the server is not woken up for it. */
  #tellAnswered(next: RequestId): void {
    const upTo = this.#answered.due(this.#pending, next - 1);
    if (upTo !== undefined && this.#port) this.#departures.add({ kind: 'answered', upTo });
  }

  /** Takes back what the lost server was not sent. Gives whether no other was either. */
  #isUnsent(pending: Pending): boolean {
    if (this.#departures.takeBack(pending) === 'sent') pending.losses++;
    return pending.losses === 0;
  }

  #hear(reply: Reply): void {
    if ('version' in reply && reply.version > this.#seen) this.#seen = reply.version;
    switch (reply.kind) {
      case 'welcome':
        break;
      case 'opened':
        this.#state.next('open');
        break;
      case 'closed':
        // The server answers in order: what it has not answered by now, it has not run.
        this.#ending ??= { error: errorOf(reply.error) as SluiceError, isOwn: false };
        this.#lose(this.#ending.error, NotExecutedError);
        break;
      case 'stale':
        for (const id of reply.ids) this.#pending.get(id)?.receiver.reply({ kind: 'stale' });
        break;
      case 'failed': {
        const pending = this.#forget(reply.id);
        // The server keeps why a transaction ended for as long as something may still be asked of it.
        if (pending?.hasBegun) this.#departures.add({ kind: 'cancel', id: reply.id });
        pending?.receiver.fail(errorOf(reply.error, pending.receiver.asked));
        break;
      }
      case 'rows':
      case 'done':
      case 'value':
      case 'ended':
        this.#answered.add();
        // Forgotten first: a subscriber that is completed unsubscribes, and there is nothing left to cancel.
        this.#forget(reply.id)?.receiver.reply(reply);
        break;
      default: {
        const pending = this.#pending.get(reply.id);
        if (pending === undefined) break;
        pending.hasBegun ||= reply.kind === 'begun';
        pending.receiver.reply(reply);
      }
    }
  }

  #forget(id: RequestId): Pending | undefined {
    const pending = this.#pending.take(id);
    if (pending && this.#pending.size === 0) this.#port?.keepAlive(false);
    return pending;
  }

  /** The port closed without a word. Until the reason is known, what is asked waits. */
  async #hangUp(): Promise<void> {
    this.#port = undefined;
    this.#isAdrift = true;
    const cause = await this.#dialling.failure();
    this.#isAdrift = false;
    const reason = cause instanceof Error ? `: ${cause.message}` : '';
    this.#lose(new ConnectionClosedError(`The server is gone${reason}`, { cause }), OutcomeUnknownError);
  }

  /** The other side is gone: each request learns what that means for it. */
  #lose(error: SluiceError, fateOfWrites: FateOfWrites): void {
    this.#hangUpHere();
    this.#resends = this.#lastId;
    const isOver = this.#ending !== undefined || this.#dialling.returns === undefined;
    const lost = this.#pending.all().filter(({ receiver }) => isOver || receiver.stakes !== 'stream');
    for (const pending of lost) {
      const { receiver } = pending;
      const isUnsent = this.#isUnsent(pending);
      // While the server restarts, what was not sent waits for its return.
      if (isUnsent && !isOver) {
        this.#sendAll(pending);
        continue;
      }
      if (!isOver && this.#dialling.client !== undefined && comesAgain(pending)) continue;
      this.#pending.take(pending.request.id);
      receiver.fail(fateWhenLost(receiver.stakes, isUnsent, error, fateOfWrites));
    }
    if (isOver) {
      this.#ending ??= { error, isOwn: false };
      this.#end();
    } else {
      this.#state.next('restarting');
      this.#resume(error);
    }
  }

  /** Asks again what still waits, of the server that is back, or once it is. */
  #resume(error: SluiceError): void {
    if (this.#pending.size === 0) return;
    this.#open(error);
    if (this.#port === undefined) return;
    for (const pending of this.#pending.all()) {
      // Once, and in order: it may wait in the outbox already.
      this.#departures.takeBack(pending);
      this.#sendAll(pending);
    }
  }

  #awaitReturn(error: SluiceError): void {
    this.#return ??= this.#dialling.returns?.subscribe({
      next: () => {
        this.#return?.unsubscribe();
        this.#return = undefined;
        if (!this.#ending) this.#resume(error);
      },
      // It will not come back: dialling now tells why.
      complete: () => this.#open(error),
    });
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    const left = this.#pending.all();
    for (const { request } of left) this.#pending.take(request.id);
    for (const pending of left) {
      const { receiver } = pending;
      const isUnsent = this.#isUnsent(pending);
      const error = this.#ending?.error ?? new ConnectionClosedError('The database is closed');
      receiver.fail(fateWhenEnded(receiver.stakes, isUnsent, error));
    }
    this.#return?.unsubscribe();
    this.#hangUpHere();
    this.#state.next('closed');
    for (const done of this.#closers) done();
  }

  #hangUpHere(): void {
    this.#arrivals?.drop();
    this.#port?.close();
    this.#port = undefined;
  }
}
