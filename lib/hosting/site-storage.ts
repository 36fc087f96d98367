/** What the browser grants this site: how much it may keep, and whether that lasts. */
import { defer, distinctUntilChanged, exhaustMap, type Observable, timer } from 'rxjs';
import { StorageUnavailableError } from '../model/errors.ts';

/** `isPersisted`: the browser does not clear it away to make room for others. */
export interface StorageUse {
  readonly usedBytes: number;
  readonly quotaBytes: number;
  readonly isPersisted: boolean;
}

/**
 * Emits what this site uses of its quota: now, and when it was looked at again and had changed.
 *
 * Units   `everyMs` in milliseconds, 5,000 by default. A browser may round the figures, or see them late.
 * Errors  `StorageUnavailableError` where sites keep nothing.
 * Source  https://storage.spec.whatwg.org/#dom-storagemanager-estimate
 */
export function storageUse({ everyMs = 5000 }: { readonly everyMs?: number } = {}): Observable<StorageUse> {
  return timer(0, everyMs).pipe(exhaustMap(readUse), distinctUntilChanged(areEqual));
}

/**
 * Asks the browser to keep what this site has also when room is short: emits whether it will. Some browsers ask the user, so
 * ask when the user has made something worth keeping. In a page only.
 *
 * Errors  `StorageUnavailableError` where it cannot be asked.
 * Source  https://storage.spec.whatwg.org/#dom-storagemanager-persist
 */
export function persistStorage(): Observable<boolean> {
  return defer(async () => {
    const { storage } = globalThis.navigator ?? {};
    if (storage?.persist === undefined) throw new StorageUnavailableError('Only a page can ask for storage that lasts');
    return storage.persist();
  });
}

async function readUse(): Promise<StorageUse> {
  const { storage } = globalThis.navigator ?? {};
  if (storage?.estimate === undefined) throw new StorageUnavailableError('A site keeps nothing here');
  const [{ usage = 0, quota = 0 }, isPersisted] = await Promise.all([storage.estimate(), storage.persisted()]);
  return { usedBytes: usage, quotaBytes: quota, isPersisted };
}

function areEqual(one: StorageUse, other: StorageUse): boolean {
  return (
    one.usedBytes === other.usedBytes && one.quotaBytes === other.quotaBytes && one.isPersisted === other.isPersisted
  );
}
