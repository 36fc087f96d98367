/** What `sluice/streams` offers: pure operators, each usable with any Observable. */

export { type Batches, batch } from './batch.ts';
export { DuplicateKeyError } from './duplicate-key-error.ts';
export { type Executes, execute } from './execute.ts';
export { type GatherOptions, gatherMap } from './gather-map.ts';
export { one, RowCountError } from './one.ts';
export { oneOrNone } from './one-or-none.ts';
export { releaseAfter } from './release-after.ts';
export {
  type RowChanges,
  type RowKey,
  type RowMove,
  type RowUpdate,
  rowChanges,
} from './row-changes.ts';
export { shareLatest } from './share-latest.ts';
export { type Transacts, transaction, type WorkResult } from './transaction.ts';
export { type RowQuery, type Watches, type WatchesRows, watch } from './watch.ts';
