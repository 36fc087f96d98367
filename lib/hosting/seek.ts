/** Where the server of a name is found: with its holder, or here, where nobody holds it. */
import { filter, firstValueFrom } from 'rxjs';
import { OpenError } from '../model/errors.ts';
import { type Life, lifeBehind } from './life.ts';
import type { Claim, Named, Names } from './names.ts';
import { workerThreads } from './node-threads.ts';
import { pageNames } from './page-names.ts';
import type { ServerLink } from './server-link.ts';

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

/** Joins whoever holds the name. */
export async function seekHolder(name: string): Promise<Life> {
  const names = await namesHere();
  const reached = await names.reach(name);
  if (reached.kind === 'joined') return lifeBehind(reached.control, reached.over);
  throw new OpenError(`Nobody holds the name '${name}': no server was spawned with it, or it has ended`);
}

/** Those of a process are loaded where one is used: a page need not have them. */
async function namesHere(): Promise<Names> {
  return workerThreads() ? (await import('./process-names.ts')).processNames : pageNames;
}
