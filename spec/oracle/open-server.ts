/** Opens the server of a scenario: in this thread or on a worker, over a file or in memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import type { EngineSpec } from '../../engines/engine.ts';
import { nodeSqlite } from '../../engines/node-sqlite.ts';
import { sqliteWasm } from '../../engines/sqlite-wasm.ts';
import { host, type Server, spawn } from '../../lib/index.ts';
import type { EngineName, Scenario } from './scenario.ts';

export const engineNames: readonly EngineName[] = ['better-sqlite3', 'node-sqlite', 'sqlite-wasm'];

/** Runs `body` with a new, empty database. Everything is gone afterwards. */
export async function withServer<T>(
  { engine, onWorker, readers = 0 }: Pick<Scenario, 'engine' | 'onWorker' | 'readers'>,
  body: (server: Server, file: string | undefined) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'oracle-'));
  const file = engine === 'sqlite-wasm' ? undefined : join(folder, 'test.db');
  const spec = specOf(engine, file, readers);
  const server = onWorker ? spawn(spec) : host(spec);
  try {
    return await body(server, file);
  } finally {
    await lastValueFrom(server.shutdown());
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function specOf(engine: EngineName, file: string | undefined, readers: number): EngineSpec {
  if (file === undefined) return sqliteWasm();
  return engine === 'node-sqlite' ? nodeSqlite({ file, readers }) : betterSqlite3({ file, readers });
}
