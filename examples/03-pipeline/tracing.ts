/** An interceptor: a Database, or a transaction of it, that tells of every request, and is otherwise what it wraps. */
import { defer, type MonoTypeOperatorFunction, type Observable, tap } from 'rxjs';
import type { Scope, Transaction } from 'sluice';

/** A request that is over. From here its time includes the way to the server and back, and the wait in the queue. */
export interface Trace {
  readonly method: string;
  readonly ms: number;
  readonly outcome: 'completed' | 'failed' | 'unsubscribed';
}

type Tell = (trace: Trace) => void;

/** What is timed; all else, such as `watch`, passes as it is. */
const requests: ReadonlySet<PropertyKey> = new Set<keyof Scope>(['select', 'execute', 'executeScript', 'batch']);

/** Wraps `scope`, and each transaction that is opened by it. To change what is asked, change `args` here. */
export function traced<S extends Scope>(scope: S, tell: Tell): S {
  return new Proxy(scope, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name === 'transaction') return transactionOf(target, tell);
      if (!requests.has(name)) return member.bind(target);
      return (...args: unknown[]) =>
        (member.apply(target, args) as Observable<unknown>).pipe(timed(String(name), tell));
    },
  });
}

function transactionOf(scope: Scope, tell: Tell): Scope['transaction'] {
  return (work, options) =>
    scope.transaction((tx: Transaction) => work(traced(tx, tell)), options).pipe(timed('transaction', tell));
}

/** Tells how long each subscription took, and how it ended. Requests are cold: none is on its way before. */
function timed<T>(method: string, tell: Tell): MonoTypeOperatorFunction<T> {
  return (source) =>
    defer(() => {
      const startedAt = performance.now();
      const end = (outcome: Trace['outcome']) => () => tell({ method, ms: performance.now() - startedAt, outcome });
      return source.pipe(tap({ complete: end('completed'), error: end('failed'), unsubscribe: end('unsubscribed') }));
    });
}
