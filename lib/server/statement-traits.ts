/** What a statement's program tells of how it ends: when it fails, and when its transaction is committed. */
import type { Instruction } from '../../engines/engine.ts';
import { captureTriggerPrefix } from './capture/capture-triggers.ts';

export interface Traits {
  /** Where it fails, it may take the whole transaction back: ON CONFLICT ROLLBACK. */
  readonly mayRollBack: boolean;
  /** Where it fails, what it wrote before is kept: ON CONFLICT FAIL. https://sqlite.org/lang_conflict.html */
  readonly mayKeepPart: boolean;
  /** It may break a foreign key, or mend one, that is checked at COMMIT only. */
  readonly defersCheck: boolean;
  /** It writes through a virtual table, which may write its own tables as late as at COMMIT. */
  readonly writesVirtual: boolean;
  /** Once it begins to write it cannot fail, unless SQLite takes the transaction back: it writes one row, or nothing. */
  readonly isAtomic: boolean;
  /** It asks what only its own connection knows, such as `changes()`. */
  readonly asksConnection: boolean;
}

export const noTraits: Traits = {
  mayRollBack: false,
  mayKeepPart: false,
  defersCheck: false,
  writesVirtual: false,
  isAtomic: false,
  asksConnection: false,
};

// What is done where a constraint is broken, as in SQLite's own sqliteInt.h.
const rollback = 1;
const fail = 3;

const calls = /^(?:Function|PureFunc|Agg)/;

const connectionFunction = /^(?:changes|total_changes|last_insert_rowid)\(/;

/** Reads the traits from EXPLAIN's listing, triggers' programs included. https://sqlite.org/opcode.html */
export function traitsOf(program: readonly Instruction[]): Traits {
  const conflicts = new Set<number>();
  let { defersCheck, writesVirtual } = noTraits;
  for (const { opcode, p1, p2, p5 } of program) {
    if (p1 !== 0 && (opcode === 'Halt' || opcode === 'HaltIfNull')) conflicts.add(p2);
    else if (opcode === 'FkCounter') defersCheck ||= p1 !== 0;
    else if (opcode === 'VUpdate') {
      writesVirtual = true;
      conflicts.add(p5);
    }
  }
  return {
    mayRollBack: conflicts.has(rollback),
    mayKeepPart: conflicts.has(fail),
    defersCheck,
    writesVirtual,
    isAtomic: isAtomic(program),
    asksConnection: program.some(({ p4 }) => p4 !== null && connectionFunction.test(p4)),
  };
}

/** The SQL functions that a program calls, in lower case. */
export function functionsIn(program: readonly Instruction[]): string[] {
  return program.flatMap(({ opcode, p4 }) => {
    const name = calls.test(opcode) ? /^(.*)\(-?\d+\)$/s.exec(p4 ?? '')?.[1] : undefined;
    return name === undefined ? [] : [name.toLowerCase()];
  });
}

/** The beginnings of the programs behind a statement's own: those of triggers, and of what foreign keys do. */
export function triggersOf(program: readonly Instruction[]): Instruction[] {
  return program.filter(({ opcode }, index) => opcode === 'Init' && index > 0);
}

/** Ours only take notes. */
export function isCaptureTrigger({ p4 }: Instruction): boolean {
  return p4?.startsWith(`-- TRIGGER ${captureTriggerPrefix}`) === true;
}

const writes = new Set(['Insert', 'Delete', 'IdxInsert', 'IdxDelete']);
const jumps = new Set(['Goto', 'Program', 'NotNull', 'IsNull', 'Eq', 'Ne', 'Lt', 'Le', 'Gt', 'Ge']);
/** None of these fails for what is in the data. */
const harmless = new Set([
  ...writes,
  ...jumps,
  ...['Column', 'Rowid', 'IdxRowid', 'Copy', 'SCopy', 'IntCopy', 'Integer', 'Null', 'AddImm', 'Affinity', 'MakeRecord'],
  ...['NewRowid', 'OpenRead', 'OpenWrite', 'Close', 'FinishSeek', 'Noop', 'ResetCount', 'Trace'],
]);

/**
 * A statement that fails halfway is not always undone inside a transaction: an INSERT OR IGNORE of two rows keeps the first
 * where the second has a text as its INTEGER PRIMARY KEY. So the program is looked at behind its first write, where nothing
 * may fail and nothing may begin anew.
 */
function isAtomic(program: readonly Instruction[]): boolean {
  const end = program.findIndex(({ opcode }) => opcode === 'Transaction');
  const first = program.findIndex(({ opcode }) => writes.has(opcode));
  if (first < 0 || end < first) return false;
  // What foreign keys count is looked at when all is written.
  if (program.some(({ opcode }) => opcode === 'FkCounter')) return false;
  return (
    program.slice(first, end).every(({ addr, opcode, p1, p2 }) => {
      if (opcode === 'Halt') return p1 === 0;
      return harmless.has(opcode) && !(jumps.has(opcode) && p2 <= addr);
    }) && triggersOf(program).every(isCaptureTrigger)
  );
}
