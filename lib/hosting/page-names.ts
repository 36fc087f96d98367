/** Names within one page, or one worker, of a browser. */
import { OpenError } from '../model/errors.ts';
import type { Candidate, Named, Names } from './names.ts';

const holders = new Map<string, Candidate>();

export const pageNames: Names = {
  async reach(name, candidate) {
    const holder = holders.get(name);
    if (holder) {
      refuseAnother(name, holder.named, candidate?.named);
      const { port1, port2 } = new MessageChannel();
      holder.admit(port1);
      return { kind: 'joined', control: port2, over: holder.over() };
    }
    if (candidate === undefined) return { kind: 'unheld' };
    holders.set(name, candidate);
    return { kind: 'claimed', claim: { release: () => void holders.delete(name) } };
  },
};

/** Specs are plain data; a worker that a function makes cannot be compared. */
function refuseAnother(name: string, held: Named, wanted: Named): void {
  if (!held || !wanted) return;
  const [is, was] = [wanted, held].map((one) => JSON.stringify(one));
  if (is !== was) throw new OpenError(`The name '${name}' is held for ${was}, and was asked for ${is}`);
}
