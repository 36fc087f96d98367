/** A result that follows from the changed rows: what they touch is read again, and put in its place. */
import type { Patch } from '../../model/patch.ts';
import type { ChangedRows, RowImage } from '../capture/changed-rows.ts';
import type { Storage } from '../storage.ts';
import type { HeldRow } from './ordered-rows.ts';

/** The changed rows of each table since the result was made. */
export type PendingChanges = ReadonlyMap<string, readonly ChangedRows[]>;

/** Whether an image of a changed row meets all conditions of a query that speak of its table alone; undefined if unknown. */
export type RowJudge = (table: string, changed: ChangedRows, index: number, image: RowImage) => boolean | undefined;

/** Rows that cannot be exchanged: the result is to be read whole. */
export const readWhole = Symbol('read whole');

/** How the shown rows follow from those before; undefined where they are the same. */
export type Following = Patch<HeldRow> | undefined | typeof readWhole;

export interface Maintained {
  readonly shown: readonly HeldRow[];
  /** Reads the result whole. */
  read(storage: Storage): void;
  /** How many keys or groups would be looked up; undefined where only the whole tells. */
  effort(changes: PendingChanges): number | undefined;
  /**
   * Brings the result up to date. `judge` tells which rows meet the query's conditions. Where nobody needs the rows before any
   * more, their list `isFree` to become the one that is shown.
   */
  follow(storage: Storage, changes: PendingChanges, judge: RowJudge, isFree: boolean): Following;
}
