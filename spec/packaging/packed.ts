/** The package as npm makes it, installed where an application would have it. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../support/typescript.ts';

const run = promisify(execFile);

/** Packs the package, and unpacks it. Gives the folder of it, which holds nothing else. */
export async function packed(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), 'sluice-package-'));
  const args = ['pack', '--ignore-scripts', '--silent', '--pack-destination', home];
  await run('npm', args, { cwd: root, timeout: 60_000 });
  const [tarball] = await readdir(home);
  await run('tar', ['-xzf', join(home, tarball!), '-C', home]);
  return { folder: join(home, 'package'), remove: () => rm(home, { recursive: true, force: true }) };
}

/** Lends the folder of an application: its files, and in `node_modules` the package and the others that it needs. */
export async function withApplication<T>(
  packageFolder: string,
  files: Readonly<Record<string, string>>,
  dependencies: readonly string[],
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-application-'));
  try {
    // A copy: what is linked, some tools take for a part of the application.
    await cp(packageFolder, join(folder, 'node_modules', 'sluice'), { recursive: true });
    for (const name of dependencies) {
      const place = join(folder, 'node_modules', name);
      await mkdir(dirname(place), { recursive: true });
      await symlink(join(root, 'node_modules', name), place);
    }
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'application', type: 'module', private: true }),
    );
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
