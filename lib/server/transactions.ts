/** Begins and ends transactions: the outermost as such, those inside it as savepoints. */
import { TransactionEndedError } from '../model/errors.ts';
import type { RequestId } from '../wire/messages.ts';
import type { Changes } from './changes.ts';
import { type Caller, Scope } from './scope.ts';
import type { Storage } from './storage.ts';

/** What transactions need of the server. */
export interface TransactionHost {
  readonly root: Scope;
  readonly storage: Storage;
  readonly version: number;
  announce(changes: Changes, origin: Caller): void;
}

/** Begins a transaction in `parent`, whose queue it holds until it ends. */
export function begin(
  { storage }: TransactionHost,
  parent: Scope,
  { id, caller, readOnly }: { id: RequestId; caller: Caller; readOnly: boolean },
): void {
  if (parent.isTransaction) storage.control('savepoint');
  else storage.control(readOnly ? 'beginReadOnly' : 'begin');
  const scope = new Scope({ id, parent, caller, readOnly: readOnly || parent.readOnly });
  parent.child = scope;
  caller.opened(scope);
}

/** Commits a transaction. Where SQLite refuses, such as for a deferred foreign key, it is rolled back and this throws. */
export function commit(host: TransactionHost, scope: Scope): void {
  const { storage } = host;
  try {
    storage.control(scope.parent?.isTransaction ? 'release' : 'commit');
  } catch (error) {
    rollback(host, scope);
    throw error;
  }
  end(scope, 'it was committed');
  if (scope.parent?.isTransaction) scope.parent.note(scope.changes, host.version);
  else host.announce(scope.changes, scope.caller!);
}

/** Takes a transaction back, with those inside it. What it changed is never told. */
export function rollback({ storage }: TransactionHost, scope: Scope): void {
  end(scope, 'it was rolled back');
  // After an error SQLite may have rolled back by itself. https://sqlite.org/lang_transaction.html
  if (storage.inTransaction) {
    if (scope.parent?.isTransaction) storage.undoSavepoint();
    else storage.control('rollback');
  }
  if (scope.changes.everything) storage.forgetSchema();
}

/** SQLite itself rolled back everything: the whole stack of transactions is over. */
export function lose({ root, storage }: TransactionHost, reason: string): void {
  const outermost = root.child;
  if (outermost === undefined) return;
  end(outermost, reason, reason);
  storage.forgetSchema();
}

function end(scope: Scope, reason: string, untold?: string): void {
  if (scope.child) {
    const inner = scope.child;
    end(inner, reason, untold ?? reason);
    if (inner.changes.everything) scope.changes.touchEverything();
  }
  scope.parent!.child = undefined;
  scope.caller!.closed(scope, untold);
  scope.live.end();
  for (const { caller, id } of scope.listeners) caller.ended(id);
  for (const job of scope.drain()) {
    job.caller.finished(job);
    job.caller.fail(job.request.id, new TransactionEndedError(`The transaction has ended: ${reason}`));
  }
}
