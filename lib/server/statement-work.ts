/** The requests that come to statements, each with one reply: what they run, and as one where they are several. */
import { SluiceError } from '../model/errors.ts';
import type { BatchStep, QueuedRequest, Reply } from '../wire/messages.ts';
import { Changes } from './changes.ts';
import type { Written } from './execute-many.ts';
import { refuseToWait } from './migrations.ts';
import type { PartTaker } from './rows-in-parts.ts';
import type { Access, Storage } from './storage.ts';
import { type Procedures, SyncDatabase } from './sync-database.ts';

/** What statements need of the server. */
export interface WorkHost {
  readonly storage: Storage;
  readonly procedures: Procedures;
}

export type StatementRequest = Extract<QueuedRequest, { kind: 'select' | 'execute' | 'script' | 'batch' | 'call' }>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A reply whose version is not known before what was written is committed. */
export type Answer = Mutable<Extract<Reply, { kind: 'rows' | 'done' }>> | Extract<Reply, { kind: 'value' }>;

/**
 * Runs a request, and gives its reply, without its version. What it changed is added to `access`, also where it fails. Where
 * the rows of a select are many, all parts but the last are taken while they are read.
 */
export function answerTo(host: WorkHost, request: StatementRequest, access: Access, take: PartTaker): Answer {
  const { storage } = host;
  const { id } = request;
  switch (request.kind) {
    case 'select': {
      const { columns, rows, before } = storage.selectInParts(request, access, take);
      return { kind: 'rows', id, columns, rows, before, version: 0 };
    }
    case 'execute':
      return { kind: 'done', id, ...storage.execute(request, access), version: 0 };
    case 'script':
    case 'batch':
      return { kind: 'done', id, ...atomic(storage, access, (inner) => runSteps(storage, request, inner)), version: 0 };
    case 'call':
      return { kind: 'value', id, value: atomic(storage, access, (inner) => runProcedure(host, request, inner)) };
  }
}

/** The reply as it is sent, once what was written is committed. */
export function versioned(answer: Answer, version: number): Reply {
  if (answer.kind !== 'value') answer.version = version;
  return answer;
}

/** Runs several statements as one: in a transaction of their own, or, inside another, in a savepoint. */
export function atomic<T>(storage: Storage, access: Access, work: (access: Access) => T): T {
  const isInside = storage.inTransaction;
  const changes = new Changes();
  storage.control(isInside ? 'savepoint' : 'begin');
  try {
    const result = work({ changes, readOnly: access.readOnly });
    storage.control(isInside ? 'release' : 'commit');
    access.changes.add(changes);
    return result;
  } catch (error) {
    if (storage.inTransaction) {
      if (isInside) storage.undoSavepoint();
      else storage.control('rollback');
    }
    if (changes.everything) storage.forgetSchema();
    throw error;
  }
}

function runSteps(
  storage: Storage,
  request: Extract<QueuedRequest, { kind: 'script' | 'batch' }>,
  access: Access,
): Written {
  if (request.kind === 'script') return storage.executeScript(request.sql, access);
  const total = { changes: 0, lastInsertRowid: 0 as number | bigint };
  for (const step of request.steps) {
    const written = runStep(storage, step, access);
    total.changes += written.changes;
    total.lastInsertRowid = written.lastInsertRowid;
  }
  return total;
}

function runStep(storage: Storage, step: BatchStep, access: Access): Written {
  return 'rows' in step ? storage.executeMany(step.sql, step.rows, access) : storage.execute(step, access);
}

function runProcedure(
  { storage, procedures }: WorkHost,
  { procedure: name, args }: Extract<QueuedRequest, { kind: 'call' }>,
  access: Access,
): unknown {
  const procedure = Object.hasOwn(procedures, name) ? procedures[name] : undefined;
  if (procedure === undefined) {
    const names = Object.keys(procedures).join(', ') || 'none';
    throw new SluiceError(`There is no procedure named ${name}; the server has: ${names}`);
  }
  const db = new SyncDatabase(storage, access);
  let value: unknown;
  try {
    value = procedure(db, ...(args as never[]));
    refuseToWait(value);
  } finally {
    db.end();
  }
  try {
    // Before the commit: what cannot be sent takes the procedure's writes back.
    return structuredClone(value);
  } catch (cause) {
    throw new SluiceError(`What procedure ${name} returned cannot be sent to the client`, { cause });
  }
}
