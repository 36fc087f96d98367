/** A live result that is too much for one message, on its way in parts. */

import { partsOf } from '../wire/block-parts.ts';
import type { LivePart, LiveStep, Reply, RequestId } from '../wire/messages.ts';
import { blockRows, blockSize, type RowBlock, rowCount, sizeOf } from '../wire/row-block.ts';
import { partsAhead } from './rows-in-parts.ts';

/** Whether the rows of these steps go ahead of them. */
export function areLong(steps: readonly (LiveStep | null)[]): boolean {
  return steps.some((step) => step !== null && isLong(step.rows));
}

export class LiveTransfer {
  /** What follows once all parts have arrived: the steps, without their rows. */
  readonly last: Extract<Reply, { kind: 'live' }>;
  readonly #parts: Iterator<LivePart>;
  /** The client knows that what it has is out of date. */
  isTold = false;
  #onTheirWay = 0;

  constructor(id: RequestId, version: number, steps: readonly (LiveStep | null)[]) {
    this.#parts = partsOfAll(steps);
    const results = steps.map(
      (step) => step && { ...step, rows: { width: 0, values: [] }, ahead: rowCount(step.rows) },
    );
    this.last = { kind: 'live', id, version, results };
  }

  /** All parts have arrived. */
  get isOver(): boolean {
    return this.#onTheirWay === 0;
  }

  /** Parts that were sent, and of which no word has come. */
  get onTheirWay(): number {
    return this.#onTheirWay;
  }

  /** A part has arrived. */
  credit(): void {
    this.#onTheirWay--;
  }

  /** The parts that may be sent now. */
  due(): LivePart[] {
    const parts: LivePart[] = [];
    while (this.#onTheirWay < partsAhead) {
      const { done, value } = this.#parts.next();
      if (done) break;
      this.#onTheirWay++;
      parts.push(value);
    }
    return parts;
  }
}

function isLong(block: RowBlock): boolean {
  if (rowCount(block) > blockRows) return true;
  let size = 0;
  if ('values' in block) for (const value of block.values) size += sizeOf(value);
  return size > blockSize;
}

function* partsOfAll(steps: readonly (LiveStep | null)[]): Generator<LivePart> {
  for (const [index, step] of steps.entries()) {
    if (step === null || !('values' in step.rows)) continue;
    const columns = step.columns ? { columns: step.columns } : {};
    let before = 0;
    for (const rows of partsOf(step.rows)) {
      yield { index, before, ...columns, rows };
      before += rowCount(rows);
    }
  }
}
