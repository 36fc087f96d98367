/** What each queued request does. */
import type { Engine } from '../../engines/engine.ts';
import { SluiceError } from '../model/errors.ts';
import type { BoundStatement } from '../model/query.ts';
import { partsOf } from '../wire/block-parts.ts';
import type { QueuedRequest, Reply } from '../wire/messages.ts';
import { blockOf } from '../wire/row-block.ts';
import { explanationOf } from './analysis/watch-words.ts';
import { Changes } from './changes.ts';
import type { Written } from './execute-many.ts';
import type { LiveSource } from './live/live-queries.ts';
import { maintainedBy } from './live/maintained-by.ts';
import type { Fitness } from './reading/fitness.ts';
import { isRemembered, remembered } from './remembered-write.ts';
import { type RowSource, RowStream, rowsOn } from './row-stream.ts';
import type { PartTaker } from './rows-in-parts.ts';
import type { Caller, Job, Scope } from './scope.ts';
import { explained } from './statement-failure.ts';
import { type Answer, answerTo, type StatementRequest, versioned, type WorkHost } from './statement-work.ts';
import type { Storage } from './storage.ts';
import { begin, commit, lose, type TransactionHost } from './transactions.ts';

/** What operations need of the server. */
export interface OperationHost extends TransactionHost, LiveSource, WorkHost {
  readonly storage: Storage;
  readonly version: number;
  refresh(scope: Scope): void;
  /** Keeps a job until the database has come to a version. */
  waitFor(version: number, job: Job): void;
  readonly fitness: Fitness;
  /** A connection of its own for a long read; none where the database lives in memory. */
  openReader(): Engine | Promise<Engine> | undefined;
}

/** Runs one request in its scope, which is the innermost, and replies. What it throws is the reply of the request. */
export function perform(host: OperationHost, job: Job, scope: Scope): void {
  const { caller, request } = job;
  const { id } = request;
  switch (request.kind) {
    case 'select':
      if (request.atLeast > host.version) {
        if (scope.hold)
          throw new SluiceError('atLeast is for reads outside of transactions: here, nothing else is committed');
        host.waitFor(request.atLeast, job);
      } else reply(host, job, scope, request);
      break;
    case 'execute':
    case 'script':
    case 'batch':
    case 'call':
      reply(host, job, scope, request);
      break;
    case 'invalidate': {
      const changes = new Changes();
      for (const name of request.tables) changes.all(known(host.storage, name));
      host.storage.forgetSchema();
      host.committing(() => host.announce(changes, caller));
      caller.reply(done(host, id, { changes: 0, lastInsertRowid: 0 }));
      break;
    }
    case 'explain': {
      const plan = host.storage.planOf(request.sql);
      const isHeld = maintainedBy(plan, host.storage.valuesOf(request)) !== undefined;
      caller.reply({ kind: 'value', id, value: explanationOf(plan, isHeld) });
      break;
    }
    case 'watch':
      caller.follows(id, scope.live.follow(request.queries, caller, id, host));
      break;
    case 'stream':
      stream(host, caller, request);
      break;
    case 'begin': {
      // It may hold the queue for long: what was committed before it is shown first.
      if (scope.live.areDue) host.refresh(scope);
      const { mode, timeoutMs, openedAt } = request;
      begin(host, { id, parent: scope, caller, mode, timeoutMs, openedAt, since: performance.now() });
      caller.reply({ kind: 'begun', id });
      break;
    }
    case 'commit':
      host.committing(() => commit(host, scope, job));
      caller.reply(done(host, id, { changes: 0, lastInsertRowid: 0 }));
      break;
    case 'outcome':
      throw new SluiceError('Only a client that may send its writes again asks what became of one');
    case 'close':
      caller.finish(id);
      break;
    default:
      unreachable(request);
  }
}

/** Runs statements, and replies. In the database itself, what they changed is committed by then, and told. */
function reply(host: OperationHost, job: Job, scope: Scope, request: StatementRequest): void {
  const { caller } = job;
  const changes = new Changes();
  const take: PartTaker = (part) => caller.part(request.id, part);
  const run = (): Answer => {
    try {
      const access = { changes, readOnly: scope.readOnly };
      if (scope.isTransaction || !isRemembered(host, job)) return answerTo(host, request, access, take);
      return remembered(host, job, access, (inner) => answerTo(host, request, inner, take));
    } finally {
      if (!scope.isTransaction) host.announce(changes, caller);
      else if (host.storage.inTransaction) scope.note(changes, host.version);
      else lose(host, 'SQLite rolled it back after a failed statement');
    }
  };
  const mayCommit = !scope.isTransaction && !isRead(job);
  caller.reply(versioned(mayCommit ? host.committing(run) : run(), host.version));
}

/** Whether a job is known to read only. */
function isRead({ fit }: Job): boolean {
  return fit !== undefined && fit !== 'unfit';
}

/** Sends rows as the client can take them, from a snapshot on a connection of its own. */
function stream(host: OperationHost, caller: Caller, request: Extract<QueuedRequest, { kind: 'stream' }>): void {
  const { text, values } = host.storage.prepareRead(request);
  const rows = new RowStream(caller, request.id);
  // Opened at once where the driver can: what is asked next may be a write, which the snapshot must not hold.
  const reader = !host.storage.isTuned && host.fitness.of(request.sql) && host.openReader();
  const source = (engine: Engine): RowSource =>
    explained(text.sql, values, () => rowsOn(engine, text.sql, text.parameterNames, values));
  if (reader instanceof Promise) {
    caller.follows(request.id, rows);
    void reader
      .then((engine) => rows.start(source(engine)))
      .catch((error: unknown) => rows.fail(error))
      .finally(() => caller.flush());
    return;
  }
  const begun = reader ? source(reader) : wholeOf(host.storage, request);
  caller.follows(request.id, rows);
  rows.start(begun);
}

/** What one connection alone can see, and others need it meanwhile: the result is read whole. */
function wholeOf(storage: Storage, request: BoundStatement): RowSource {
  const { columns, rows } = storage.read(request);
  return { columns, parts: partsOf(blockOf(rows, columns.length)), close: () => {} };
}

function known(storage: Storage, name: string): string {
  const table = storage.tableNamed(name);
  if (table === undefined) throw new SluiceError(`There is no table named ${name} to invalidate`);
  return table;
}

function done({ version }: TransactionHost, id: number, { changes, lastInsertRowid }: Written): Reply {
  return { kind: 'done', id, changes, lastInsertRowid, version };
}

function unreachable(request: never): never {
  throw new TypeError(`Not a request: ${JSON.stringify(request)}`);
}
