/** Tells of a file that cannot be opened which one it is, and what is wrong with it where that can be seen. */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { SQLITE } from '../lib/model/result-codes.ts';
import { EngineError } from './engine.ts';

/** Errors  those of `open`, and of a file {@link EngineError} that names it; `file` is undefined for a database in memory. */
export function namingFile<T>(file: string | undefined, open: () => T): T {
  try {
    return open();
  } catch (cause) {
    if (file === undefined || !(cause instanceof EngineError)) throw cause;
    throw new EngineError(cause.code, `${cause.message}: ${file}${faultOf(file, cause.code)}`, { cause });
  }
}

function faultOf(file: string, code: number): string {
  switch (code & 0xff) {
    case SQLITE.READONLY:
      return ' or its folder is read-only';
    case SQLITE.CANTOPEN:
      if (kindOf(file) === 'directory') return ' is a directory';
      return kindOf(dirname(file)) === 'nothing' ? ' is in a directory that is not there' : '';
    default:
      return '';
  }
}

/** Undefined where that may not be seen. */
function kindOf(path: string): 'nothing' | 'directory' | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return 'nothing';
    return found.isDirectory() ? 'directory' : undefined;
  } catch {
    return undefined;
  }
}
