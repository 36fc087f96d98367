/** Where the server of a name is found. What that takes is loaded where there is a name. */
import type { Life } from './life.ts';
import type { Named } from './names.ts';
import { workerThreads } from './node-threads.ts';
import type { Start } from './seek-names.ts';
import type { ServerLink } from './server-link.ts';
import type { Candidacy } from './tab-member.ts';

/** Joins whoever holds the name within this process or page; with a start, claims it where nobody does, and starts the server. */
export function seekHere(name: string, link: ServerLink, start?: Start): () => Promise<Life> {
  let seek: Promise<() => Promise<Life>> | undefined;
  return async () => {
    seek ??= import('./seek-names.ts').then(({ seekOrClaim, seekHolder }) =>
      start ? seekOrClaim(name, link, start) : () => seekHolder(name),
    );
    return (await seek)();
  };
}

/** Joins the tabs that share the name; with a candidacy, this page leads when it is its turn. */
export function seekAmongTabs(
  name: string,
  link: ServerLink,
  candidacy?: Candidacy,
  named?: Named,
): () => Promise<Life> {
  let joined: Promise<() => Promise<Life>> | undefined;
  return async () => {
    loading ??= import('./tab-names.ts').catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    joined ??= loading.then(({ joinTabs }) => joinTabs(name, link, candidacy, named));
    return (await joined)();
  };
}

/** Loaded once: whoever comes first joins first. */
let loading: Promise<typeof import('./tab-names.ts')> | undefined;

/** Whether names are shared by the tabs of an origin here. Without locks, as on insecure sites, they hold within a page. */
export function areNamesOfTabs(): boolean {
  const { navigator, BroadcastChannel } = globalThis;
  return workerThreads() === undefined && navigator?.locks !== undefined && BroadcastChannel !== undefined;
}
