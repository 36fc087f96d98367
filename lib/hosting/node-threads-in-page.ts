/** In place of `node-threads.ts` in a page, which has none of them. */

export function workerThreads(): undefined {
  return undefined;
}

function none(): never {
  throw new Error('There are no threads of Node here');
}

export { none as nodeThread, none as startOwnWorker, none as workerFile };
