/** Bundles sources for a browser, as users' tools do. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { root } from './typescript.ts';

/** One file for each entry, by its path on a site: `/db.worker.js` of `db.worker.ts`. */
export async function bundle(
  folder: string,
  entries: readonly string[],
  options: BuildOptions = {},
): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: [...entries],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: '/',
    write: false,
    logLevel: 'silent',
    ...options,
  });
  return new Map(outputFiles!.map(({ path, contents }) => [path, contents]));
}

/** SQLite itself, as its package has it. */
export function sqliteWasmFile(): Promise<Uint8Array> {
  return readFile(join(root, 'node_modules', '@sqlite.org', 'sqlite-wasm', 'dist', 'sqlite3.wasm'));
}
