/** In place of `node-threads.ts` in a page, which has none of them. */

export function workerThreads(): undefined {
  return undefined;
}

/** A server that has no worker can be told functions. */
export function refuseOwnWorker(): void {}

function none(): never {
  throw new Error('There are no threads of Node here');
}

export const forModule = ['procedures', 'setup', 'onEvent', 'beforeShutdown'] as const;

export { none as nodeThread, none as startOwnWorker, none as workerFile };
