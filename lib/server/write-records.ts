/** Which writes of which clients are committed: kept in the database itself, by the transaction of each write. */
import { NotExecutedError, OutcomeUnknownError } from '../model/errors.ts';
import type { SqlValue } from '../model/values.ts';
import type { RequestId } from '../wire/messages.ts';
import type { ClientMemory } from './client-memory.ts';
import { type KeptAnswer, keptAnswer, keptOf } from './kept-answer.ts';
import type { Job } from './scope.ts';
import { type Answer, versioned } from './statement-work.ts';
import type { Storage } from './storage.ts';

export const recordsTable = '_sluice_writes';

/** Without a rowid, so that `last_insert_rowid()` stays that of the client's own statement. */
const table = `CREATE TABLE IF NOT EXISTS main._sluice_writes (
  client TEXT NOT NULL, id INTEGER NOT NULL, at INTEGER NOT NULL,
  kind TEXT NOT NULL, changes INTEGER NOT NULL, row INTEGER NOT NULL, result TEXT,
  PRIMARY KEY (client, id)) WITHOUT ROWID`;
const insert = 'INSERT INTO main._sluice_writes VALUES (?, ?, unixepoch(), ?, ?, ?, ?)';
const select = 'SELECT id, kind, changes, row, result FROM main._sluice_writes WHERE client = ?';
const removeAnswered = 'DELETE FROM main._sluice_writes WHERE client = ? AND id <= ?';
const removeOld = 'DELETE FROM main._sluice_writes WHERE at < unixepoch() - ?';
const isThere = "SELECT 1 FROM main.sqlite_schema WHERE name = '_sluice_writes'";

/** A page that was put to sleep may ask after a while; a client that is gone leaves a few rows for so long. */
const keptForSeconds = 7 * 24 * 60 * 60;

/** How often those that are older are looked for. */
const clearedEveryMs = 24 * 60 * 60 * 1000;

export class WriteRecords {
  readonly #storage: Storage;
  /** Writes of a database in memory are lost with it. */
  readonly #isKept: boolean;
  readonly #now: () => number;
  #clearedAt = Number.NEGATIVE_INFINITY;
  #leaving: string[] = [];

  /** `now` gives milliseconds. */
  constructor(storage: Storage, now = () => performance.now()) {
    this.#storage = storage;
    this.#now = now;
    this.#isKept = storage.file !== '';
  }

  /** Makes room for records, so that no write has to, unless another connection keeps it from that. */
  prepare(): void {
    if (!this.#isKept) return;
    try {
      if (this.#storage.aside(isThere, []).length === 0) this.#make();
    } catch {
      // The first write makes it, and is told why it cannot.
    }
  }

  /** Notes that a write is done, in its transaction. Without an answer, it is known only that it was done. */
  note({ caller, request }: Pick<Job, 'caller' | 'request'>, answer: Answer | undefined): void {
    const { memory } = caller;
    if (memory === undefined || !this.#isKept) return;
    const { kind, changes, lastInsertRowid, result } = keptOf(answer);
    const values = [memory.client, request.id, kind, changes, lastInsertRowid, result];
    try {
      this.#storage.aside(insert, values);
    } catch (error) {
      // A client may have dropped it with all other tables.
      if (this.#storage.aside(isThere, []).length > 0) throw error;
      this.#make();
      this.#storage.aside(insert, values);
    }
    this.#tidy(memory);
  }

  /**
   * Answers a write that was committed before, and tells what became of one whose transaction cannot be sent again. Gives
   * whether it did: else the write is to be run.
   */
  recall(job: Job, version: number): boolean {
    const { caller, request } = job;
    const { memory } = caller;
    if (memory === undefined || request.id > memory.resends) return false;
    try {
      memory.earlier ??= this.#earlier(memory.client);
    } catch (cause) {
      const reason = 'The server was lost, and whether this was committed cannot be read';
      caller.finished(job);
      caller.fail(request.id, new OutcomeUnknownError(reason, { cause }));
      return true;
    }
    const kept = memory.earlier.get(request.id);
    if (kept === undefined && request.kind !== 'outcome') return false;
    caller.finished(job);
    if (kept === undefined) {
      const reason = 'The server was lost before this was committed: the write did not happen';
      caller.fail(request.id, new NotExecutedError(reason));
      return true;
    }
    const answer = keptAnswer(request.id, kept);
    if (answer) caller.reply(versioned(answer, version));
    else {
      const reason = 'The server was lost after this was committed: the write happened, and what it gave is not known';
      caller.fail(request.id, new OutcomeUnknownError(reason));
    }
    return true;
  }

  /** A client has got all its answers. */
  forget({ client }: ClientMemory): void {
    this.#leaving.push(client);
  }

  #earlier(client: string): Map<RequestId, KeptAnswer> {
    if (!this.#isKept || this.#storage.aside(isThere, []).length === 0) return new Map();
    const rows = this.#storage.aside(select, [client]);
    return new Map(
      rows.map(([id, kind, changes, row, result]) => [
        Number(id),
        { kind, changes, lastInsertRowid: row, result } as KeptAnswer,
      ]),
    );
  }

  #make(): void {
    this.#storage.exec(table);
    this.#storage.forgetSchema();
  }

  /** Removes what nobody will ask about, in the transaction of another write. */
  #tidy(memory: ClientMemory): void {
    const [{ answered }, leaving, clearedAt, now] = [memory, this.#leaving, this.#clearedAt, this.#now()];
    const isDue = now - clearedAt >= clearedEveryMs;
    if (answered === 0 && leaving.length === 0 && !isDue) return;
    memory.answered = 0;
    this.#leaving = [];
    if (isDue) this.#clearedAt = now;
    // What is taken back with that write is to be removed by another.
    this.#storage.whenOver((isCommitted) => {
      if (isCommitted) return;
      memory.answered = Math.max(memory.answered, answered);
      this.#leaving.push(...leaving);
      if (isDue) this.#clearedAt = clearedAt;
    });
    const remove = (sql: string, values: SqlValue[]): void => void this.#storage.aside(sql, values);
    if (answered > 0) remove(removeAnswered, [memory.client, answered]);
    for (const client of leaving) remove(removeAnswered, [client, Number.MAX_SAFE_INTEGER]);
    if (isDue) remove(removeOld, [keptForSeconds]);
  }
}
