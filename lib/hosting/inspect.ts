/** Asks a server what it is doing. */
import { Observable } from 'rxjs';
import { ConnectionClosedError } from '../model/errors.ts';
import type { ServerReport } from '../server/server-report.ts';

/** Hands a port over by `order`, for one report to come back by. */
export function inspect(order: (port: MessagePort) => void): Observable<ServerReport> {
  return new Observable((subscriber) => {
    const { port1, port2 } = new MessageChannel();
    port2.addEventListener('message', ({ data }: MessageEvent<ServerReport>) => {
      subscriber.next(data);
      subscriber.complete();
    });
    port2.addEventListener('close', () => subscriber.error(new ConnectionClosedError('The server is gone')));
    port2.start();
    order(port1);
    return () => port2.close();
  });
}
