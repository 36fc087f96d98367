/** Where the server of a name is found: with its holder, or here, where nobody holds it. */
import { filter, firstValueFrom } from 'rxjs';
import { OpenError } from '../model/errors.ts';
import { type Life, lifeBehind } from './life.ts';
import type { Claim, Named, Names } from './names.ts';
import { workerThreads } from './node-threads.ts';
import type { ServerLink } from './server-link.ts';
import type { Candidacy } from './tab-member.ts';

/** Joins whoever holds the name, or claims it and starts the server. While the name is held, the next life is a new start. */
export function seekOrClaim(name: string, named: Named, link: ServerLink, start: () => Life): () => Promise<Life> {
  let claim: Claim | undefined;
  link.state.subscribe((state) => {
    if (state === 'closed') claim?.release();
  });
  return async () => {
    if (claim === undefined) {
      const names = await namesHere();
      const over = () =>
        firstValueFrom(link.state.pipe(filter((state) => state === 'restarting' || state === 'closed')));
      const reached = await names.reach(name, { named, admit: (port) => link.admit(port), over });
      if (reached.kind === 'joined') return lifeBehind(reached.control, reached.over);
      if (reached.kind === 'claimed') claim = reached.claim;
    }
    return start();
  };
}

/**
 * Joins the tabs that share the name; with a candidacy, this page leads when it is its turn. What they need is loaded where
 * there is a name.
 */
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

/** Joins whoever holds the name. */
export async function seekHolder(name: string): Promise<Life> {
  const names = await namesHere();
  const reached = await names.reach(name);
  if (reached.kind === 'joined') return lifeBehind(reached.control, reached.over);
  throw new OpenError(`Nobody holds the name '${name}': no server was spawned with it, or it has ended`);
}

/** They are loaded where one is used: a page need not have those of a process, and hardly ever its own. */
async function namesHere(): Promise<Names> {
  if (workerThreads()) return (await import('./process-names.ts')).processNames;
  return (await import('./page-names.ts')).pageNames;
}
