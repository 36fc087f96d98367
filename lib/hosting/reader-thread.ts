/** Starts the threads that read for a server, in Node. */
import type { EngineSpec } from '../../engines/engine.ts';
import type { ReaderPort } from '../server/reading/reader-link.ts';
import { portOver } from '../wire/port.ts';
import { workerFile, workerThreads } from './node-threads.ts';

/** What a reader's thread is told. */
export interface ReaderTask {
  readonly engine: EngineSpec;
  /** The module that exports `setup`, if there is one. */
  readonly setupModule: string | undefined;
  /** Where the version stands, see `VersionBoard`. */
  readonly memory: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** Starts one. Its port closes when it ends; `failed` is told of what it died of. */
export function startReader(task: Omit<ReaderTask, 'port'>, failed: (cause: unknown) => void): ReaderPort {
  const threads = workerThreads()!;
  const { port1, port2 } = new threads.MessageChannel();
  const worker = new threads.Worker(workerFile('reader-worker'), {
    workerData: { ...task, port: port2 },
    transferList: [port2],
    name: 'sluice-reader',
  });
  worker.unref();
  worker.on('error', failed);
  return portOver(port1 as unknown as MessagePort);
}
