/** Finds out that code runs inside a transaction's work, where the platform can tell. */
import { QueueTimeoutError } from '../model/errors.ts';
import type { Connection } from './connection.ts';

/** The transaction or exclusive section in whose work the code runs. */
interface Inside {
  readonly connection: Connection;
  readonly asked: Error | undefined;
  readonly mode: 'write' | 'read' | 'exclusive';
  readonly since: number;
  isOver: boolean;
}

interface Storage {
  getStore(): Inside | undefined;
  run<T>(store: Inside | undefined, body: () => T): T;
}

/** Node's AsyncLocalStorage follows Promises and callbacks; browsers have nothing like it, and rely on the wait limit. */
const storage: Storage | undefined = (() => {
  const hooks = globalThis.process?.getBuiltinModule?.('node:async_hooks');
  return hooks && new hooks.AsyncLocalStorage<Inside>();
})();

/** The work of one transaction, as far as the platform can follow it. */
export class OwnTransaction {
  readonly #inside: Inside;

  constructor(connection: Connection, mode: Inside['mode'], asked: Error | undefined) {
    this.#inside = { connection, mode, asked, since: performance.now(), isOver: false };
  }

  /** Runs a part of the work. */
  enter<T>(body: () => T): T {
    return storage ? storage.run(this.#inside, body) : body();
  }

  leave(): void {
    this.#inside.isOver = true;
  }
}

/**
 * Throws where an operation of the database would wait for the very transaction in whose work it is called.
 *
 * Errors  {@link QueueTimeoutError}, which shows where the transaction was opened.
 */
export function refuseInsideOwn(connection: Connection): void {
  const inside = storage?.getStore();
  if (inside === undefined || inside.isOver || inside.connection !== connection) return;
  const what = inside.mode === 'exclusive' ? 'exclusive section' : 'transaction';
  throw new QueueTimeoutError(
    `The database was used inside its own ${what}, and would wait for itself: use the handle`,
    {
      client: 0,
      mode: inside.mode,
      heldForMs: performance.now() - inside.since,
      openedAt: inside.asked?.stack ?? '',
    },
  );
}
