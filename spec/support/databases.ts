/** Servers on real workers over real files, closed and removed when a spec is done. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, type Observable } from 'rxjs';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import type { EngineSpec } from '../../engines/engine.ts';
import { nodeSqlite } from '../../engines/node-sqlite.ts';
import { sqliteWasm } from '../../engines/sqlite-wasm.ts';
import { type Database, type Server, type SpawnOptions, spawn } from '../../lib/index.ts';

/** An engine under test. */
export interface EngineCase {
  readonly name: string;
  spec(file: string): EngineSpec;
}

export const onBetterSqlite3: EngineCase = { name: 'better-sqlite3', spec: (file) => betterSqlite3({ file }) };
export const onNodeSqlite: EngineCase = { name: 'node:sqlite', spec: (file) => nodeSqlite({ file }) };
export const onSqliteWasm: EngineCase = { name: 'sqlite-wasm in memory', spec: () => sqliteWasm() };

/** The engines that keep a file in Node. */
export const fileEngines: readonly EngineCase[] = [onBetterSqlite3, onNodeSqlite];
export const allEngines: readonly EngineCase[] = [...fileEngines, onSqliteWasm];

/** What a spec works with. */
export interface Bench {
  readonly file: string;
  readonly server: Server;
  readonly db: Database;
}

/** Runs `body` with a folder of its own, which is removed afterwards. */
export async function withFile<T>(body: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-'));
  try {
    return await body(join(folder, 'test.db'));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Runs `body` with a server on a worker, over a file, and one client of it. */
export function withServer<T>(
  body: (bench: Bench) => Promise<T>,
  { engine = onBetterSqlite3, ...options }: SpawnOptions & { engine?: EngineCase } = {},
): Promise<T> {
  return withFile(async (file) => {
    const server = spawn(engine.spec(file), options);
    try {
      return await body({ file, server, db: server.connect() });
    } finally {
      await done(server.shutdown());
    }
  });
}

/** Waits for the last value; `undefined` where there is none. */
export function done<T>(source: Observable<T>): Promise<T | undefined> {
  return lastValueFrom(source, { defaultValue: undefined });
}
