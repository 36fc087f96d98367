/** Begins and ends transactions: the outermost as such, those inside it as savepoints. */
import { TransactionEndedError } from '../model/errors.ts';
import type { Changes } from './changes.ts';
import { type Caller, type Hold, type Job, Scope } from './scope.ts';
import type { Answer } from './statement-work.ts';
import type { Storage } from './storage.ts';
import type { WriteRecords } from './write-records.ts';

const committed: Answer = { kind: 'done', id: 0, changes: 0, lastInsertRowid: 0, version: 0 };

/** What transactions need of the server. */
export interface TransactionHost {
  readonly root: Scope;
  readonly storage: Storage;
  readonly records: WriteRecords;
  readonly version: number;
  announce(changes: Changes, origin: Caller): void;
  /** Runs what may commit something, and announces it: what reads elsewhere takes no snapshot meanwhile. */
  committing<T>(work: () => T): T;
}

/** Begins a transaction or an exclusive section, which holds the queue of its parent until it ends. */
export function begin({ storage }: TransactionHost, hold: Hold): void {
  if (hold.mode !== 'exclusive') {
    if (hold.parent.isTransaction) storage.control('savepoint');
    else storage.control(hold.mode === 'read' ? 'beginReadOnly' : 'begin');
  }
  const scope = new Scope(hold);
  hold.parent.child = scope;
  hold.caller.opened(scope);
}

/** Commits a transaction. Where SQLite refuses, such as for a deferred foreign key, it is rolled back and this throws. */
export function commit(host: TransactionHost, scope: Scope, job: Job): void {
  const { storage, records } = host;
  const { parent, caller } = scope.hold!;
  try {
    if (scope.isTransaction && !parent.isTransaction && !scope.readOnly) records.note(job, committed);
    if (scope.isTransaction) storage.control(parent.isTransaction ? 'release' : 'commit');
  } catch (error) {
    rollback(host, scope);
    throw error;
  }
  end(scope, 'it was committed');
  if (parent.isTransaction) parent.note(scope.changes, host.version);
  else host.announce(scope.changes, caller);
}

/** Takes a transaction back, with those inside it. What it changed is never told. */
export function rollback({ storage }: TransactionHost, scope: Scope, untold?: string): void {
  const { parent } = scope.hold!;
  const open = openIn(scope);
  end(scope, 'it was rolled back', untold);
  // After an error SQLite may have rolled back by itself (https://sqlite.org/lang_transaction.html); and an exclusive
  // section is no transaction, though one may be open in it.
  if (storage.inTransaction) {
    // Savepoints share a name, and the innermost answers to it.
    if (parent.isTransaction) for (let undone = 0; undone < open; undone++) storage.undoSavepoint();
    else storage.control('rollback');
  }
  if (scope.changes.everything) storage.forgetSchema();
}

/** How many transactions are open in a scope, itself included. */
function openIn(scope: Scope | undefined): number {
  if (scope === undefined) return 0;
  return (scope.isTransaction ? 1 : 0) + openIn(scope.child);
}

/** SQLite itself rolled back everything: the whole stack of transactions is over. */
export function lose({ root, storage }: TransactionHost, reason: string): void {
  const outermost = root.child?.isTransaction ? root.child : root.child?.child;
  if (outermost === undefined) return;
  end(outermost, reason, reason);
  storage.forgetSchema();
}

function end(scope: Scope, reason: string, untold?: string): void {
  const { parent, caller, since } = scope.hold!;
  if (scope.child) {
    const inner = scope.child;
    end(inner, reason, untold ?? reason);
    if (inner.changes.everything) scope.changes.touchEverything();
  }
  parent.child = undefined;
  // Nobody else could run meanwhile.
  parent.queue.charge(caller, performance.now() - since);
  caller.closed(scope, untold);
  scope.live.end();
  for (const listener of scope.listeners) listener.caller.ended(listener.id);
  for (const job of scope.queue.takeWhile(() => true)) {
    job.caller.finished(job);
    job.caller.fail(job.request.id, new TransactionEndedError(`The transaction has ended: ${reason}`));
  }
}
