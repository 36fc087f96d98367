/** A read that a reader was asked for, until it is answered. */
import type { SqlValue } from '../../model/values.ts';
import type { RequestId } from '../../wire/messages.ts';
import type { ReaderRequest } from '../../wire/reader-messages.ts';
import type { Job } from '../scope.ts';
import type { Fit } from './fitness.ts';

export type ReadKind = 'quick' | 'long' | 'stream';

/** Whoever runs it. */
export interface TaskReader {
  say(request: ReaderRequest): void;
  /** It is done with a read. */
  finish(id: RequestId): void;
}

export interface ReadTask {
  readonly job: Job;
  readonly kind: ReadKind;
  readonly sql: string;
  readonly values: readonly SqlValue[];
  readonly fit: Fit;
  readonly startedAt: number;
  /** By which its reader knows it. */
  id: RequestId;
  reader: TaskReader | undefined;
  /** Of a stream: rows were sent on. */
  hasRows: boolean;
  isCancelled: boolean;
  /** Its snapshot is taken, or never will be: what its client asked after it may be committed. */
  begun(): void;
  /** Nothing more comes of it. */
  over(): void;
}
