/** Requests as they cross a port: what is asked often as a few items, all else as the message itself. */
import type { BoundParams, SqlValue } from '../model/values.ts';
import { packBlock, unpackBlock } from './block-packing.ts';
import type { BatchStep, Load, Packed, Packet, Request, RequestId } from './messages.ts';
import { GivenNumbers, KnownNumbers, PacketReader } from './numbering.ts';
import type { RowBlock } from './row-block.ts';

/** What stands first in a message that crosses as items. */
const code = { select: 0, execute: 1, batch: 2, load: 3, watch: 4, stream: 5, credit: 6 } as const;

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
        packBlock(request.rows, items, moved);
        break;
      case 'credit':
        items.push(code.credit, request.id);
        break;
      default:
        items.push(request);
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
    if (!areLoaded(step.rows)) for (const block of step.rows) packBlock(block, items, moved);
  }
}

/** The server's end of one port. */
export class RequestUnpacker {
  readonly #texts = new KnownNumbers<string>();
  readonly #loads = new Map<RequestId, RowBlock[]>();

  unpack(items: readonly unknown[]): Request[] {
    const reader = new PacketReader(items);
    const requests: Request[] = [];
    while (!reader.isOver) {
      const request = this.#take(reader);
      if (request) requests.push(request);
    }
    return requests;
  }

  #take(reader: PacketReader): Request | undefined {
    const first = reader.next<number | Request>();
    if (typeof first === 'object') {
      if (first.kind === 'cancel') this.#loads.delete(first.id);
      return first;
    }
    const id = reader.next<RequestId>();
    switch (first) {
      case code.select: {
        const [scope, atLeast] = [reader.next<number>(), reader.next<number>()];
        return { kind: 'select', id, scope, atLeast, ...this.#takeStatement(reader) };
      }
      case code.execute:
        return { kind: 'execute', id, scope: reader.next<number>(), ...this.#takeStatement(reader) };
      case code.stream:
        return { kind: 'stream', id, scope: reader.next<number>(), ...this.#takeStatement(reader) };
      case code.watch: {
        const scope = reader.next<number>();
        const queries = listOf(reader.next<number>(), () => this.#takeStatement(reader));
        return { kind: 'watch', id, scope, queries };
      }
      case code.batch: {
        const scope = reader.next<number>();
        const steps = listOf(reader.next<number>(), () => this.#takeStep(id, reader));
        this.#loads.delete(id);
        return { kind: 'batch', id, scope, steps };
      }
      case code.credit:
        return { kind: 'credit', id };
      default: {
        const loads = this.#loads.get(id) ?? [];
        this.#loads.set(id, loads);
        loads.push(unpackBlock(reader));
        return undefined;
      }
    }
  }

  #takeStatement(reader: PacketReader): { sql: string; params: BoundParams } {
    const sql = this.#texts.take(reader);
    const count = reader.next<number>();
    return { sql, params: count < 0 ? reader.next<BoundParams>() : reader.take<SqlValue>(count) };
  }

  #takeStep(id: RequestId, reader: PacketReader): BatchStep {
    const blocks = reader.next<number>();
    if (blocks === 0) return this.#takeStatement(reader);
    const sql = this.#texts.take(reader);
    return { sql, rows: blocks > 1 ? this.#loads.get(id)!.splice(0, blocks) : [unpackBlock(reader)] };
  }
}

/** One block goes with the batch itself. */
function areLoaded(blocks: readonly RowBlock[]): boolean {
  return blocks.length > 1;
}

function isPositional(params: BoundParams): params is readonly SqlValue[] {
  return Array.isArray(params);
}

function listOf<T>(length: number, make: () => T): T[] {
  return Array.from({ length }, make);
}
