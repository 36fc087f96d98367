/** What happens on the server, for logging and tracing. */
import type { LiveQuery } from './live/live-query.ts';

/** Told where the server runs, in the order in which it happens. Times are in milliseconds. */
export type ServerEvent =
  | {
      readonly kind: 'operation';
      /** What was asked: `'select'`, `'execute'`, `'begin'`, `'commit'`, … */
      readonly request: string;
      readonly sql: string | undefined;
      readonly client: number;
      readonly waitedMs: number;
      readonly tookMs: number;
      /** What it threw, if it failed. */
      readonly failure: unknown;
    }
  | {
      readonly kind: 'live-run';
      readonly sql: string;
      readonly rows: number;
      /** The tables whose change was the reason; empty for the first run. */
      readonly reason: readonly string[];
      readonly tookMs: number;
      readonly runs: number;
      /** How many of the runs gave an equal result. */
      readonly wastedRuns: number;
      readonly totalMs: number;
    }
  | { readonly kind: 'commit'; readonly version: number; readonly tables: readonly string[] };

export function liveRun({ statement, result, causes, tookMs, counters }: LiveQuery): ServerEvent {
  return {
    kind: 'live-run',
    sql: statement.sql,
    rows: result?.rows.length ?? 0,
    reason: [...causes],
    tookMs,
    ...counters,
  };
}
