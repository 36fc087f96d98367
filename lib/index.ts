/** What applications use of sluice. */

export type { EngineOptions, EngineSpec } from '../engines/engine.ts';
export { DuplicateKeyError } from '../streams/duplicate-key-error.ts';
export { one, RowCountError } from '../streams/one.ts';
export { oneOrNone } from '../streams/one-or-none.ts';
export type { RowChanges, RowKey, RowMove, RowUpdate } from '../streams/row-changes.ts';
export type { Batch, OnConflict } from './client/batch.ts';
export type { ConnectionState, Database, ProcedureTypes, Results, StreamOptions } from './client/database.ts';
export type { LazyRows } from './client/lazy-rows.ts';
export type {
  ChangeOptions,
  Executed,
  Scope,
  SelectOptions,
  Transaction,
  TransactionOptions,
} from './client/scope.ts';
export { versionOf } from './client/versions.ts';
export { attach } from './hosting/attach.ts';
export { type HostOptions, host } from './hosting/host.ts';
export { type ServeOptions, serve } from './hosting/serve.ts';
export type { ConnectOptions, Server, ServerState } from './hosting/server-link.ts';
export { persistStorage, type StorageUse, storageUse } from './hosting/site-storage.ts';
export { type SpawnOptions, spawn } from './hosting/spawn.ts';
export {
  BusyError,
  ConnectionClosedError,
  ConstraintError,
  type ConstraintKind,
  type Holder,
  LimitError,
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
} from './model/errors.ts';
export type { AnyQuery, ArrayRows, Query, RowOptions, TypedQuery } from './model/query.ts';
export { sql } from './model/sql.ts';
export type { TableChange, TableUpdates, UpdateFilter } from './model/table-updates.ts';
export type { Bindable, Params, Row, SqlValue } from './model/values.ts';
export type { WatchExplanation, WatchedTable } from './model/watch-explanation.ts';
export type { ServerEvent } from './server/server-event.ts';
export type { ServerReport } from './server/server-report.ts';
export type { Migration, Procedure, Procedures, SetupDatabase, SyncDatabase } from './server/sync-database.ts';
export type { Priority } from './wire/messages.ts';
