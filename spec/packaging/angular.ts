/** Angular as its users have it: installed by the example's lock file, with the package as npm packs it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { root } from '../support/typescript.ts';
import { packed } from './packed.ts';

const run = promisify(execFile);
const exampleName = '05-task-board';
const sources = join(root, 'examples', exampleName);
const filesOfNpm = ['package.json', 'package-lock.json', '.npmrc'];
const made = ['node_modules', 'dist', '.angular'];

/** Nothing that the CLI is asked for takes longer. */
const commandTimeoutMs = 120_000;

export interface Angular {
  /** The folder of the example, with all that it needs. */
  readonly example: string;
  /** The folder of an application as `ng new` makes it, which finds the same packages. */
  readonly newApplication: string;
  /** Builds the application in a folder. Gives the folder to serve. */
  build(folder: string): Promise<string>;
  /** Serves the application in a folder, as it is served while it is worked on, for as long as `use` takes. */
  serve<T>(folder: string, use: (url: string) => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

/** The example finds the package two folders above, as it does in the sources: there is what npm packed. */
export async function angular(): Promise<Angular> {
  const sluice = await packed();
  const example = join(sluice.folder, 'examples', exampleName);
  const newApplication = join(example, 'todo-app');
  const cli = join(example, 'node_modules', '@angular', 'cli', 'bin', 'ng.js');
  // Under CI it would serve without its cache, and so without what it prebundles there: not as a user sees it.
  const env = { ...process.env, NG_CLI_ANALYTICS: 'false', CI: undefined };
  const ng = (folder: string, ...args: readonly string[]) =>
    run(process.execPath, [cli, ...args], { cwd: folder, env, timeout: commandTimeoutMs });
  const copy = (names: readonly string[]) =>
    Promise.all(names.map((name) => cp(join(sources, name), join(example, name), { recursive: true })));
  try {
    await copy(filesOfNpm);
    await run('npm', ['ci', '--prefer-offline'], { cwd: example, env, timeout: 2 * commandTimeoutMs });
    // Before the example is there: inside of an application, the CLI makes no other.
    await ng(example, 'new', basename(newApplication), '--defaults', '--routing=false', '--skip-install', '--skip-git');
    const others = (await readdir(sources)).filter((name) => ![...filesOfNpm, ...made].includes(name));
    await copy(others);
  } catch (error) {
    await sluice.remove();
    throw error;
  }
  return {
    example,
    newApplication,
    async build(folder) {
      await rm(join(folder, 'dist'), { recursive: true, force: true });
      await ng(folder, 'build');
      return join(folder, 'dist', basename(folder).replace(/^\d+-/, ''), 'browser');
    },
    async serve(folder, use) {
      const args = [cli, 'serve', '--host', '127.0.0.1', '--port', '0'];
      const server = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      try {
        return await use(await addressOf(server));
      } finally {
        server.kill('SIGKILL');
        await once(server, 'exit');
      }
    },
    remove: sluice.remove,
  };
}

/** What `ng serve` prints when it is there. It is read on, so that the server can go on printing. */
async function addressOf(server: ChildProcess): Promise<string> {
  const printed: string[] = [];
  const late = setTimeout(() => server.kill('SIGKILL'), commandTimeoutMs);
  createInterface({ input: server.stderr! }).on('line', (line) => printed.push(line));
  const address = await new Promise<string | undefined>((resolve) => {
    createInterface({ input: server.stdout! })
      .on('line', (line) => {
        printed.push(line);
        const [found] = /http:\/\/[\d.]+:\d+\/?/.exec(line) ?? [];
        if (found) resolve(found);
      })
      .on('close', () => resolve(undefined));
  });
  clearTimeout(late);
  if (address === undefined) throw new Error(`ng serve ended without an address:\n${printed.join('\n')}`);
  return address;
}
