/** What a statement reads and writes, found from its program. */
import type { Engine, Instruction } from '../../engines/engine.ts';
import { changesMeaning } from './pragmas.ts';
import type { Schema } from './schema.ts';
import { mentionsReplace } from './sql-text.ts';
import { functionsIn, isCaptureTrigger, type Traits, traitsOf, triggersOf } from './statement-traits.ts';
import type { TableInfo } from './table-info.ts';

/** A statement's dealings with tables, by the names of {@link TableInfo}. */
export interface Footprint {
  readonly reads: ReadonlySet<string>;
  /** It reads something that cannot be named: any write may concern it. */
  readonly readsAnything: boolean;
  readonly writes: ReadonlyMap<string, TableInfo>;
  /** It writes something that cannot be named: it may concern any query. */
  readonly writesAnything: boolean;
  readonly readOnly: boolean;
  readonly changesSchema: boolean;
  /** It begins or ends a transaction or a savepoint. */
  readonly controlsTransaction: boolean;
  /** It may delete rows without firing a trigger, to make room for others. */
  readonly mayReplace: boolean;
  /** Triggers or foreign keys act on what it writes. */
  readonly hasTriggers: boolean;
  /** It calls functions that are not SQLite's own: these may do anything, such as write. */
  readonly callsOut: boolean;
  readonly traits: Traits;
  /** Where the statement itself changes rows of one table in one way: these. Its triggers may change more. */
  readonly target?: { readonly table: string; readonly kind: ChangeKind };
}

export type ChangeKind = 'inserted' | 'updated' | 'deleted';

/** Virtual tables whose rows lie in their own shadow tables alone, or that read no table at all. */
const selfContained = new Set([
  'rtree',
  'rtree_i32',
  'geopoly',
  'json_each',
  'json_tree',
  'jsonb_each',
  'jsonb_tree',
  'generate_series',
]);
const textSearch = new Set(['fts3', 'fts4', 'fts5']);

// https://sqlite.org/opcode.html; p5 flags of Insert and Delete as in SQLite's own sqliteInt.h
const countsChange = 0x01;
const isUpdate = 0x04;
/** It only calls the preupdate hook, in builds that have one. */
const isNoOperation = 0x40;
const rootPageInRegister = 0x10;

const opens = new Set(['OpenRead', 'OpenWrite', 'ReopenIdx']);
const schemaChanges = new Set([
  'SetCookie',
  'ParseSchema',
  'CreateBtree',
  'Destroy',
  'DropTable',
  'DropIndex',
  'DropTrigger',
  'VCreate',
  'VDestroy',
  'VRename',
  'Vacuum',
  'SqlExec',
  'LoadAnalysis',
]);

/**
 * Reads the footprint from EXPLAIN's listing: views, CTEs, triggers and cascades show there as what they come to.
 *
 * Costs about 25 µs, once for each SQL text and schema.
 */
