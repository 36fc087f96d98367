/** How a thread of this Node process asks the holder of a name for a part in its server, and how that one replies. */
import { OpenError } from '../model/errors.ts';
import type { ControlReply } from './control.ts';
import type { Candidate, Named } from './names.ts';

const { inspect, isDeepStrictEqual } = process.getBuiltinModule('node:util');
const { threadId, postMessageToThread } = process.getBuiltinModule('node:worker_threads');

/** How long the thread of a holder may be too busy to reply. */
const replyWithinMs = 10_000;

/** To the thread that claimed a name, as this generation of it: `port` wants a part in its server. */
export interface Join {
  readonly sluice: 'join';
  readonly name: string;
  readonly generation: number;
  readonly named: Named;
  readonly port: MessagePort;
}

/** The replies over its port. Those of the server follow `'admitted'`. */
type JoinReply = { readonly kind: 'admitted' } | { readonly kind: 'refused'; readonly reason: string } | ControlReply;

/** Admits whoever asks, or refuses where the name stands for something else. */
export function reply({ name, named, port }: Join, holder: Candidate): void {
  const say = (message: JoinReply): void => port.postMessage(message);
  if (named && holder.named && !isDeepStrictEqual(named, holder.named)) {
    const [held, wanted] = [holder.named, named].map((one) => inspect(one, { depth: null, breakLength: Infinity }));
    say({ kind: 'refused', reason: `The name '${name}' is held for ${held}, and was asked for ${wanted}` });
    port.close();
  } else {
    say({ kind: 'admitted' });
    holder.admit(port);
  }
}

/**
 * Asks a thread for a part in its server. Gives the port to order it by; `'ended'` where the server ended before it
 * replied; `'silent'` where the thread does not hold the name, or is no more.
 *
 * Errors  `OpenError` where it refuses, and where it does not reply in time.
 */
export function ask(
  thread: number,
  question: Omit<Join, 'sluice' | 'port'>,
): Promise<MessagePort | 'ended' | 'silent'> {
  const { port1, port2 } = new MessageChannel();
  const asking = new AbortController();
  return new Promise<MessagePort | 'ended' | 'silent'>((resolve, reject) => {
    let isAdmitted = false;
    const hear = ({ data }: MessageEvent<JoinReply>): void => {
      if (data.kind === 'refused') reject(new OpenError(data.reason));
      else if (data.kind === 'admitted') isAdmitted = true;
      else resolve(port2);
    };
    // A thread that has ended drops its messages, and so closes their ports; it may be that nothing else tells.
    const closed = (): void => resolve(isAdmitted ? 'ended' : 'silent');
    port2.addEventListener('message', hear as (event: Event) => void, { signal: asking.signal });
    port2.addEventListener('close', closed, { signal: asking.signal });
    port2.start();
    post(thread, { sluice: 'join', ...question, port: port1 }).then(() => isAdmitted || resolve('silent'), reject);
  })
    .finally(() => asking.abort())
    .then((answer) => {
      if (answer !== port2) port2.close();
      return answer;
    });
}

/** Posts to a thread of this process, also to the present one. Resolves once any reply has been heard. */
async function post(thread: number, message: Join): Promise<void> {
  try {
    if (thread === threadId) process.emit('workerMessage', message, threadId);
    else await postMessageToThread(thread, message, [message.port as never], replyWithinMs);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_WORKER_MESSAGING_TIMEOUT') {
      const reason = `the thread that holds it did not reply within ${replyWithinMs} ms`;
      throw new OpenError(`The name '${message.name}' could not be joined: ${reason}`, { cause: error });
    }
    // Nobody listens there; or a listener of the application has thrown, after ours.
    const isOfListeners = code === 'ERR_WORKER_MESSAGING_FAILED' || code === 'ERR_WORKER_MESSAGING_ERRORED';
    if (!isOfListeners && thread !== threadId) throw error;
  }
  // The reply was posted before; the loop comes by the port in between.
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
}
