/** Names within one Node process: claimed by files, and joined by messages from thread to thread. */
import { OpenError, SluiceError } from '../model/errors.ts';
import { change, lastChange } from './claim-files.ts';
import { ask, type Join, reply } from './joining.ts';
import type { Candidate, Claim, Names, Reached } from './names.ts';

const { isMainThread, threadId } = process.getBuiltinModule('node:worker_threads');

const lookAgainAfterMs = 10;

/**
 * Only its own thread can say that it holds a name: a file outlives a thread that is terminated, and even its process,
 * whose id another may have by then. So every holder is asked.
 */
export const processNames: Names = {
  async reach(name, candidate) {
    try {
      return await reach(name, candidate);
    } catch (cause) {
      if (cause instanceof SluiceError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new OpenError(`The name '${name}' could not be looked up: ${reason}`, { cause });
    }
  },
};

async function reach(name: string, candidate: Candidate | undefined): Promise<Reached> {
  let doubted: number | undefined;
  for (;;) {
    const { generation, holder } = lastChange(name);
    if (holder !== undefined) {
      const answer = await ask(holder, { name, generation, named: candidate?.named });
      if (typeof answer === 'object') return { kind: 'joined', control: answer };
      // Twice, since a thread inside another one may be known to all a little later than its files are.
      if (answer === 'ended' || generation !== doubted) {
        if (answer === 'silent') doubted = generation;
        await new Promise((resolve) => setTimeout(resolve, lookAgainAfterMs));
        continue;
      }
    }
    if (candidate === undefined) return { kind: 'unheld' };
    const claim = claimed(name, generation + 1, candidate);
    if (claim) return { kind: 'claimed', claim };
  }
}

/** Claims a name for this thread, unless another was faster. */
function claimed(name: string, generation: number, candidate: Candidate): Claim | undefined {
  const hear = (message: Join): void => {
    if (message?.sluice !== 'join' || message.name !== name || message.generation !== generation) return;
    reply(message, candidate);
  };
  const fallSilent = (): void => {
    process.off('workerMessage', hear).off('exit', release);
    allowListeners(-1);
  };
  const release = (): void => {
    fallSilent();
    change(name, { generation: generation + 1, holder: undefined });
  };
  // It hears before it can be asked, and before other listeners, which may throw.
  allowListeners(+1);
  process.prependListener('workerMessage', hear);
  // The main thread ends with the process, and all claims with it.
  if (!isMainThread) process.on('exit', release);
  if (change(name, { generation, holder: threadId })) return { release };
  fallSilent();
  return undefined;
}

/** Many names in one thread are no leak, of which Node would warn. */
function allowListeners(more: number): void {
  const most = process.getMaxListeners();
  if (most > 0) process.setMaxListeners(most + more);
}
