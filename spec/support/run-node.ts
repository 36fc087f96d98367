/** Runs a script in a Node process of its own and waits for it to end by itself. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Run {
  /** `undefined` where the process did not end in time and was killed. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly timeoutMs: number;
  /** Default: a folder made for this run and removed after it. */
  readonly cwd?: string;
  /** Variables beside those of this process; `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs `node ...args`, by the Node that runs this. */
export async function runNode(args: readonly string[], options: RunOptions): Promise<Run> {
  if (options.cwd !== undefined) return runNodeIn(options.cwd, args, options);
  const cwd = await mkdtemp(join(tmpdir(), 'sluice-run-'));
  try {
    return await runNodeIn(cwd, args, options);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

/** What a failed run leaves to read. */
export function reportOf({ exitCode, stdout, stderr }: Run): string {
  const end = exitCode === undefined ? 'did not end in time' : `ended with exit code ${exitCode}`;
  return `${end}\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
}

/** Fails by printing what was found wrong, as it is: a diff against nothing would escape its lines and cut it short. */
export function assertNothing(wrong: string): void {
  if (wrong !== '') assert.fail(wrong);
}

async function runNodeIn(cwd: string, args: readonly string[], { timeoutMs, env }: RunOptions): Promise<Run> {
  const child = spawn(process.execPath, args, {
    cwd,
    // The test runner marks its children by this variable; a script that is run as a user runs it must not see it.
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const [stdout, stderr, [exitCode]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { exitCode: exitCode ?? undefined, stdout, stderr };
}
