/** What tabs of one origin say to each other about a name, and by which locks and channels. */
import type { ErrorRecord } from '../wire/error-record.ts';
import { isOurs } from './control.ts';

/** Which code a tab runs: tabs whose codes differ share no server. */
export interface CodeVersion {
  readonly protocol: number;
  /** How many migrations it knows; none where it leaves the schema alone, or has no worker that could tell. */
  readonly migrations: number | undefined;
}

/**
 * On the channel of a name, which every tab of it hears. An `epoch` is that of one worker: a later one sorts behind it. All
 * releases understand these, so that they can refuse each other.
 */
export type TabCall =
  | { readonly kind: 'who' }
  | { readonly kind: 'leads'; readonly epoch: string } // a worker serves
  | { readonly kind: 'apart'; readonly epoch: string } // it cannot: it shares no locks with its page
  | { readonly kind: 'join'; readonly epoch: string; readonly seat: string; readonly code: CodeVersion }
  | { readonly kind: 'ask' } // for a sign of life of whoever leads
  | { readonly kind: 'alive' };

/** On the channel of one seat, beside what goes through its tunnel. */
export type SeatCall =
  | { readonly kind: 'joined' }
  | { readonly kind: 'refused'; readonly error: ErrorRecord } // its code is older than the leader's
  | { readonly kind: 'retiring' } // the leader's code is older, and makes room
  | { readonly kind: 'left' }; // from the page

/** To the worker of the page that leads, before anything else. */
export interface Appointment {
  readonly sluice: 'lead';
  readonly name: string;
  readonly epoch: string;
  /** Another has served before: the database is opened at once. */
  readonly isSuccessor: boolean;
}

/** To the worker of the page that is next in line: it loads what can be loaded ahead. */
export interface Warning {
  readonly sluice: 'next';
}

export function isAppointment(message: unknown): message is Appointment {
  return isOurs(message, 'lead');
}

export function isWarning(message: unknown): message is Warning {
  return isOurs(message, 'next');
}

export function callsOf(name: string): string {
  return `sluice ${name}`;
}

/** A lock held by the page that leads. Safari may keep a worker's when its page is loaded again, WebKit bug 316904. */
export function leadOf(name: string): string {
  return `sluice ${name} lead`;
}

/** A lock shared by the pages that would lead, also while they have no worker that is ready. */
export function candidatesOf(name: string): string {
  return `sluice ${name} candidates`;
}

/** A lock held by the worker that serves: whoever is granted it knows that the worker is no more. */
export function serviceOf(name: string, epoch: string): string {
  return `sluice ${name} ${epoch}`;
}

/** A lock held by the page whose worker is to serve. */
export function pageOf(name: string, epoch: string): string {
  return `sluice ${name} ${epoch} page`;
}

/** The channel between a worker and one page that joined, and a lock that this page holds for as long as it is there. */
export function seatOf(name: string, epoch: string, seat: string): string {
  return `sluice ${name} ${epoch} ${seat}`;
}
