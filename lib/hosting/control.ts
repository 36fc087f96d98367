/** The words between those who hold a server and the thread that runs it. */

/** To the thread that runs the server. */
export type ControlRequest =
  | { readonly kind: 'connect'; readonly port: MessagePort; readonly closesServer: boolean }
  | { readonly kind: 'control'; readonly port: MessagePort } // one more holder
  | { readonly kind: 'inspect'; readonly port: MessagePort } // the report goes there
  | { readonly kind: 'shutdown' };

/** From it. `'held'` comes first, `'down'` after the database was closed; nothing comes after that. */
export type ControlReply = { readonly kind: 'held' } | { readonly kind: 'open' } | { readonly kind: 'down' };

/** The first message to a worker: where its server is to be held from. */
export interface Handover {
  readonly sluice: 'control';
  readonly port: MessagePort;
}

export function isHandover(message: unknown): message is Handover {
  return typeof message === 'object' && message !== null && 'sluice' in message && message.sluice === 'control';
}
