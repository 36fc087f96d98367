/** What a statement's program tells of how it ends: when it fails, and when its transaction is committed. */
import type { Instruction } from '../../engines/engine.ts';

export interface Traits {
  /** Where it fails, it may take the whole transaction back: ON CONFLICT ROLLBACK. */
  readonly mayRollBack: boolean;
  /** Where it fails, what it wrote before is kept: ON CONFLICT FAIL. https://sqlite.org/lang_conflict.html */
  readonly mayKeepPart: boolean;
  /** It may break a foreign key, or mend one, that is checked at COMMIT only. */
  readonly defersCheck: boolean;
  /** It writes through a virtual table, whose module may do a part and then fail. https://sqlite.org/c3ref/vtab_config.html */
  readonly writesVirtual: boolean;
}

export const noTraits: Traits = { mayRollBack: false, mayKeepPart: false, defersCheck: false, writesVirtual: false };

// What is done where a constraint is broken, as in SQLite's own sqliteInt.h.
const rollback = 1;
const fail = 3;

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
  return { mayRollBack: conflicts.has(rollback), mayKeepPart: conflicts.has(fail), defersCheck, writesVirtual };
}
