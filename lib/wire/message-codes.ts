/** What stands first in a message that crosses as items; all others cross as they are. */

export const requestCode = { select: 0, execute: 1, batch: 2, load: 3, watch: 4, stream: 5, credit: 6 } as const;

export const replyCode = { rows: 0, done: 1, part: 2, live: 3, livePart: 4 } as const;
