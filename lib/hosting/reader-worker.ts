/** The worker file of a reader. */
import { constants, getPriority, setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import type { Engine, EngineModule } from '../../engines/engine.ts';
import { runReader } from '../server/reading/reader.ts';
import { VersionBoard } from '../server/reading/version-board.ts';
import { SetupDatabase } from '../server/sync-database.ts';
import { portOver } from '../wire/port.ts';
import type { HostOptions } from './keeper.ts';
import type { ReaderTask } from './reader-thread.ts';

const { engine: spec, setupModule, memory, port }: ReaderTask = workerData;
const { open }: EngineModule = await import(spec.module);
const { setup }: Pick<HostOptions, 'setup'> = setupModule === undefined ? {} : await import(setupModule);

// Its reads are the long ones, and others that want the core for a moment come first: of 100 point reads beside a query that
// runs all the time on two cores, the slowest took 0.5 ms in place of 3.8. On Linux alone a thread has a priority of its own.
if (process.platform === 'linux') setPriority(Math.min(constants.priority.PRIORITY_LOW, getPriority() + 10));

await runReader(portOver(port), {
  open: connect,
  board: new VersionBoard(memory),
  statementCacheSize: spec.options.statementCacheSize,
});

async function connect(): Promise<Engine> {
  const engine = await open(spec.options);
  try {
    setup?.(new SetupDatabase(engine));
    // What is read here only reads; and if that was a mistake, it is better told than done.
    engine.exec('PRAGMA query_only = ON');
    return engine;
  } catch (error) {
    engine.close();
    throw error;
  }
}
