/** What each queued request does. */
import type { BatchStep, QueuedRequest, Reply } from '../wire/messages.ts';
import { arraysOf, blockOf } from '../wire/row-block.ts';
import { Changes } from './changes.ts';
import type { Caller, Job, Scope } from './scope.ts';
import type { Access, Storage, Written } from './storage.ts';
import { begin, commit, lose, type TransactionHost } from './transactions.ts';

/** What operations need of the server. */
export interface OperationHost extends TransactionHost {
  refresh(scope: Scope): void;
}

/** Runs one request in its scope, which is the innermost, and replies. What it throws is the reply of the request. */
export function perform(host: OperationHost, { caller, request }: Job, scope: Scope): void {
  const { id } = request;
  switch (request.kind) {
    case 'select': {
      const { columns, rows } = writing(host, caller, scope, (access) => host.storage.select(request, access));
      caller.reply({ kind: 'rows', id, columns, rows: blockOf(rows, columns.length) });
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
    case 'watch': {
      const { storage } = host;
      const following = {
        audience: caller,
        id,
        storage,
        get version() {
          return host.version;
        },
      };
      caller.follows(id, scope.live.follow(request, following));
      break;
    }
    case 'begin':
      // A transaction may hold the queue for long: what was committed before it is shown first.
      if (scope.live.areDue) host.refresh(scope);
      begin(host, scope, { id, caller, readOnly: request.readOnly });
      caller.reply({ kind: 'begun', id });
      break;
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
