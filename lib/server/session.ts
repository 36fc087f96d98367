/** One client's connection on the server: everything that belongs to it, and goes with it. */
import { ProtocolError, type SluiceError, TransactionEndedError } from '../model/errors.ts';
import { recordOf } from '../wire/error-record.ts';
import {
  databaseScope,
  type LiveStep,
  type Packet,
  type PartialRows,
  protocolVersion,
  type QueuedRequest,
  type Reply,
  type Request,
  type RequestId,
  type ScopeId,
} from '../wire/messages.ts';
import type { Port } from '../wire/port.ts';
import type { ClientMemory } from './client-memory.ts';
import { cancel } from './lane.ts';
import type { Follower } from './live/follower.ts';
import type { LiveSubscription } from './live/live-queries.ts';
import { Replies } from './replies.ts';
import type { Caller, Job, Scope, UpdateListener } from './scope.ts';

/** What a session asks of the server. */
export interface Desk {
  readonly root: Scope;
  enqueue(scope: Scope, job: Job): void;
  /** Takes a transaction back at once, with those inside it. */
  rollback(scope: Scope, reason?: string): void;
  /** Runs what waits. */
  pump(): void;
  /** A client that may have spoken to a server before, and has seen a version there, is back. */
  returns(session: Session, seen: number): void;
  /** A listener is back that may have missed commits. */
  listensAgain(listener: UpdateListener): void;
  /** The writes of its client will not be asked about. */
  forgets(session: Session): void;
  /** The session has something to say when this turn ends. */
  speaks(session: Session): void;
  left(session: Session): void;
}

/** The part of a background connection beside an interactive one's 1. */
const backgroundShare = 1 / 16;

/** What one client has under way. `liveQueries` counts streams too. */
export interface ClientReport {
  readonly client: number;
  readonly waiting: number;
  readonly liveQueries: number;
  readonly transactions: number;
}

