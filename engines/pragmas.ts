/** How every engine sets up a connection that it has just opened. */
import type { EngineOptions } from './engine.ts';

/** How long a statement waits for another process's lock, unless the options say otherwise. */
export const defaultBusyTimeoutMs = 5000;

/**
 * WAL lets other processes read while this one writes; NORMAL is then safe against corruption, and a commit need not wait
 * for the disk (https://sqlite.org/wal.html). `recursive_triggers` stays as it is: the user's triggers count on it.
 */
export function connectionPragmas({ file, durability = 'normal', busyTimeoutMs }: EngineOptions): readonly string[] {
  return [
    `PRAGMA busy_timeout = ${busyTimeoutMs ?? defaultBusyTimeoutMs}`,
    ...(file === undefined ? [] : ['PRAGMA journal_mode = WAL']),
    `PRAGMA synchronous = ${durability}`,
    'PRAGMA foreign_keys = ON',
  ];
}
