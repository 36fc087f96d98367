/** Runs a write that is to happen once, whatever becomes of the server: as one with the record of it. */
import { BusyError } from '../model/errors.ts';
import { Changes } from './changes.ts';
import type { Job } from './scope.ts';
import { busyAs } from './statement-failure.ts';
import type { Answer, StatementRequest } from './statement-work.ts';
import type { Access, Storage } from './storage.ts';
import type { WriteRecords } from './write-records.ts';

/** What cannot run in a transaction, or does no harm when it runs twice. Comments may come before it. */
const unrecorded = /^(?:[\s;]|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*(?:PRAGMA|VACUUM|ATTACH|DETACH|EXPLAIN)\b/i;

export interface RecordingHost {
  readonly storage: Storage;
  readonly records: WriteRecords;
}

/** Whether a request writes, and its client may send it again. */
export function isRemembered({ storage }: RecordingHost, { caller, request }: Job): boolean {
  if (caller.memory === undefined || storage.inTransaction) return false;
  if (request.kind !== 'select' && request.kind !== 'execute') return true;
  if (unrecorded.test(request.sql)) return false;
  const footprint = storage.footprintOf(request.sql);
  return footprint !== undefined && !footprint.readOnly && !footprint.controlsTransaction;
}

/** Runs a request of the database itself in a transaction of its own, with its record. What it changed is added to `access`. */
export function remembered(
  { storage, records }: RecordingHost,
  job: Job,
  access: Access,
  run: (access: Access) => Answer,
): Answer {
  const request = job.request as StatementRequest;
  const changes = new Changes();
  begin(storage, request);
  try {
    const answer = run({ changes, readOnly: access.readOnly });
    records.note(job, answer);
    storage.control('commit', 'params' in request ? request : undefined);
    access.changes.add(changes);
    return answer;
  } catch (error) {
    if (storage.inTransaction) {
      if (keepsPart(storage, request) && !changes.isEmpty) {
        records.note(job, undefined);
        storage.control('commit');
        access.changes.add(changes);
        throw error;
      }
      storage.control('rollback');
    }
    if (changes.everything) storage.forgetSchema();
    throw error;
  }
}

function begin(storage: Storage, request: StatementRequest): void {
  try {
    storage.control('begin');
  } catch (error) {
    throw error instanceof BusyError && 'params' in request ? busyAs(request, error) : error;
  }
}

/** Where the statement fails, what it wrote before is kept. https://sqlite.org/lang_conflict.html */
function keepsPart(storage: Storage, request: StatementRequest): boolean {
  return 'params' in request && storage.footprintOf(request.sql)?.traits.mayKeepPart === true;
}
