/** What each queued request does. */
import type { Engine } from '../../engines/engine.ts';
import { SluiceError } from '../model/errors.ts';
import type { BatchStep, QueuedRequest, Reply } from '../wire/messages.ts';
import { arraysOf, blockOf } from '../wire/row-block.ts';
import { explanationOf } from './analysis/watch-words.ts';
import { Changes } from './changes.ts';
import type { LiveSource } from './live/live-queries.ts';
import { maintainedBy } from './live/maintained-by.ts';
import { refuseToWait } from './migrations.ts';
import { type RowSource, RowStream, rowsOn } from './row-stream.ts';
import type { Caller, Job, Scope } from './scope.ts';
import { explained } from './statement-failure.ts';
import type { Access, Storage, Written } from './storage.ts';
import { type Procedures, SyncDatabase } from './sync-database.ts';
import { begin, commit, lose, type TransactionHost } from './transactions.ts';

/** What operations need of the server. */
export interface OperationHost extends TransactionHost, LiveSource {
  readonly storage: Storage;
  readonly version: number;
  readonly procedures: Procedures;
  refresh(scope: Scope): void;
  /** Keeps a job until the database has come to a version. */
  waitFor(version: number, job: Job): void;
  /** A connection of its own for a long read; none where the database lives in memory. */
  openReader(): Promise<Engine> | undefined;
}

/** Runs one request in its scope, which is the innermost, and replies. What it throws is the reply of the request. */
export function perform(host: OperationHost, job: Job, scope: Scope): void {
  const { caller, request } = job;
  const { id } = request;
  switch (request.kind) {
    case 'select': {
      if (request.atLeast > host.version) {
        if (scope.hold)
          throw new SluiceError('atLeast is for reads outside of transactions: here, nothing else is committed');
        host.waitFor(request.atLeast, job);
        break;
      }
      const { columns, rows } = writing(host, caller, scope, (access) => host.storage.select(request, access));
      caller.reply({ kind: 'rows', id, columns, rows: blockOf(rows, columns.length), version: host.version });
      break;
    }
    case 'execute':
      caller.reply(
        done(
          host,
          id,
          writing(host, caller, scope, (access) => host.storage.execute(request, access)),
        ),
      );
      break;
    case 'script':
    case 'batch': {
      const steps = (access: Access): Written => runSteps(host.storage, request, access);
      caller.reply(
        done(
          host,
          id,
          writing(host, caller, scope, (access) => atomic(host.storage, access, steps)),
        ),
      );
      break;
    }
    case 'call': {
      const procedure = (access: Access): unknown => runProcedure(host, request, access);
      const value = writing(host, caller, scope, (access) => atomic(host.storage, access, procedure));
      caller.reply({ kind: 'value', id, value });
      break;
    }
    case 'invalidate': {
      const changes = new Changes();
      for (const name of request.tables) changes.all(known(host.storage, name));
      host.storage.forgetSchema();
      host.announce(changes, caller);
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
      commit(host, scope);
      caller.reply(done(host, id, { changes: 0, lastInsertRowid: 0 }));
      break;
    case 'close':
      caller.finish(id);
      break;
    default:
      unreachable(request);
  }
}

/** Runs work that may write. In the database itself, what it changed is committed by then, and told. */
function writing<T>(host: OperationHost, caller: Caller, scope: Scope, work: (access: Access) => T): T {
  const changes = new Changes();
  try {
    return work({ changes, readOnly: scope.readOnly });
  } finally {
    if (!scope.isTransaction) host.announce(changes, caller);
    else if (host.storage.inTransaction) scope.note(changes, host.version);
    else lose(host, 'SQLite rolled it back after a failed statement');
  }
}

/** Runs several statements as one: in a transaction of their own, or, inside another, in a savepoint. */
function atomic<T>(storage: Storage, access: Access, work: (access: Access) => T): T {
  const isInside = storage.inTransaction;
  const changes = new Changes();
  storage.control(isInside ? 'savepoint' : 'begin');
  try {
    const result = work({ changes, readOnly: access.readOnly });
    storage.control(isInside ? 'release' : 'commit');
    access.changes.add(changes);
    return result;
  } catch (error) {
    if (storage.inTransaction) {
      if (isInside) storage.undoSavepoint();
      else storage.control('rollback');
    }
    if (changes.everything) storage.forgetSchema();
    throw error;
  }
}

function runProcedure(
  { storage, procedures }: OperationHost,
  { procedure: name, args }: Extract<QueuedRequest, { kind: 'call' }>,
  access: Access,
): unknown {
  const procedure = Object.hasOwn(procedures, name) ? procedures[name] : undefined;
  if (procedure === undefined) {
    const names = Object.keys(procedures).join(', ') || 'none';
    throw new SluiceError(`There is no procedure named ${name}; the server has: ${names}`);
  }
  const db = new SyncDatabase(storage, access);
  let value: unknown;
  try {
    value = procedure(db, ...(args as never[]));
    refuseToWait(value);
  } finally {
    db.end();
  }
  try {
    // Before the commit: what cannot be sent takes the procedure's writes back.
    return structuredClone(value);
  } catch (cause) {
    throw new SluiceError(`What procedure ${name} returned cannot be sent to the client`, { cause });
  }
}

/** Sends rows as the client can take them, from a snapshot on a connection of its own. */
function stream(host: OperationHost, caller: Caller, request: Extract<QueuedRequest, { kind: 'stream' }>): void {
  const { text, values, isTemporary } = host.storage.prepareRead(request);
  const rows = new RowStream(caller, request.id);
  const reader = isTemporary ? undefined : host.openReader();
  if (reader === undefined) {
    // What one connection alone can see, and others need it meanwhile: the result is read whole.
    const { columns, rows: all } = host.storage.read(request);
    caller.follows(request.id, rows);
    rows.start({ columns, rows: all.values(), close: () => {} });
    return;
  }
  caller.follows(request.id, rows);
  const source = (engine: Engine): RowSource =>
    explained(text.sql, values, () => rowsOn(engine, text.sql, text.parameterNames, values));
  void reader
    .then((engine) => rows.start(source(engine)))
    .catch((error: unknown) => rows.fail(error))
    .finally(() => caller.flush());
}

function known(storage: Storage, name: string): string {
  const table = storage.tableNamed(name);
  if (table === undefined) throw new SluiceError(`There is no table named ${name} to invalidate`);
  return table;
}

function runSteps(
  storage: Storage,
  request: Extract<QueuedRequest, { kind: 'script' | 'batch' }>,
  access: Access,
): Written {
  if (request.kind === 'script') return storage.executeScript(request.sql, access);
  const total = { changes: 0, lastInsertRowid: 0 as number | bigint };
  for (const step of request.steps) {
    const written = runStep(storage, step, access);
    total.changes += written.changes;
    total.lastInsertRowid = written.lastInsertRowid;
  }
  return total;
}

function runStep(storage: Storage, step: BatchStep, access: Access): Written {
  return 'rows' in step ? storage.executeMany(step.sql, arraysOf(step.rows), access) : storage.execute(step, access);
}

function done({ version }: OperationHost, id: number, { changes, lastInsertRowid }: Written): Reply {
  return { kind: 'done', id, changes, lastInsertRowid, version };
}

function unreachable(request: never): never {
  throw new TypeError(`Not a request: ${JSON.stringify(request)}`);
}
