/** The two TypeScript compilers that must read what is built, each run on a project of its own. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runNode } from './run-node.ts';

export const root = join(import.meta.dirname, '..', '..');

/** A compiler's name, as the specs say it, and its folder in node_modules. */
export const compilers = { 'TypeScript 7': 'typescript', 'TypeScript 5.9': 'typescript-5.9' } as const;

/** The options of a strict user, for projects elsewhere to extend. */
export const strictProject = join(root, 'spec', 'types', 'tsconfig.json');

/** Compiles the project of that tsconfig file. Gives what the compiler prints: nothing where all is well. */
export async function compile(compiler: keyof typeof compilers, project: string, ...flags: string[]): Promise<string> {
  const tsc = join(root, 'node_modules', compilers[compiler], 'bin', 'tsc');
  const args = [tsc, '--pretty', 'false', ...flags, '-p', project];
  const { exitCode, stdout, stderr } = await runNode(args, { cwd: root, timeoutMs: 120_000 });
  assert.notEqual(exitCode, undefined, `${compiler} did not end in time on ${project}`);
  const printed = stdout + stderr;
  return exitCode === 0 || printed !== '' ? printed : `${compiler} ended with exit code ${exitCode}`;
}

/**
 * Lends a folder that holds `files` by name, and removes it after `use`.
 * It is inside the checkout, so that `sluice` and every package resolve from it as they do for a user, and git ignores it.
 */
export async function withFolder<T>(
  files: Readonly<Record<string, string>>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  await mkdir(join(root, '.snippets'), { recursive: true });
  const folder = await mkdtemp(join(root, '.snippets', 'run-'));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Fails where nothing is built yet, with the command that builds. */
export function assertBuilt(): void {
  assert.ok(existsSync(join(root, 'dist', 'lib', 'index.d.ts')), 'dist/ is missing: run `npm run build` first');
}
