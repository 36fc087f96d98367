/** The result of one live query as it stands, made of the steps that arrive. */
import { noteSpans } from '../../streams/known-spans.ts';
import { applyPatch, difference, type Patch } from '../model/patch.ts';
import type { ArrayRows, RowForm } from '../model/query.ts';
import type { Row, SqlValue } from '../model/values.ts';
import type { LivePart, LiveStep } from '../wire/messages.ts';
import { blockOf, type RowBlock } from '../wire/row-block.ts';
import { addArrays, addObjects, arraysOf } from '../wire/rows-of-block.ts';

type AnyRow = Row | SqlValue[];
export type Result = readonly AnyRow[] | ArrayRows;

const noRows: readonly AnyRow[] = [];

/** A row that did not change stays the same object. */
export class LiveResult {
  readonly #form: RowForm;
  #columns: readonly string[] | undefined;
  /** Several columns have one name. */
  #hasTwins = false;
  #rows: readonly AnyRow[] = noRows;
  result: Result = noRows;
  /** Rows of the next step that went ahead of it. */
  #gathered: AnyRow[] = [];

  constructor(form: RowForm) {
    this.#form = form;
  }

  /** Takes rows of the next step. */
  gather({ columns, rows, before }: LivePart): void {
    this.#gathered.length = Math.min(this.#gathered.length, before);
    if (columns && this.#hasColumns(columns)) addArrays(rows, this.#gathered as SqlValue[][]);
    else this.#add(rows, columns ?? this.#columns!);
  }

  /** Takes the next step, or that there is none. Gives whether the result differs. */
  apply(step: LiveStep | null): boolean {
    // What else went ahead was of a result that was superseded, or of a server that was lost.
    this.#gathered.length = Math.min(this.#gathered.length, step?.ahead ?? 0);
    if (step === null) return false;
    const { columns, spans, rows } = step;
    const isObjects = this.#form === 'objects';
    if (columns === undefined && !(isObjects && this.#hasTwins)) this.#patch(spans, rows);
    else if (columns === undefined || this.#hasColumns(columns)) {
      // After a restart the whole result comes once more, and objects do not show each column: what is equal in it stays.
      const arrived = columns
        ? [...(this.#takeGathered() as SqlValue[][]), ...arraysOf(rows)]
        : this.#valuesOf(applyPatch(this.#rows, { spans, rows: this.#make(rows) }));
      const patch = difference(this.#valuesOf(this.#rows), isObjects ? asInObjects(arrived, this.#columns!) : arrived);
      if (patch === undefined) return false;
      this.#patch(patch.spans, blockOf(patch.rows, this.#columns!.length));
    } else {
      // Without rows, objects do not show that the columns are others.
      const isSame = isObjects && this.#columns !== undefined && this.#rows.length === 0 && spans.length === 0;
      this.#columns = columns;
      this.#hasTwins = new Set(columns).size < columns.length;
      if (isSame) return false;
      this.#follow(this.#make(rows), spans);
    }
    this.result = isObjects ? (this.#rows as Row[]) : { columns: this.#columns!, rows: this.#rows as SqlValue[][] };
    return true;
  }

  #patch(spans: Patch<AnyRow>['spans'], rows: RowBlock): void {
    this.#follow(applyPatch(this.#rows, { spans, rows: this.#make(rows) }), spans);
  }

  #follow(rows: readonly AnyRow[], spans: Patch<AnyRow>['spans']): void {
    // Whoever compares the two, as `rowChanges` does, need not look for what is known here.
    noteSpans(this.#rows, rows, spans);
    this.#rows = rows;
  }

  #hasColumns(columns: readonly string[]): boolean {
    const known = this.#columns;
    return known?.length === columns.length && columns.every((name, index) => name === known[index]);
  }

  #valuesOf(rows: readonly AnyRow[]): SqlValue[][] {
    return rows.map((row) => (Array.isArray(row) ? row : this.#columns!.map((name) => row[name]!)));
  }

  #make(block: RowBlock): AnyRow[] {
    this.#add(block, this.#columns!);
    return this.#takeGathered();
  }

  #add(block: RowBlock, columns: readonly string[]): void {
    if (this.#form === 'objects') addObjects(block, columns, this.#gathered as Row[]);
    else addArrays(block, this.#gathered as SqlValue[][]);
  }

  #takeGathered(): AnyRow[] {
    const rows = this.#gathered;
    this.#gathered = [];
    return rows;
  }
}

/** Of several columns with one name, objects have the last alone. */
function asInObjects(rows: readonly SqlValue[][], columns: readonly string[]): readonly SqlValue[][] {
  if (new Set(columns).size === columns.length) return rows;
  const lasts = columns.map((name) => columns.lastIndexOf(name));
  return rows.map((row) => lasts.map((index) => row[index]!));
}
