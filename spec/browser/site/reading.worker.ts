/** Reads a table by the driver's own means and by the engine's, in one worker, and posts what each took. */
import sqlite3InitModule from '@sqlite.org/sqlite-wasm';
import { sqliteWasm } from '../../../engines/sqlite-wasm.ts';
import { blockRows, blockSize } from '../../../lib/wire/row-block.ts';

export interface ReadingTimes {
  readonly driverMs: number;
  readonly engineMs: number;
}

const script = new URLSearchParams(location.search).get('script')!;
const sqlite3 = await sqlite3InitModule();
const database = new sqlite3.oo1.DB(':memory:');
database.exec(script);
const engine = await sqliteWasm().open!({});
engine.exec(script);
const statement = engine.prepare('SELECT * FROM t', []);

const byDriver = (): unknown => database.exec('SELECT * FROM t', { rowMode: 'object', returnValue: 'resultRows' });
const byEngine = (): void => {
  const blocks = statement.blocks([], { rows: blockRows, size: blockSize });
  while (!blocks.next().done);
};

const times: { driver: number[]; engine: number[] } = { driver: [], engine: [] };
for (let round = 0; round < 5; round++) {
  times.driver.push(taken(byDriver));
  times.engine.push(taken(byEngine));
}
postMessage({ driverMs: medianOf(times.driver), engineMs: medianOf(times.engine) } satisfies ReadingTimes);

function taken(work: () => unknown): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}

function medianOf(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}