export class Session implements Caller {
  readonly #port: Port<Reply, Request>;
  readonly #desk: Desk;
  readonly #jobs = new Map<RequestId, Job>();
  readonly #scopes = new Map<ScopeId, Scope>();
  readonly #lostScopes = new Map<ScopeId, string>();
  /** Live queries and streams that go on. */
  readonly #live = new Map<RequestId, LiveSubscription>();
  readonly #listeners = new Map<RequestId, { readonly scope: Scope; readonly listener: UpdateListener }>();
  readonly #said = new Replies(
    (packet) => this.#isOpen && this.#port.send(packet),
    (id) => this.#live.has(id),
  );
  /** Requests up to this one may have been sent to a server before. */
  #resends: RequestId = 0;
  #isOpen = true;
  readonly number: number;
  queueTimeoutMs = Number.POSITIVE_INFINITY;
  share = 1;
  memory: ClientMemory | undefined;

  constructor(port: Port<Reply, Request>, desk: Desk, number: number) {
    this.number = number;
    this.#port = port;
    this.#desk = desk;
    port.listen({ packet: (packet) => this.#receive(packet), closed: () => this.leave() });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  reply(reply: Reply): void {
    this.#desk.speaks(this);
    this.#said.add(reply);
  }

  part(id: RequestId, { columns, rows, before }: PartialRows): void {
    if (this.#isOpen) this.#port.send([{ kind: 'part', id, columns, rows, before }]);
  }

  announce(reply: Reply): void {
    this.#said.announce(reply);
    this.#desk.speaks(this);
  }

  fail(id: RequestId, error: unknown): void {
    this.reply({ kind: 'failed', id, error: recordOf(error) });
  }

  live(id: RequestId, version: number, results: readonly (LiveStep | null)[]): void {
    this.#said.live(id, version, results);
    this.#desk.speaks(this);
  }

  fresh(id: RequestId): void {
    this.announce({ kind: 'fresh', id });
  }

  stale(follower: Follower): void {
    this.#said.stale(follower);
    this.#desk.speaks(this);
  }

  failed(id: RequestId, error: unknown): void {
    this.#unfollow(id);
    this.announce({ kind: 'failed', id, error: recordOf(error) });
  }

  ended(id: RequestId): void {
    this.#unfollow(id);
    this.#listeners.delete(id);
    this.announce({ kind: 'ended', id });
  }

  flush(): void {
    this.#said.flush();
  }

  #unfollow(id: RequestId): void {
    this.#live.delete(id);
    if (this.#said.drop(id)) this.#desk.speaks(this);
  }

  finished(job: Job): void {
    this.#jobs.delete(job.request.id);
  }

  waits(job: Job): void {
    this.#jobs.set(job.request.id, job);
  }

  opened(scope: Scope): void {
    this.#scopes.set(scope.id, scope);
  }

  closed(scope: Scope, reason?: string): void {
    this.#scopes.delete(scope.id);
    if (reason !== undefined) this.#lostScopes.set(scope.id, reason);
  }

  follows(id: RequestId, subscription: LiveSubscription): void {
    this.#live.set(id, subscription);
  }

  finish(id: RequestId): void {
    this.#said.dropAll();
    this.#desk.forgets(this);
    this.reply({ kind: 'ended', id });
    this.flush();
    this.leave();
  }

  get report(): ClientReport {
    return {
      client: this.number,
      waiting: this.#jobs.size,
      liveQueries: this.#live.size,
      transactions: this.#scopes.size,
    };
  }

  /** Ends the connection from this side; `error` is what its client's streams are told. */
  close(error: SluiceError): void {
    if (!this.#isOpen) return;
    this.#said.dropAll();
    this.reply({ kind: 'closed', error: recordOf(error) });
    this.flush();
    this.leave();
  }

  #receive(packet: Packet<Request>): void {
    for (const request of packet) if (this.#isOpen) this.#take(request);
    this.#desk.pump();
  }

  #take(request: Request): void {
    switch (request.kind) {
      case 'hello':
        this.queueTimeoutMs = request.queueTimeoutMs;
        this.share = request.priority === 'background' ? backgroundShare : 1;
        this.#greet(request);
        break;
      case 'answered':
        if (this.memory) this.memory.answered = request.upTo;
        break;
      case 'credit':
        if (this.#said.credit(request.id)) this.#live.get(request.id)?.credit();
        this.#desk.speaks(this);
        break;
      case 'cancel':
        this.#cancel(request.id);
        break;
      case 'close':
        // Open transactions are taken back; what was sent before still runs, and then the connection closes.
        this.#rollbackAll();
        if (this.#jobs.size > 0) this.#enqueue(request);
        else this.finish(request.id);
        break;
      case 'updates':
        this.#listen(request.id, request.scope);
        break;
      case 'rollback':
        this.#rollback(request.id, request.scope);
        break;
      default:
        this.#enqueue(request);
    }
  }

  #greet({ protocolVersion: theirs, client, resends = 0, seen = 0 }: Extract<Request, { kind: 'hello' }>): void {
    if (theirs === protocolVersion) {
      this.#resends = resends;
      if (client !== undefined) this.memory = { client, resends, answered: 0 };
      this.#desk.returns(this, seen);
      this.reply({ kind: 'welcome', protocolVersion });
      return;
    }
    const reason = `the client speaks version ${theirs} of the protocol, and the server version ${protocolVersion}`;
    this.reply({
      kind: 'closed',
      error: recordOf(new ProtocolError(`${reason}: load the same release on both sides`)),
    });
    this.flush();
    this.leave();
  }

  #enqueue(request: QueuedRequest): void {
    const scope = this.#scopeOf(request.id, request.scope);
    if (scope === undefined) return;
    const job: Job = { caller: this, request, since: performance.now(), isCancelled: false, keeper: undefined };
    this.#jobs.set(request.id, job);
    this.#desk.enqueue(scope, job);
  }

  #listen(id: RequestId, scopeId: ScopeId): void {
    const scope = this.#scopeOf(id, scopeId);
    if (scope === undefined) return;
    const listener: UpdateListener = { caller: this, id };
    scope.listeners.add(listener);
    this.#listeners.set(id, { scope, listener });
    if (id <= this.#resends) this.#desk.listensAgain(listener);
  }

  #rollback(id: RequestId, scopeId: ScopeId): void {
    const scope = this.#scopes.get(scopeId);
    this.#lostScopes.delete(scopeId);
    try {
      if (scope) this.#desk.rollback(scope);
      this.reply({ kind: 'ended', id });
    } catch (error) {
      this.fail(id, error);
    }
  }

  #scopeOf(id: RequestId, scopeId: ScopeId): Scope | undefined {
    if (scopeId === databaseScope) return this.#desk.root;
    const scope = this.#scopes.get(scopeId);
    if (scope === undefined) {
      const reason = this.#lostScopes.get(scopeId) ?? 'it was committed or rolled back before';
      this.fail(id, new TransactionEndedError(`The transaction has ended: ${reason}`));
    }
    return scope;
  }

  #cancel(id: RequestId): void {
    const job = this.#jobs.get(id);
    if (job) {
      cancel(job);
      this.#jobs.delete(id);
    }
    this.#live.get(id)?.stop();
    this.#unfollow(id);
    const listening = this.#listeners.get(id);
    listening?.scope.listeners.delete(listening.listener);
    this.#listeners.delete(id);
    const scope = this.#scopes.get(id);
    if (scope) this.#desk.rollback(scope);
    this.#lostScopes.delete(id);
  }

  /** The connection is gone. */
  leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const job of this.#jobs.values()) cancel(job);
    this.#jobs.clear();
    for (const subscription of this.#live.values()) subscription.stop();
    this.#live.clear();
    for (const { scope, listener } of this.#listeners.values()) scope.listeners.delete(listener);
    this.#listeners.clear();
    this.#rollbackAll();
    this.#port.close();
    this.#desk.left(this);
    this.#desk.pump();
  }

  #rollbackAll(): void {
    for (const scope of this.#scopes.values()) if (scope.parent === this.#desk.root) this.#desk.rollback(scope);
  }
}
