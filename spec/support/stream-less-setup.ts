/** A module whose `setup` fails for each connection of a thread but the first: for those that streams have of their own. */
import type { SetupDatabase } from '../../lib/index.ts';

let connections = 0;

export function setup(db: SetupDatabase): void {
  if (++connections > 1) db.exec('no SQL');
}
