/** What is made of the alarms: each is told of when it begins, and noted in the file when it is over. */
import { concatMap, filter, mergeMap, type Observable } from 'rxjs';
import type { Database } from 'sluice';
import { type Alarm, alarms } from './queries.ts';
import type { procedures } from './server-module.ts';

/** Emits each alarm as it begins. */
export function raisedAlarms(db: Database): Observable<Alarm> {
  return db.watchChanges(alarms, { key: 'sensor' }).pipe(mergeMap(({ inserted }) => inserted));
}

/** Takes note of each alarm that is over, and emits what was noted. */
export function noteAlarms(db: Database<typeof procedures>): Observable<Alarm> {
  return db.watchChanges(alarms, { key: 'sensor' }).pipe(
    mergeMap(({ inserted, updated }) => [...inserted, ...updated.map((update) => update.new)]),
    filter(({ isOver }) => isOver === 1),
    concatMap(({ sensor }) => db.call('takeNote', sensor)),
  );
}
