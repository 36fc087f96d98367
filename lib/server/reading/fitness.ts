/** Which reads may run on another connection than the one that writes, and which of them are quick. */
import { asciiLower } from '../../model/ascii-case.ts';
import type { Footprint } from '../footprint.ts';
import { quoted } from '../sql-text.ts';
import type { Storage } from '../storage.ts';

/** Below this a read is done sooner where it is than it is handed on. */
const quickMs = 0.2;

/** What is known of a statement that any connection may run. */
export class Fit {
  /** About what the longest of its last runs took; unknown before the first. */
  #ms = Number.POSITIVE_INFINITY;

  get isQuick(): boolean {
    return this.#ms < quickMs;
  }

  /** A run that took longer counts at once, and is forgotten over some that did not. */
  note(ms: number): void {
    this.#ms = Math.max(ms, this.#ms === Number.POSITIVE_INFINITY ? 0 : this.#ms / 2);
  }
}

/** A read ran where the database is written. */
export function noteTime({ fit }: { readonly fit?: Fit | 'unfit' | undefined }, ms: number): void {
  if (fit !== undefined && fit !== 'unfit') fit.note(ms);
}

/** A PRAGMA, which may act when it is prepared, does not begin so. */
const mayRead = /^\s*(?:SELECT|WITH|VALUES)\b/i;

const literal = /'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b/g;
const mostShapes = 500;

export class Fitness {
  readonly #storage: Storage;
  readonly #fits = new WeakMap<Footprint, Fit | 'unfit'>();
  readonly #byShape = new Map<string, Fit>();
  #namesElsewhere: readonly string[] = [];
  #schemaNumber = 0;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** None where only the connection that writes may run it. */
  of(sql: string): Fit | undefined {
    if (!mayRead.test(sql)) return undefined;
    const footprint = this.#storage.footprintOf(sql);
    if (footprint === undefined) return undefined;
    let fit = this.#fits.get(footprint);
    if (fit === undefined) {
      fit = this.#seesAll(sql, footprint) ? this.#fitOf(sql) : 'unfit';
      this.#fits.set(footprint, fit);
    }
    return fit === 'unfit' ? undefined : fit;
  }

  /** Texts that differ in their literals alone take as long as each other, as far as is known. */
  #fitOf(sql: string): Fit {
    const shape = sql.replace(literal, '?');
    const fit = this.#byShape.get(shape) ?? new Fit();
    this.#byShape.delete(shape);
    this.#byShape.set(shape, fit);
    if (this.#byShape.size > mostShapes) this.#byShape.delete(this.#byShape.keys().next().value!);
    return fit;
  }

  /** Whether another connection sees all that a statement reads. */
  #seesAll(sql: string, { readOnly, readsAnything, reads, traits }: Footprint): boolean {
    if (!readOnly || readsAnything || traits.asksConnection) return false;
    // Tables of temp, and of what was attached, have the name of their database before their own.
    for (const name of reads) if (name.includes('.')) return false;
    const names = this.#names;
    if (names.length === 0) return true;
    const text = asciiLower(sql);
    const words = new Set(text.match(/[\w$\u0080-\uffff]+/g));
    const isNamed = (name: string): boolean =>
      text.includes(name) || text.includes(name.replaceAll('"', '""')) || text.includes(name.replaceAll('`', '``'));
    return !names.some((name) => (/[^\w$\u0080-\uffff]/.test(name) ? isNamed(name) : words.has(name)));
  }

  /**
   * What temp and attached databases have. Not all that a statement names shows in what it reads: a view does not, nor a table
   * that SQLite leaves out of a join. https://sqlite.org/optoverview.html#the_omit_left_join_optimization
   */
  get #names(): readonly string[] {
    const { schemaNumber } = this.#storage;
    if (schemaNumber !== this.#schemaNumber) {
      this.#schemaNumber = schemaNumber;
      const all = (sql: string): string[] => this.#storage.read({ sql, params: [] }).rows.map(([name]) => String(name));
      const databases = all("SELECT name FROM pragma_database_list WHERE name <> 'main'");
      this.#namesElsewhere = ['temp', ...databases].flatMap((database) =>
        all(`SELECT name FROM ${quoted(database)}.sqlite_schema WHERE type IN ('table', 'view')`).map(asciiLower),
      );
    }
    return this.#namesElsewhere;
  }
}
