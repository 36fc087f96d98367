/** A worker that gives back what it is told, and does nothing else. */
import { parentPort } from 'node:worker_threads';

parentPort!.on('message', (message) => parentPort!.postMessage(message));
