/** Writes that go on whatever becomes of the server, and what is known of each. */
import { lastValueFrom } from 'rxjs';
import type { Database } from '../../../lib/index.ts';

export interface Writing {
  /** The numbers of the acknowledged writes, and when each was, in milliseconds of the clock. */
  readonly acknowledged: { readonly n: number; readonly at: number }[];
  readonly failures: string[];
  /** Resolves once nothing is under way any more. */
  stop(): Promise<void>;
}

/** Inserts numbers from `first` on into the table `log`, so many at a time. */
export function keepWriting(db: Database, first: number, atOnce: number): Writing {
  const acknowledged: { n: number; at: number }[] = [];
  const failures: string[] = [];
  let next = first;
  let isStopped = false;
  const lane = async (): Promise<void> => {
    while (!isStopped) {
      const n = next++;
      try {
        await lastValueFrom(db.execute('INSERT INTO log (n) VALUES (?)', [n]));
        acknowledged.push({ n, at: Date.now() });
      } catch (error) {
        failures.push(`${n}: ${error}`);
      }
    }
  };
  const lanes = Array.from({ length: atOnce }, lane);
  return {
    acknowledged,
    failures,
    async stop() {
      isStopped = true;
      await Promise.all(lanes);
    },
  };
}
