/** Errors are told apart by their classes, and each has its evidence. */
import {
  BusyError,
  ConnectionClosedError,
  ConstraintError,
  type ConstraintKind,
  type Holder,
  MigrationError,
  NotExecutedError,
  OpenError,
  OutcomeUnknownError,
  ProtocolError,
  QueueTimeoutError,
  SluiceError,
  StatementError,
  StorageFullError,
  StorageLostError,
  StorageUnavailableError,
  TransactionEndedError,
  TransactionTimeoutError,
} from 'sluice';
import { exactly } from './exactly.type-spec.ts';

declare const failure: unknown;

// Every one is a SluiceError, and an Error.
const classes: readonly (abstract new (...args: never[]) => SluiceError)[] = [
  BusyError,
  ConnectionClosedError,
  ConstraintError,
  MigrationError,
  NotExecutedError,
  OpenError,
  OutcomeUnknownError,
  ProtocolError,
  QueueTimeoutError,
  StatementError,
  StorageFullError,
  StorageLostError,
  StorageUnavailableError,
  TransactionEndedError,
  TransactionTimeoutError,
];
void classes;
if (failure instanceof SluiceError) {
  failure satisfies Error;
  exactly<string>()(failure.name);
  exactly<unknown>()(failure.cause);
  exactly<string | undefined>()(failure.serverStack);
  // @ts-expect-error only a statement has a code
  failure.code;
}

if (failure instanceof StatementError) {
  exactly<number>()(failure.code);
  exactly<string>()(failure.codeName);
  exactly<string>()(failure.sql);
  exactly<readonly string[]>()(failure.parameterTypes);
  // @ts-expect-error values stay out of errors
  failure.params;
  // @ts-expect-error not every refusal is of a constraint
  failure.kind;
  // @ts-expect-error evidence is not to be changed
  failure.code = 0;
}

if (failure instanceof ConstraintError) {
  failure satisfies StatementError;
  exactly<ConstraintKind>()(failure.kind);
  exactly<string | undefined>()(failure.table);
  exactly<readonly string[]>()(failure.columns);
  // @ts-expect-error there is no such kind: SQLite says `NOT NULL`
  failure.kind === 'null';
  // @ts-expect-error SQLite does not always name the table
  failure.table.length;
}

function told(kind: ConstraintKind): string {
  switch (kind) {
    case 'unique':
    case 'primary key':
    case 'rowid':
      return 'it is there already';
    case 'not null':
    case 'check':
    case 'datatype':
      return 'it cannot be so';
    case 'foreign key':
    case 'trigger':
    case 'other':
      return 'something else is against it';
    default:
      exactly<never>()(kind);
      return kind;
  }
}
void told;

if (failure instanceof BusyError) exactly<number>()(failure.code);
if (failure instanceof StorageFullError) failure satisfies StatementError;
if (failure instanceof StorageUnavailableError) failure satisfies OpenError;

if (failure instanceof QueueTimeoutError) {
  exactly<Holder | undefined>()(failure.holder);
  exactly<'write' | 'read' | 'exclusive' | undefined>()(failure.holder?.mode);
  exactly<number | undefined>()(failure.holder?.client);
  exactly<number | undefined>()(failure.holder?.heldForMs);
  exactly<string | undefined>()(failure.holder?.openedAt);
  // @ts-expect-error a turn of the queue can be long without a holder
  failure.holder.openedAt;
}

if (failure instanceof MigrationError) {
  exactly<number | undefined>()(failure.step);
  exactly<number>()(failure.fileVersion);
  exactly<number>()(failure.codeVersion);
  // @ts-expect-error no step failed where the file is newer
  failure.step + 1;
}

// A write that a lost connection took along: whether it may be sent again is in its class.
if (failure instanceof NotExecutedError) failure satisfies ConnectionClosedError;
if (failure instanceof OutcomeUnknownError) failure satisfies ConnectionClosedError;
