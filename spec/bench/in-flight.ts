/** Keeps a number of requests in flight. */
import type { Observable } from 'rxjs';

/** Subscribes to `total` requests, `limit` at a time, without the cost of an operator that keeps track of them. */
export function keepInFlight(
  limit: number,
  total: number,
  request: (n: number) => Observable<unknown>,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let next = 0;
    let done = 0;
    const start = (): void => {
      if (next < total) request(next++).subscribe({ error: reject, complete });
    };
    const complete = (): void => {
      if (++done === total) resolve(total);
      else start();
    };
    for (let i = 0; i < limit; i++) start();
  });
}
