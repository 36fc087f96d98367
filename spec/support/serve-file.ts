/** A user's worker file: its body is `serve`. */
import { workerData } from 'node:worker_threads';
import { betterSqlite3 } from '../../engines/better-sqlite3.ts';
import { serve } from '../../lib/index.ts';

serve(betterSqlite3({ file: workerData as string }));
