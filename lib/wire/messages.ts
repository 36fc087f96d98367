/** The words that cross a port: every message of a connection, and nothing about how it is carried or handled. */
import type { BoundStatement } from '../model/query.ts';
import type { TableChange } from '../model/table-updates.ts';
import type { BoundParams } from '../model/values.ts';
import type { ErrorRecord } from './error-record.ts';
import type { RowBlock } from './row-block.ts';

/** Counted up whenever a message changes its meaning. The two sides of a connection must have the same. */
export const protocolVersion = 4;

/** Names a request within its connection. A transaction's scope has the id of the request that began it. */
export type RequestId = number;

/** Where a request runs: in the transaction of that id, or, as 0, in the database itself. */
export type ScopeId = number;

/** The scope of everything that is in no transaction. */
export const databaseScope: ScopeId = 0;

/** One step of a batch: a statement run once, or once for each row of parameters. */
export type BatchStep =
  | { readonly sql: string; readonly params: BoundParams }
  | { readonly sql: string; readonly rows: readonly RowBlock[] };

export type Request =
  | {
      readonly kind: 'hello';
      readonly protocolVersion: number;
      readonly queueTimeoutMs: number;
      readonly priority: Priority;
      /** Names the client for good, where it sends writes again that a lost server has not answered. */
      readonly client?: string | undefined;
      /** Requests up to this one may have been sent to a server before. */
      readonly resends?: RequestId;
      /** The latest version that it has seen. */
      readonly seen?: number;
    }
  | ({ readonly kind: 'select'; readonly atLeast: number } & Located & BoundStatement)
  | ({ readonly kind: 'execute' } & Located & BoundStatement)
  | ({ readonly kind: 'script'; readonly sql: string } & Located)
  | ({ readonly kind: 'batch'; readonly steps: readonly BatchStep[] } & Located)
  | ({ readonly kind: 'call'; readonly procedure: string; readonly args: readonly unknown[] } & Located)
  | ({ readonly kind: 'invalidate'; readonly tables: readonly string[] } & Located)
  | ({ readonly kind: 'explain' } & Located & BoundStatement) // how it would be watched
  | ({ readonly kind: 'watch'; readonly queries: readonly BoundStatement[] } & Located)
  | ({ readonly kind: 'stream' } & Located & BoundStatement)
  | { readonly kind: 'credit'; readonly id: RequestId } // a live result, or a part of rows, arrived: the next may follow
  | ({ readonly kind: 'updates' } & Located)
  | ({
      readonly kind: 'begin';
      readonly mode: HoldMode;
      readonly timeoutMs: number;
      readonly openedAt: string;
    } & Located)
  | ({ readonly kind: 'commit' } & Located)
  | ({ readonly kind: 'rollback' } & Located)
  | ({ readonly kind: 'outcome' } & Located) // whether the write of that id was committed by a server that was lost
  | { readonly kind: 'answered'; readonly upTo: RequestId } // of writes up to this one the replies have arrived
  | { readonly kind: 'cancel'; readonly id: RequestId } // no reply: one may already be on its way
  | ({ readonly kind: 'close' } & Located);

/** Rows of the batch of that id, which follows: what is too much for one message goes ahead of it. */
export interface Load {
  readonly kind: 'load';
  readonly id: RequestId;
  readonly rows: RowBlock;
}

/** Whose operations go first where those of several connections wait. */
export type Priority = 'interactive' | 'background';

interface Located {
  readonly id: RequestId;
  readonly scope: ScopeId;
}

/** How the queue is held: in a transaction that may write, in one that only reads, or without a transaction. */
export type HoldMode = 'write' | 'read' | 'exclusive';

/** A request that waits in the queue of its scope. The others are heard at once. */
export type QueuedRequest = Exclude<
  Extract<Request, { readonly scope: ScopeId }>,
  { readonly kind: 'updates' | 'rollback' }
>;

export type Reply =
  | { readonly kind: 'welcome'; readonly protocolVersion: number }
  | { readonly kind: 'opened' } // the database is open
  | ({ readonly kind: 'rows'; readonly id: RequestId; readonly version: number } & PartialRows) // the last of them
  | ({ readonly kind: 'done'; readonly id: RequestId } & Outcome)
  | { readonly kind: 'value'; readonly id: RequestId; readonly value: unknown } // what a procedure returned, or an explanation
  | { readonly kind: 'begun'; readonly id: RequestId }
  | {
      readonly kind: 'live';
      readonly id: RequestId;
      readonly version: number;
      readonly results: readonly (LiveStep | null)[];
    }
  | ({ readonly kind: 'part'; readonly id: RequestId } & PartialRows)
  | ({ readonly kind: 'livePart'; readonly id: RequestId } & LivePart)
  | { readonly kind: 'stale'; readonly ids: readonly RequestId[] } // their last live result is from before a commit
  | { readonly kind: 'fresh'; readonly id: RequestId } // … and turned out to be right still
  | ({ readonly kind: 'updates'; readonly id: RequestId } & UpdateRecord)
  | { readonly kind: 'failed'; readonly id: RequestId; readonly error: ErrorRecord }
  | { readonly kind: 'ended'; readonly id: RequestId } // nothing more comes of a stream, a live query, a scope
  | { readonly kind: 'closed'; readonly error: ErrorRecord }; // nothing more will come at all

/** Rows of a result, of which so many went before. Where a read is begun anew, the first that came are forgotten. */
export interface PartialRows {
  readonly columns: readonly string[];
  readonly rows: RowBlock;
  readonly before: number;
}

/** What a write did. `version` is that of the database after it. */
export interface Outcome {
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
  readonly version: number;
}

/**
 * One query's result as the difference from the one before it; the first follows from the empty result.
 *
 * Shapes  `spans` as in a `Patch`; `rows` are its new rows; `columns` come with the first, and whenever they differ.
 */
export interface LiveStep {
  readonly spans: ArrayLike<number>;
  readonly rows: RowBlock;
  readonly columns?: readonly string[];
  /** So many of its rows went ahead, as parts; what else did is of a result that was superseded, or of a server that was lost. */
  readonly ahead?: number;
}

/** Rows of the step of that index, in the live result that follows: what is too much for one message goes ahead of it. */
export interface LivePart {
  readonly index: number;
  /** So many rows of the step went before. */
  readonly before: number;
  readonly rows: RowBlock;
  /** As of the step. */
  readonly columns?: readonly string[];
}

export interface UpdateRecord {
  readonly version: number;
  readonly tables: ReadonlyMap<string, TableChange>;
  readonly own: boolean;
}

/** All that one side says in one turn of its event loop. */
export type Packet<Message> = readonly Message[];

/** A packet as it crosses: the messages as flat lists of items, which are cloned in a third of the time of objects. */
export interface Packed {
  readonly items: readonly unknown[];
  /** Buffers among the items, which are moved in place of being copied. */
  readonly moved: readonly ArrayBuffer[];
}
