/** What the oracle runs: a schema, live queries and steps, all of it plain data. */
import type { Bindable, Params } from '../../lib/index.ts';
import type { QueryTemplate } from './query-template.ts';

/** A value that no test needs to refuse. */
export type Value = Exclude<Bindable, boolean>;

export type EngineName = 'better-sqlite3' | 'node-sqlite' | 'sqlite-wasm';

export interface Scenario {
  readonly seed: number;
  readonly engine: EngineName;
  /** On a worker, rather than in this thread. */
  readonly onWorker: boolean;
  /** How many threads read beside the one that writes. */
  readonly readers?: number;
  /** By the even clock, results are followed by changed rows wherever that can be done; by the real one it depends. */
  readonly clock?: 'even' | 'real';
  /** Statements that make the schema and its first rows, each run by itself; those that SQLite refuses are skipped. */
  readonly setup: readonly Statement[];
  readonly queries: readonly QueryCase[];
  readonly steps: readonly Step[];
}

/** One statement, ready to run. */
export interface Statement {
  readonly sql: string;
  readonly params?: Params;
}

/** A live query. */
export interface QueryCase {
  readonly template: QueryTemplate;
  readonly rows: 'objects' | 'arrays';
  /** It is open from the start; the others are opened by a step. */
  readonly open: boolean;
  /** Queries of one number are followed by one `watchAll`. */
  readonly group?: number;
}

/** One write: it commits as a whole, or not at all. */
export type Write =
  | ({ readonly kind: 'execute' | 'select' } & Statement)
  | { readonly kind: 'script'; readonly sql: readonly string[] }
  | { readonly kind: 'batch'; readonly parts: readonly BatchPart[] }
  | { readonly kind: 'transaction'; readonly parts: readonly Write[]; readonly ends: 'commit' | 'rollback' };

export type BatchPart = Statement | { readonly sql: string; readonly rows: readonly (readonly Value[])[] };

export type Step =
  | { readonly kind: 'write'; readonly write: Write; readonly by: 'self' | 'second' }
  /** Several commits, none of them waited for. With `watched`, each of their states is known, and nothing else may show. */
  | { readonly kind: 'burst'; readonly writes: readonly Write[]; readonly watched: boolean }
  /** A transaction with live queries inside it, which see each of its writes. */
  | {
      readonly kind: 'inside';
      readonly parts: readonly Write[];
      readonly queries: readonly number[];
      readonly ends: 'commit' | 'rollback';
    }
  /** Another connection to the file commits. Where the database has no file, this server's second connection does. */
  | { readonly kind: 'foreign'; readonly sql: readonly string[] }
  | { readonly kind: 'open' | 'close'; readonly queries: readonly number[] };
