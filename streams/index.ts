/** What `sluice/streams` offers: pure operators, each usable with any Observable. */

export { type Batches, batch } from './batch.ts';
export { type Executes, execute } from './execute.ts';
export { type GatherOptions, gatherMap } from './gather-map.ts';
export { releaseAfter } from './release-after.ts';
export { shareLatest } from './share-latest.ts';
export { type Transacts, transaction, type WorkResult } from './transaction.ts';
export { type Watches, watch } from './watch.ts';
