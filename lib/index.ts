/** What applications use of sluice. */
export type { EngineOptions, EngineSpec } from '../engines/engine.ts';
export type { Batch, OnConflict } from './client/batch.ts';
export type { ConnectionState, Database } from './client/database.ts';
export type { Executed, Scope, Transaction, TransactionOptions } from './client/scope.ts';
export { attach } from './hosting/attach.ts';
export { type HostOptions, host } from './hosting/host.ts';
export { type ServeOptions, serve } from './hosting/serve.ts';
export type { ConnectOptions, Server, ServerState } from './hosting/server-link.ts';
export { type SpawnOptions, spawn } from './hosting/spawn.ts';
export {
  BusyError,
  ConnectionClosedError,
  ConstraintError,
  type ConstraintKind,
  NotExecutedError,
  OpenError,
  OutcomeUnknownError,
  ProtocolError,
  SluiceError,
  StatementError,
  TransactionEndedError,
} from './model/errors.ts';
export type { AnyQuery, ArrayRows, Query, RowOptions, TypedQuery } from './model/query.ts';
export { sql } from './model/sql.ts';
export type { TableChange, TableUpdates, UpdateFilter } from './model/table-updates.ts';
export type { Bindable, Params, Row, SqlValue } from './model/values.ts';
