/** Says that the database is about to be closed. */
export function beforeShutdown(): void {
  const channel = new BroadcastChannel('before shutdown');
  channel.postMessage('closing');
  channel.close();
}
