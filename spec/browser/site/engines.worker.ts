/** Holds the engine to its contract in a worker of a page, and posts what was found. */
import { sqliteWasm } from '../../../engines/sqlite-wasm.ts';
import { connectionConformance, engineConformance, transactionConformance } from '../../engines/conformance.ts';
import { engineOn } from '../../engines/engine-under-test.ts';
import { runSpecs } from './test-runner.ts';

let databases = 0;
const flags = { tellsPrefixesApart: true };
const inFiles = (journal: 'rollback' | 'wal') => engineOn(() => sqliteWasm({ name: `suite-${++databases}`, journal }));

engineConformance(
  'sqlite-wasm in memory',
  engineOn(() => sqliteWasm()),
  { ...flags, journalMode: 'memory' },
);
engineConformance('sqlite-wasm in files', inFiles('rollback'), { ...flags, journalMode: 'delete' });
transactionConformance('sqlite-wasm in files, with a log', inFiles('wal'));
connectionConformance('sqlite-wasm in files, with a log', inFiles('wal'), 'wal');

postMessage(await runSpecs());
