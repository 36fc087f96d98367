/** Finds the server of a name within this process, or this page: with its holder, or here, where nobody holds it. */
import { filter, firstValueFrom } from 'rxjs';
import { OpenError } from '../model/errors.ts';
import { type Life, lifeBehind } from './life.ts';
import type { Claim, Named, Names } from './names.ts';
import { workerThreads } from './node-threads.ts';
import { pageNames } from './page-names.ts';
import type { ServerLink } from './server-link.ts';

/** How the server of a name is started, where nobody holds it. */
export interface Start {
  readonly named: Named;
  life(): Life;
}

/** Joins whoever holds the name, or claims it and starts the server. While the name is held, the next life is a new start. */
export function seekOrClaim(name: string, link: ServerLink, { named, life }: Start): () => Promise<Life> {
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
    return life();
  };
}

/** Joins whoever holds the name. */
export async function seekHolder(name: string): Promise<Life> {
  const names = await namesHere();
  const reached = await names.reach(name);
  if (reached.kind === 'joined') return lifeBehind(reached.control, reached.over);
  throw new OpenError(`Nobody holds the name '${name}': no server was spawned with it, or it has ended`);
}

/** A page cannot load those of a process. */
async function namesHere(): Promise<Names> {
  return workerThreads() ? (await import('./process-names.ts')).processNames : pageNames;
}
