/** Finds the rows of a large result by the keys that they hold. */
import type { HeldRow } from './ordered-rows.ts';
import { type KeyName, keyName } from './row-keys.ts';

/** The rows of one source's keys, under where these stand. */
export class RowIndex {
  readonly #at: readonly number[];
  readonly #rows = new Map<KeyName, HeldRow | Set<HeldRow>>();

  constructor(at: readonly number[], rows: Iterable<HeldRow>) {
    this.#at = at;
    for (const row of rows) this.add(row);
  }

  add(row: HeldRow): void {
    const name = keyName(this.#at, row);
    const known = this.#rows.get(name);
    if (known === undefined) this.#rows.set(name, row);
    else if (known instanceof Set) known.add(row);
    else this.#rows.set(name, new Set([known, row]));
  }

  /** Called while the row still holds the key. */
  remove(row: HeldRow): void {
    const name = keyName(this.#at, row);
    const known = this.#rows.get(name);
    if (known === row) this.#rows.delete(name);
    else if (known instanceof Set && known.delete(row) && known.size === 0) this.#rows.delete(name);
  }

  find(names: Iterable<KeyName>): HeldRow[] {
    const found: HeldRow[] = [];
    for (const name of names) {
      const known = this.#rows.get(name);
      if (known instanceof Set) found.push(...known);
      else if (known) found.push(known);
    }
    return found;
  }
}
