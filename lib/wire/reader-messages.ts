/** The words between the server and a thread that reads for it. */
import type { SqlValue } from '../model/values.ts';
import type { ErrorRecord } from './error-record.ts';
import type { PartialRows, RequestId } from './messages.ts';

/** One statement that only reads, its values in the order of its parameters. `id` counts the reads of this reader. */
export interface Read {
  readonly id: RequestId;
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** To the reader. It runs one request after the other; of several quick ones in a packet, all see one snapshot. */
export type ReaderRequest =
  | ({ readonly kind: 'quick' } & Read)
  | ({ readonly kind: 'long' } & Read)
  | ({ readonly kind: 'stream' } & Read)
  | { readonly kind: 'credit'; readonly id: RequestId } // a part of a stream arrived: the next may follow
  | { readonly kind: 'cancel'; readonly id: RequestId } // a stream is wanted no longer
  | { readonly kind: 'end' }; // the reader closes its connections, and ends

export type ReaderReply =
  | { readonly kind: 'ready' } // its connection is open
  | { readonly kind: 'begun'; readonly id: RequestId } // a snapshot was taken: what is committed from now on is not seen
  | ({ readonly kind: 'rows'; readonly id: RequestId; readonly version: number; readonly tookMs: number } & PartialRows)
  | ({ readonly kind: 'part'; readonly id: RequestId } & PartialRows)
  | { readonly kind: 'ended'; readonly id: RequestId } // a stream is over
  | { readonly kind: 'failed'; readonly id: RequestId; readonly error: ErrorRecord }
  | { readonly kind: 'elsewhere'; readonly id: RequestId }; // of which version it would be could not be told: not run
