/** A thread that reaches a server by a port, and inserts one row. */
import { workerData } from 'node:worker_threads';
import { lastValueFrom } from 'rxjs';
import { attach } from '../../lib/index.ts';

const { port, title } = workerData as { port: MessagePort; title: string };
const db = attach(port).connect();
await lastValueFrom(db.execute('INSERT INTO todo (title) VALUES (?)', [title]));
