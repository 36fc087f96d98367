/** Requests on their way into a port: what is asked often as a few items, all else as the message itself. */
import type { BoundParams, SqlValue } from '../model/values.ts';
import { type PutBlock, putValues } from './block-items.ts';
import { requestCode as code } from './message-codes.ts';
import type { BatchStep, Load, Packed, Packet, Request } from './messages.ts';
import { GivenNumbers } from './numbering.ts';
import type { RowBlock, ValueBlock } from './row-block.ts';

/** The rows of a batch that go ahead of it, one message each, so that none takes long. */
export function loadsOf(request: Request): readonly Load[] {
  if (request.kind !== 'batch') return none;
  return request.steps.flatMap((step) =>
    'rows' in step && areLoaded(step.rows)
      ? step.rows.map((rows) => ({ kind: 'load', id: request.id, rows }) as const)
      : [],
  );
}

const none: readonly Load[] = [];

/** The client's end of one port. */
export class RequestPacker {
  readonly #texts = new GivenNumbers<string>();
  /** Until columns can be made, rows go as they are: what makes them is loaded with the first that are many. */
  #putBlock: PutBlock = (block, items) => putValues(block as ValueBlock, items);
  #willPack = false;

  pack(requests: Packet<Request | Load>): Packed {
    const items: unknown[] = [];
    const moved: ArrayBuffer[] = [];
    for (const request of requests) this.#put(request, items, moved);
    return { items, moved };
  }

  /** What was packed last was not sent. */
  forget(): void {
    this.#texts.forget();
  }

  #put(request: Request | Load, items: unknown[], moved: ArrayBuffer[]): void {
    switch (request.kind) {
      case 'select':
        items.push(code.select, request.id, request.scope, request.atLeast);
        this.#putStatement(request, items);
        break;
      case 'execute':
      case 'stream':
        items.push(code[request.kind], request.id, request.scope);
        this.#putStatement(request, items);
        break;
      case 'watch':
        items.push(code.watch, request.id, request.scope, request.queries.length);
        for (const query of request.queries) this.#putStatement(query, items);
        break;
      case 'batch':
        items.push(code.batch, request.id, request.scope, request.steps.length);
        for (const step of request.steps) this.#putStep(step, items, moved);
        break;
      case 'load':
        items.push(code.load, request.id);
        this.#putBlock(request.rows, items, moved);
        void this.#loadPacking();
        break;
      case 'credit':
        items.push(code.credit, request.id);
        break;
      default:
        items.push(request);
    }
  }

  async #loadPacking(): Promise<void> {
    if (this.#willPack) return;
    this.#willPack = true;
    try {
      ({ putPacked: this.#putBlock } = await import('./block-packing.ts'));
    } catch {
      // They arrive as they are, too.
    }
  }

  #putStatement({ sql, params }: { readonly sql: string; readonly params: BoundParams }, items: unknown[]): void {
    this.#texts.put(sql, items);
    if (!isPositional(params)) {
      items.push(-1, params);
      return;
    }
    items.push(params.length);
    for (const value of params) items.push(value);
  }

  #putStep(step: BatchStep, items: unknown[], moved: ArrayBuffer[]): void {
    if (!('rows' in step)) {
      items.push(0);
      this.#putStatement(step, items);
      return;
    }
    items.push(step.rows.length);
    this.#texts.put(step.sql, items);
    if (!areLoaded(step.rows)) for (const block of step.rows) this.#putBlock(block, items, moved);
  }
}

/** One block goes with the batch itself. */
function areLoaded(blocks: readonly RowBlock[]): boolean {
  return blocks.length > 1;
}

function isPositional(params: BoundParams): params is readonly SqlValue[] {
  return Array.isArray(params);
}
