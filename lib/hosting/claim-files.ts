/** Who claimed a name, written where every thread of this process sees it: a file for each time that it changed hands. */

const fs = process.getBuiltinModule('node:fs');
const os = process.getBuiltinModule('node:os');
const { basename, dirname, join } = process.getBuiltinModule('node:path');
const { createHash } = process.getBuiltinModule('node:crypto');
const { isMainThread, threadId } = process.getBuiltinModule('node:worker_threads');

/** The n-th change of hands. Without a holder, the name was set free, or never claimed. */
export interface Change {
  readonly generation: number;
  readonly holder: number | undefined;
}

/**
 * Files of so many generations are kept. A thread that was halted between reading the last one and writing the next must
 * still find its number taken when it goes on.
 */
const keptGenerations = 32;

/** Containers may have their folder of temporary files and even their process ids in common, but not their host's name. */
export const claimFolder = join(
  os.tmpdir(),
  `sluice-${process.getuid?.() ?? 'user'}`,
  `${os.hostname()}-${process.pid}`,
);

// With the main thread ends the process, and other threads are not told. Where it never came here, the next process removes them.
if (isMainThread) process.once('exit', () => fs.rmSync(claimFolder, { recursive: true, force: true }));

/** How the name changed hands last: the highest generation counts. */
export function lastChange(name: string): Change {
  const key = keyOf(name);
  for (;;) {
    const generation = Math.max(0, ...generationsOf(key));
    if (generation === 0) return { generation, holder: undefined };
    try {
      const holder = fs.readFileSync(join(claimFolder, `${key}.${generation}`), 'utf8');
      return { generation, holder: holder === '' ? undefined : Number(holder) };
    } catch (error) {
      // Others have gone on by more generations than are kept.
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}

/** Writes the next change of hands. Tells whether it was the first to do so: of all who try at once, one is. */
export function change(name: string, { generation, holder }: Change): boolean {
  const key = keyOf(name);
  makeFolder();
  // It appears with all that it says: written aside, and then linked, which fails where the generation is taken.
  const aside = join(claimFolder, `${key}.of-${threadId}`);
  fs.writeFileSync(aside, holder === undefined ? '' : String(holder));
  try {
    fs.linkSync(aside, join(claimFolder, `${key}.${generation}`));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(aside, { force: true });
  }
  fs.rmSync(join(claimFolder, `${key}.${generation - keptGenerations}`), { force: true });
  return true;
}

function generationsOf(key: string): number[] {
  if (!fs.existsSync(claimFolder)) return [];
  const files = fs.readdirSync(claimFolder).filter((file) => file.startsWith(`${key}.`));
  return files.map((file) => Number(file.slice(key.length + 1))).filter(Number.isSafeInteger);
}

function makeFolder(): void {
  const made = fs.mkdirSync(claimFolder, { recursive: true, mode: 0o700 });
  if (made === undefined) return;
  // What a process left behind that was killed is removed by the next one to come.
  const others = fs.readdirSync(dirname(claimFolder)).filter((file) => file.startsWith(`${os.hostname()}-`));
  for (const other of others) {
    if (other === basename(claimFolder) || isAlive(Number(other.slice(os.hostname().length + 1)))) continue;
    fs.rmSync(join(dirname(claimFolder), other), { recursive: true, force: true });
  }
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

function keyOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
