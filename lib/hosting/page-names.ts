/** Names within one page, or one worker, of a browser. */

import { refuseAnother } from './named.ts';
import type { Candidate, Names } from './names.ts';

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
