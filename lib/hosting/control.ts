/** The words between those who hold a server and the thread that runs it. */

import type { ErrorRecord } from '../wire/error-record.ts';

/** To the thread that runs the server. */
export type ControlRequest =
  | { readonly kind: 'connect'; readonly port: MessagePort; readonly closesServer: boolean }
  | { readonly kind: 'control'; readonly port: MessagePort } // one more holder
  | { readonly kind: 'inspect'; readonly port: MessagePort } // the report goes there
  | { readonly kind: 'shutdown' };

/** From it. `'held'` comes first, `'down'` after the database was closed; nothing comes after that, nor after `'lost'`. */
export type ControlReply =
  | { readonly kind: 'held'; readonly lock: string | undefined } // in a browser, one that the thread holds until its end
  | { readonly kind: 'open'; readonly isTemporary: boolean }
  | { readonly kind: 'lost'; readonly error: ErrorRecord } // the database was taken away while it was open
  | { readonly kind: 'retired'; readonly error: ErrorRecord } // it ends for the sake of newer code
  | { readonly kind: 'down' };

/** What a worker of a browser says once its `serve` listens: what is posted to it before may be dropped. */
export interface Readiness {
  readonly sluice: 'ready';
  /** How many migrations it knows, where it knows any. */
  readonly migrations?: number | undefined;
}

/** The first message to a worker: where its server is to be held from. */
export interface Handover {
  readonly sluice: 'control';
  readonly port: MessagePort;
}

export function isHandover(message: unknown): message is Handover {
  return isOurs(message, 'control');
}

export function isReadiness(message: unknown): message is Readiness {
  return isOurs(message, 'ready');
}

/** Whether a message to or from a worker is the library's, and that one. */
export function isOurs(message: unknown, word: string): boolean {
  return typeof message === 'object' && message !== null && 'sluice' in message && message.sluice === word;
}
