/** Every error that the layer gives: one class for each thing that a caller can do about it, with its evidence. */
import { ownCodeName } from './result-codes.ts';

/** The ancestor of all. `serverStack` is where it happened on the server; `stack` is where the caller asked. */
export class SluiceError extends Error {
  override readonly name: string = 'SluiceError';
  declare readonly serverStack?: string;
}

/** What a {@link StatementError} knows of its statement. Bound values stay out: only their types are kept. */
export interface StatementEvidence {
  readonly code: number;
  /** Left out, that of one of the layer's own codes: a page need not download all the others. */
  readonly codeName?: string;
  readonly sql: string;
  readonly parameterTypes?: readonly string[];
}

/** A statement was refused. `code` is SQLite's extended result code, https://sqlite.org/rescode.html. */
export class StatementError extends SluiceError {
  override readonly name: string = 'StatementError';
  readonly code: number;
  readonly codeName: string;
  readonly sql: string;
  readonly parameterTypes: readonly string[];

  constructor(
    reason: string,
    { code, codeName = ownCodeName(code), sql, parameterTypes = [] }: StatementEvidence,
    options?: ErrorOptions,
  ) {
    super(`${reason} (${codeName})${within(sql)}${listed(parameterTypes)}`, options);
    this.code = code;
    this.codeName = codeName;
    this.sql = sql;
    this.parameterTypes = parameterTypes;
  }
}

/** Which rule of the schema a write broke. */
export type ConstraintKind =
  | 'unique'
  | 'primary key'
  | 'not null'
  | 'check'
  | 'foreign key'
  | 'rowid'
  | 'datatype'
  | 'trigger'
  | 'other';

/** A write broke a constraint. `table` and `columns` are given where SQLite names them. */
export class ConstraintError extends StatementError {
  override readonly name: string = 'ConstraintError';
  readonly kind: ConstraintKind;
  readonly table: string | undefined;
  readonly columns: readonly string[];

  constructor(
    reason: string,
    evidence: StatementEvidence,
    broken: { kind: ConstraintKind; table?: string | undefined; columns?: readonly string[] },
    options?: ErrorOptions,
  ) {
    super(reason, evidence, options);
    this.kind = broken.kind;
    this.table = broken.table;
    this.columns = broken.columns ?? [];
  }
}

/**
 * Another connection outside the server, such as one of another tab, held the file for longer than the busy timeout. Trying
 * again may help.
 */
export class BusyError extends StatementError {
  override readonly name: string = 'BusyError';
}

/**
 * There is no room left: the disk is full, or the browser's quota for this site is used up. The statement did nothing, and its
 * transaction was rolled back; reading goes on.
 */
export class StorageFullError extends StatementError {
  override readonly name: string = 'StorageFullError';
}

/** A transaction's handle was used after the transaction had ended, or the transaction was rolled back by SQLite. */
export class TransactionEndedError extends SluiceError {
  override readonly name: string = 'TransactionEndedError';
}

/** Who holds the queue. `openedAt` is the stack of the place where the transaction or the exclusive section was opened. */
export interface Holder {
  readonly client: number;
  readonly mode: 'write' | 'read' | 'exclusive';
  readonly heldForMs: number;
  readonly openedAt: string;
}

/** An operation waited in the queue for longer than its limit, or would have waited for itself. */
export class QueueTimeoutError extends SluiceError {
  override readonly name: string = 'QueueTimeoutError';
  readonly holder: Holder | undefined;

  constructor(reason: string, holder?: Holder) {
    super(`${reason}${holder ? describe(holder) : ''}`);
    this.holder = holder;
  }
}

/** More was asked at once than one client may: what waits already goes on, and this was not begun. */
export class LimitError extends SluiceError {
  override readonly name: string = 'LimitError';
  readonly limit: number;

  constructor(reason: string, limit: number) {
    super(reason);
    this.limit = limit;
  }
}

