/** Requests on their way out of a port. */
import type { BoundParams, SqlValue } from '../model/values.ts';
import { takeBlock } from './block-items.ts';
import { requestCode as code } from './message-codes.ts';
import type { BatchStep, Request, RequestId } from './messages.ts';
import { KnownNumbers, PacketReader } from './numbering.ts';
import type { RowBlock } from './row-block.ts';

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
        // Of rows that could not be sent, the client has told its caller.
        return steps.every((step) => step !== undefined) ? { kind: 'batch', id, scope, steps } : undefined;
      }
      case code.credit:
        return { kind: 'credit', id };
      default: {
        const loads = this.#loads.get(id) ?? [];
        this.#loads.set(id, loads);
        loads.push(takeBlock(reader));
        return undefined;
      }
    }
  }

  #takeStatement(reader: PacketReader): { sql: string; params: BoundParams } {
    const sql = this.#texts.take(reader);
    const count = reader.next<number>();
    return { sql, params: count < 0 ? reader.next<BoundParams>() : reader.take<SqlValue>(count) };
  }

  /** None where rows are missing that should have gone ahead. */
  #takeStep(id: RequestId, reader: PacketReader): BatchStep | undefined {
    const blocks = reader.next<number>();
    if (blocks === 0) return this.#takeStatement(reader);
    const sql = this.#texts.take(reader);
    if (blocks === 1) return { sql, rows: [takeBlock(reader)] };
    const rows = this.#loads.get(id)?.splice(0, blocks) ?? [];
    return rows.length === blocks ? { sql, rows } : undefined;
  }
}

function listOf<T>(length: number, make: () => T): T[] {
  return Array.from({ length }, make);
}
