/** Threads that run a piece of code with sluice at hand, and tell what comes of it. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const lib = new URL('../../lib/index.ts', import.meta.url).href;
const engine = new URL('../../engines/better-sqlite3.ts', import.meta.url).href;

/** What the code may use beside this: `data`, and `tell(value)`, which this thread waits for. */
const prelude = `
  const { workerData: data, parentPort, threadId, Worker } = require('node:worker_threads');
  const { concatMap, firstValueFrom: first, lastValueFrom, NEVER } = require('rxjs');
  const done = (source) => lastValueFrom(source, { defaultValue: undefined });
  const tell = (value) => parentPort.postMessage(value);
  const stay = () => parentPort.on('message', () => {});
  const [{ spawn, attach }, { betterSqlite3 }] = await Promise.all([import('${lib}'), import('${engine}')]);
`;

/** The text of a thread that runs `code`, which may wait. */
export function textOfThread(code: string): string {
  return `(async () => { ${prelude} ${code} })();`;
}

/** Starts a thread. */
export function startThread(code: string, data?: unknown): Worker {
  return new Worker(textOfThread(code), { eval: true, workerData: data });
}

/** Starts a thread, and waits for the first thing that it tells. */
export async function toldBy<T>(code: string, data?: unknown): Promise<{ worker: Worker; told: T }> {
  const worker = startThread(code, data);
  const [told] = (await once(worker, 'message')) as [T];
  return { worker, told };
}