/** A transaction was open for longer than its `timeoutMs`, and was rolled back. */
export class TransactionTimeoutError extends SluiceError {
  override readonly name: string = 'TransactionTimeoutError';
}

/** A step of the migrations failed, or the file is newer than the code. The file is as the step before left it. */
export class MigrationError extends SluiceError {
  override readonly name: string = 'MigrationError';
  /** The step that failed, counted from 1; none where the file is newer. */
  readonly step: number | undefined;
  readonly fileVersion: number;
  readonly codeVersion: number;

  constructor(reason: string, at: { step?: number; fileVersion: number; codeVersion: number }, options?: ErrorOptions) {
    super(reason, options);
    this.step = at.step;
    this.fileVersion = at.fileVersion;
    this.codeVersion = at.codeVersion;
  }
}

/** The connection is closed, by this side or by the other. */
export class ConnectionClosedError extends SluiceError {
  override readonly name: string = 'ConnectionClosedError';
}

/** The connection was lost before this write ran: it did not happen, and may be sent again. */
export class NotExecutedError extends ConnectionClosedError {
  override readonly name: string = 'NotExecutedError';
}

/** The connection was lost while this write was under way: whether it happened is not known. */
export class OutcomeUnknownError extends ConnectionClosedError {
  override readonly name: string = 'OutcomeUnknownError';
}

/** The two sides of a port do not speak the same version of the protocol. */
export class ProtocolError extends SluiceError {
  override readonly name: string = 'ProtocolError';
}

/** The database could not be opened; `cause` tells why. The next operation tries again. */
export class OpenError extends SluiceError {
  override readonly name: string = 'OpenError';
}

/** Whether an error says by itself that there is no server, and that nothing of what was asked of it happened. */
export function tellsByItself(error: unknown): error is SluiceError {
  return error instanceof OpenError || error instanceof MigrationError || error instanceof ProtocolError;
}

/**
 * The browser has no place here for a database that lasts, such as in a private window of some browsers. The application
 * decides: `persistence: 'preferred'` does with memory.
 */
export class StorageUnavailableError extends OpenError {
  override readonly name: string = 'StorageUnavailableError';
}

/** The site's data were cleared while the database was open: it is empty when it is opened again. */
export class StorageLostError extends SluiceError {
  override readonly name: string = 'StorageLostError';
}

/**
 * The classes by name, so that an error that crossed a port is an instance of its class again. Spelled out: a class has
 * another name once its bundle was minified.
 */
export const errorClasses: ReadonlyMap<string, typeof SluiceError> = new Map(
  Object.entries({
    SluiceError,
    StatementError,
    ConstraintError,
    BusyError,
    StorageFullError,
    QueueTimeoutError,
    LimitError,
    TransactionTimeoutError,
    MigrationError,
    TransactionEndedError,
    ConnectionClosedError,
    NotExecutedError,
    OutcomeUnknownError,
    ProtocolError,
    OpenError,
    StorageUnavailableError,
    StorageLostError,
  }).map(([name, type]) => [name, type as typeof SluiceError]),
);

function describe({ client, mode, heldForMs, openedAt }: Holder): string {
  const what = mode === 'exclusive' ? 'an exclusive section' : `a ${mode} transaction`;
  return `: client ${client} has held the queue for ${Math.round(heldForMs)} ms with ${what}, opened${openedAt ? ` at\n${openedAt}` : ''}`;
}

/** Opening a database is no statement. */
function within(sql: string): string {
  const text = sql.trim();
  if (text === '') return '';
  return ` in: ${text.length > 300 ? `${text.slice(0, 300)}…` : text}`;
}

function listed(types: readonly string[]): string {
  if (types.length === 0) return '';
  const shown = types.length > 20 ? [...types.slice(0, 20), `… ${types.length - 20} more`] : types;
  return ` with parameters (${shown.join(', ')})`;
}
