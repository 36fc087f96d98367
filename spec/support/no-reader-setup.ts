/** A module whose `setup` fails in a reader's thread alone. */
import { workerData } from 'node:worker_threads';

export function setup(): void {
  if (workerData?.memory instanceof SharedArrayBuffer) throw new Error('no reader here');
}
