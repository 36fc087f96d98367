/** The body of a worker: runs a server for whoever started the worker. */
import type { EngineSpec } from '../../engines/engine.ts';
import { SluiceError } from '../model/errors.ts';
import { Poller, type Receive } from '../wire/poller.ts';
import type { Vigil } from '../wire/port.ts';
import { WakefulLoop } from '../wire/wakeful-loop.ts';
import { type Handover, isHandover, type Readiness } from './control.ts';
import type { HostOptions } from './keeper.ts';
import { workerThreads } from './node-threads.ts';
import { refuseServer } from './refusals.ts';
import { isAppointment, isWarning } from './tab-words.ts';

export type ServeOptions = HostOptions;

/**
 * Runs a server in this worker. It is the one line of a worker file that is given to `spawn`:
 *
 *     serve(betterSqlite3({ file: 'todos.db' }));
 *
 * Errors  `SluiceError` for what is no engine, and where this is no worker.
 */
export function serve(engine: EngineSpec, options: ServeOptions = {}): void {
  refuseServer(engine, options);
  const stop = listen(options, (message) => {
    if (isHandover(message)) void keeper.then((kept) => kept.hold(message.port));
    if (isAppointment(message)) void keeper.then((kept) => kept.lead(message));
    if (isWarning(message)) void keeper.then((kept) => kept.warmUp());
  });
  const keeper = import('./keeper.ts').then(({ Keeper }) => new Keeper(engine, options, stop, vigil()));
  // Thrown, so that whoever started this worker is told that a part of it could not be loaded.
  keeper
    .then(({ loaded }) => loaded)
    .catch((error: unknown) =>
      setTimeout(() => {
        throw error;
      }),
    );
}

/** Node lets a thread look at a port by itself; elsewhere its event loop does. */
function vigil(): Vigil {
  const receive = workerThreads()?.receiveMessageOnPort as Receive | undefined;
  return receive ? new Poller(receive) : new WakefulLoop();
}

/** Hears what is posted to this worker, until the returned function is called. */
function listen({ migrations }: ServeOptions, hear: (message: Handover | unknown) => void): () => void {
  const parent = workerThreads()?.parentPort;
  if (parent) {
    parent.on('message', hear);
    return () => parent.off('message', hear);
  }
  if (typeof self === 'undefined' || typeof window !== 'undefined') {
    throw new SluiceError(
      'serve() is the body of a worker, and this is none: use host() here, or spawn() a worker file',
    );
  }
  const onMessage = ({ data }: MessageEvent): void => hear(data);
  self.addEventListener('message', onMessage);
  self.postMessage({ sluice: 'ready', migrations: migrations?.length } satisfies Readiness);
  return () => self.close();
}