export function footprintOf(engine: Engine, schema: Schema, sql: string): Footprint {
  const program = engine.explain(sql);
  const reads = new Set<string>();
  const writes = new Map<string, TableInfo>();
  const flags = { readsAnything: false, writesAnything: false, writing: false, changesSchema: false, controls: false };
  const table = (database: number, rootPage: number): TableInfo | undefined => schema.tableAt(database, rootPage);
  const wrote = (info: TableInfo | undefined): void => {
    if (info) writes.set(info.name, info);
    else flags.writesAnything = true;
  };

  for (const { opcode, p1, p2, p3, p4, p5 } of program) {
    if (opens.has(opcode)) {
      // A root page in a register is that of a table or an index which this very statement makes.
      const info = p5 & rootPageInRegister ? undefined : table(p3, p2);
      if (opcode === 'OpenWrite') {
        if (info || !(p5 & rootPageInRegister)) wrote(info);
      } else if (info) reads.add(info.name);
      else flags.readsAnything = true;
    } else if (opcode === 'Clear') wrote(table(p2, p1));
    else if (opcode === 'VUpdate') wrote(schema.virtualTables.at(p4 ?? ''));
    else if (opcode === 'VOpen') readVirtual(engine, schema, schema.virtualTables.at(p4 ?? ''), reads, flags);
    else if (opcode === 'Transaction') flags.writing ||= p2 !== 0;
    else if (opcode === 'AutoCommit' || opcode === 'Savepoint') flags.controls = true;
    else if (opcode === 'JournalMode' || opcode === 'Checkpoint' || opcode === 'IncrVacuum') flags.writing = true;
    else if (schemaChanges.has(opcode)) flags.changesSchema = true;
    else if (opcode === 'Function' && /^sqlite_(attach|detach)\(/.test(p4 ?? '')) flags.changesSchema = true;
  }
  if (changesMeaning(sql)) flags.changesSchema = true;
  // sqlite_schema itself is written by hand under PRAGMA writable_schema.
  for (const name of writes.keys()) if (/(^|\.)sqlite_schema$/.test(name)) flags.changesSchema = true;

  // Where nothing hangs on the replaced row, a REPLACE overwrites it, and its program looks like that of an INSERT.
  const hasTriggers = triggersOf(program).some((trigger) => !isCaptureTrigger(trigger));
  const isReplace = mentionsReplace(sql);
  const target = isReplace ? undefined : targetOf(program, table);
  return {
    reads,
    readsAnything: flags.readsAnything,
    writes,
    writesAnything: flags.writesAnything,
    readOnly: !(flags.writing || flags.changesSchema || flags.controls),
    changesSchema: flags.changesSchema,
    controlsTransaction: flags.controls,
    mayReplace:
      isReplace || (hasTriggers && schema.triggers.replace) || [...writes.values()].some(({ replaces }) => replaces),
    hasTriggers,
    callsOut: functionsIn(program).some((name) => !schema.functions.builtIn.has(name)),
    traits: traitsOf(program),
    ...(target ? { target } : {}),
  };
}

/** What lies behind a virtual table is not in the program: it is known for the modules that SQLite brings. */
function readVirtual(
  engine: Engine,
  schema: Schema,
  info: TableInfo | undefined,
  reads: Set<string>,
  flags: { readsAnything: boolean },
): void {
  if (!info?.virtual) {
    flags.readsAnything = true;
    return;
  }
  const { module, sql } = info.virtual;
  if (!info.internal) reads.add(info.name);
  if (selfContained.has(module)) return;
  const content = textSearch.has(module) ? contentTableOf(sql) : undefined;
  if (!textSearch.has(module)) flags.readsAnything = true;
  else if (content) {
    // https://sqlite.org/fts5.html#external_content_tables: the text is read from another table or view.
    const schemaName = info.name.includes('.') ? `"${info.name.split('.')[0]}".` : '';
    try {
      const inner = footprintOf(engine, schema, `SELECT * FROM ${schemaName}"${content.replaceAll('"', '""')}"`);
      for (const name of inner.reads) reads.add(name);
      flags.readsAnything ||= inner.readsAnything;
    } catch {
      flags.readsAnything = true;
    }
  }
}

function contentTableOf(sql: string): string | undefined {
  const match = /[,(]\s*content\s*=\s*(?:'((?:[^']|'')*)'|"((?:[^"]|"")*)"|\[([^\]]*)\]|`([^`]*)`|(\w+))/i.exec(sql);
  return match?.slice(1).find((name) => name !== undefined && name !== '');
}

/**
 * The one table that the statement itself changes, and in which way. None where it may do two things, such as an UPSERT or
 * a REPLACE, or where its table has no rowid, since a REPLACE cannot be told from an INSERT there.
 */
function targetOf(
  program: readonly Instruction[],
  tableAt: (database: number, rootPage: number) => TableInfo | undefined,
): Footprint['target'] {
  const cursors = new Map<number, { table: TableInfo | undefined; index: boolean }>();
  const targets = new Map<string, { table: string; kind: ChangeKind }>();
  let previous = -1;
  for (const { addr, opcode, p1, p2, p3, p4, p5 } of program) {
    if (addr <= previous) break; // Triggers' programs follow, numbered from 0 again.
    previous = addr;
    if (opcode === 'OpenWrite') cursors.set(p1, { table: tableAt(p3, p2), index: /^k\(/.test(p4 ?? '') });
    const cursor = cursors.get(p1);
    let table = cursor?.table;
    let kind: ChangeKind | undefined;
    if (opcode === 'Clear' && p3 !== 0) [table, kind] = [tableAt(p2, p1), 'deleted'];
    else if (opcode === 'Insert' && cursor && p5 & countsChange) kind = p5 & isUpdate ? 'updated' : 'inserted';
    else if (opcode === 'Delete' && cursor && !cursor.index && !(p2 & isNoOperation)) {
      if (!(p2 & countsChange)) return undefined; // It makes room for a row that comes in its place.
      kind = 'deleted';
    } else if (opcode === 'VUpdate' || (opcode === 'IdxInsert' && cursor && p5 & countsChange)) return undefined;
    if (kind === undefined) continue;
    if (table === undefined || (table.replaces && kind !== 'deleted')) return undefined;
    targets.set(`${kind} ${table.name}`, { table: table.name, kind });
  }
  const [only, ...others] = targets.values();
  return others.length === 0 ? only : undefined;
}
