/** Names within one origin of a browser: the tabs that share one have one server, which outlives each of them. */
import type { Life } from './life.ts';
import { refuseAnother } from './named.ts';
import type { Named } from './names.ts';
import type { ServerLink } from './server-link.ts';
import { type Candidacy, TabMember } from './tab-member.ts';

/** What this page has of a name. */
interface Membership {
  readonly member: TabMember;
  named: Named;
  /** Those in this page who hold the server by its name. */
  holders: number;
}

const memberships = new Map<string, Membership>();

/**
 * Lets `link` have a part in the server of that name until it is closed: what is returned finds the server in its next life.
 * With a candidacy its page can lead.
 *
 * Errors  `OpenError` where the name stands for something else in this page, and where nobody can lead.
 */
export function joinTabs(name: string, link: ServerLink, candidacy?: Candidacy, named?: Named): () => Promise<Life> {
  const membership = memberships.get(name) ?? { member: new TabMember(name), named, holders: 0 };
  refuseAnother(name, membership.named, named);
  memberships.set(name, membership);
  membership.named ??= named;
  membership.holders++;
  membership.member.enter(candidacy);
  link.isEndAwaited.subscribe((isAwaited) => isAwaited && membership.member.hurry());
  link.state.subscribe((state) => {
    if (state !== 'closed' || --membership.holders > 0) return;
    memberships.delete(name);
    membership.member.leave();
  });
  return () => membership.member.life();
}
