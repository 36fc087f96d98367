/** In the worker that serves the tabs of an origin: lets their pages join, and notices when they are gone. */
import { MigrationError, ProtocolError, type SluiceError } from '../model/errors.ts';
import { recordOf } from '../wire/error-record.ts';
import { isHeld } from './locks.ts';
import {
  type Appointment,
  type CodeVersion,
  callsOf,
  pageOf,
  type SeatCall,
  seatOf,
  serviceOf,
  type TabCall,
} from './tab-words.ts';
import { Tunnel } from './tunnel.ts';

/** What joins. */
export interface Served {
  /** Takes orders from one more holder. */
  hold(port: MessagePort): Promise<void>;
  /** Opens the database, though nobody has asked for anything. */
  open(): Promise<void>;
  /** Ends it for the sake of newer code, which its clients are told. */
  retire(reason: SluiceError): Promise<void>;
}

/**
 * Serves the pages of other tabs, each over a channel of its own: the page that started this worker may be busy. Whoever is
 * granted the worker's lock knows that it is no more.
 */
export function hostTabs({ name, epoch, isSuccessor }: Appointment, code: CodeVersion, served: Served): void {
  const calls = new BroadcastChannel(callsOf(name));
  const say = (call: TabCall): void => calls.postMessage(call);
  let isRetiring = false;
  if (isSuccessor) void served.open();
  void navigator.locks.request(serviceOf(name, epoch), async () => {
    // Where the data of the site were cleared, what was open before shares no locks with what is made afterwards.
    if (!(await isHeld(pageOf(name, epoch)))) {
      say({ kind: 'apart', epoch });
      return;
    }
    calls.addEventListener('message', ({ data }: MessageEvent<TabCall>) => {
      if (isRetiring) return;
      if (data.kind === 'who') say({ kind: 'leads', epoch });
      else if (data.kind === 'ask') say({ kind: 'alive' });
      else if (data.kind === 'join' && data.epoch === epoch) join(data.seat, data.code);
    });
    say({ kind: 'leads', epoch });
    await new Promise(() => {});
  });

  function join(seat: string, theirs: CodeVersion): void {
    const channel = new BroadcastChannel(seatOf(name, epoch, seat));
    const answer = (call: SeatCall): void => channel.postMessage(call);
    const age = ageOf(theirs, code);
    if (age === 'older') {
      answer({ kind: 'refused', error: recordOf(olderCode(theirs, code)) });
      channel.close();
    } else if (age === 'newer') {
      answer({ kind: 'retiring' });
      isRetiring = true;
      void served.retire(olderCode(code, theirs)).finally(() => channel.close());
    } else {
      const tunnel = new Tunnel(channel, { other: () => tunnel.close() });
      void served.hold(tunnel.first);
      // The page is gone, in whatever way, or has left.
      void navigator.locks.request(seatOf(name, epoch, seat), { mode: 'shared' }, () => tunnel.close());
      answer({ kind: 'joined' });
    }
  }
}

/** Whether code is older or newer than other code. */
function ageOf(theirs: CodeVersion, ours: CodeVersion): 'older' | 'same' | 'newer' {
  const protocols = theirs.protocol - ours.protocol;
  if (protocols !== 0) return protocols < 0 ? 'older' : 'newer';
  const migrations = (theirs.migrations ?? 0) - (ours.migrations ?? 0);
  if (migrations === 0 || theirs.migrations === undefined || ours.migrations === undefined) return 'same';
  return migrations < 0 ? 'older' : 'newer';
}

/** What is told to those whose code is older. */
function olderCode(old: CodeVersion, recent: CodeVersion): SluiceError {
  if (old.protocol !== recent.protocol) {
    return new ProtocolError(
      `Another tab runs a newer release, of version ${recent.protocol} of the protocol, and this one is of version ${old.protocol}: load the page again`,
    );
  }
  const [fileVersion, codeVersion] = [recent.migrations ?? 0, old.migrations ?? 0];
  const reason = `Another tab runs newer code, which knows ${fileVersion} migrations, and this one knows ${codeVersion}: load the page again`;
  return new MigrationError(reason, { fileVersion, codeVersion });
}
