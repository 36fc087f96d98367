/** Listeners to updates that come back from a server that was lost: what was committed meanwhile they have not heard. */
import { EngineError } from '../../engines/engine.ts';
import { Changes } from './changes.ts';
import type { Scope, UpdateListener } from './scope.ts';
import type { Storage } from './storage.ts';
import { recordsTable } from './write-records.ts';

export class ReturnedListeners {
  readonly #waiting = new Set<UpdateListener>();

  add(listener: UpdateListener): void {
    this.#waiting.add(listener);
  }

  /** Tells them that every table may have changed. */
  tell({ listeners }: Scope, storage: Storage, version: number): void {
    if (this.#waiting.size === 0) return;
    const changes = new Changes();
    try {
      for (const table of storage.tables) if (table !== recordsTable) changes.all(table);
    } catch (error) {
      // Another connection keeps the file from being read: the next turn tells them.
      if (error instanceof EngineError) return;
      throw error;
    }
    const { tables } = changes;
    for (const listener of this.#waiting) {
      const { caller, id } = listener;
      if (listeners.has(listener)) caller.announce({ kind: 'updates', id, version, tables, own: false });
    }
    this.#waiting.clear();
  }
}
