/** Asks a server what it is doing. */
import { Observable } from 'rxjs';
import { ConnectionClosedError } from '../model/errors.ts';
import type { ServerReport } from '../server/server-report.ts';

/** Hands a port over by `order`, for one report to come back by; `over` emits if none can come any more. */
export function inspect(order: (port: MessagePort) => void, over: Observable<unknown>): Observable<ServerReport> {
  return new Observable((subscriber) => {
    const { port1, port2 } = new MessageChannel();
    port2.addEventListener('message', ({ data }: MessageEvent<ServerReport>) => {
      subscriber.next(data);
      subscriber.complete();
    });
    const fail = (): void => subscriber.error(new ConnectionClosedError('The server is gone'));
    port2.addEventListener('close', fail);
    // Browsers do not tell one end of a port that the other is gone.
    const ending = over.subscribe(fail);
    port2.start();
    order(port1);
    return () => {
      ending.unsubscribe();
      port2.close();
    };
  });
}
