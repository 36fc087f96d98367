/** The work of a reader's thread: runs what it is asked, each read on the newest commit. */
import type { Engine } from '../../../engines/engine.ts';
import { buffersOf } from '../../wire/columns-of-rows.ts';
import { recordOf } from '../../wire/error-record.ts';
import type { PartialRows, RequestId } from '../../wire/messages.ts';
import { packed } from '../../wire/packed-block.ts';
import type { Port } from '../../wire/port.ts';
import type { Read, ReaderReply, ReaderRequest } from '../../wire/reader-messages.ts';
import type { RowBlock } from '../../wire/row-block.ts';
import { openFailure } from '../open-failure.ts';
import { RowStream, rowsOn, type StreamAudience } from '../row-stream.ts';
import type { PartTaker } from '../rows-in-parts.ts';
import { statementsOf } from '../sql-text.ts';
import { explained } from '../statement-failure.ts';
import { ReadConnection } from './read-connection.ts';
import type { VersionBoard } from './version-board.ts';

export interface ReaderOptions {
  /** Opens a connection and sets it up. */
  open(): Promise<Engine>;
  readonly board: VersionBoard;
  readonly statementCacheSize?: number | undefined;
}

/** Opens a connection, and reads on it from then on, until it is told to end. */
export async function runReader(port: Port<ReaderReply, ReaderRequest>, options: ReaderOptions): Promise<void> {
  new Reader(port, await options.open(), options);
}

class Reader implements StreamAudience {
  readonly #port: Port<ReaderReply, ReaderRequest>;
  readonly #connection: ReadConnection;
  readonly #open: () => Promise<Engine>;
  readonly #streams = new Map<RequestId, RowStream>();

  constructor(port: Port<ReaderReply, ReaderRequest>, engine: Engine, options: ReaderOptions) {
    this.#port = port;
    this.#open = options.open;
    this.#connection = new ReadConnection(engine, options.board, options.statementCacheSize);
    port.listen({ packet: (packet) => this.#receive(packet), closed: () => this.#end() });
    port.send([{ kind: 'ready' }]);
  }

  part(id: RequestId, { columns, rows, before }: PartialRows): void {
    this.#sendRows({ kind: 'part', id, columns, rows: packed(rows), before });
  }

  ended(id: RequestId): void {
    this.#streams.delete(id);
    this.#port.send([{ kind: 'ended', id }]);
  }

  failed(id: RequestId, error: unknown): void {
    this.#streams.delete(id);
    this.#port.send([{ kind: 'failed', id, error: recordOf(error) }]);
  }

  #receive(packet: readonly ReaderRequest[]): void {
    const quick: Read[] = [];
    for (const request of packet) {
      if (request.kind === 'quick') quick.push(request);
      else {
        this.#readAll(quick.splice(0));
        this.#take(request);
      }
    }
    this.#readAll(quick);
  }

  #take(request: Exclude<ReaderRequest, { kind: 'quick' }>): void {
    switch (request.kind) {
      case 'long':
        this.#readAll([request], () => this.#port.send([{ kind: 'begun', id: request.id }]));
        break;
      case 'stream':
        void this.#stream(request);
        break;
      case 'credit':
        this.#streams.get(request.id)?.credit();
        break;
      case 'cancel':
        this.#streams.get(request.id)?.stop();
        this.#streams.delete(request.id);
        break;
      case 'end':
        this.#end();
        break;
    }
  }

  /** Runs reads on one snapshot. */
  #readAll(reads: readonly Read[], begun: () => void = () => {}): void {
    if (reads.length === 0) return;
    const version = this.#connection.begin();
    if (version === undefined) {
      this.#port.send(reads.map(({ id }) => ({ kind: 'elsewhere', id })));
      return;
    }
    begun();
    const replies = reads.map((read) => this.#read(read, version));
    this.#connection.end();
    const [only] = replies;
    if (replies.length === 1 && only?.kind === 'rows') this.#sendRows(only);
    else this.#port.send(replies);
  }

  /** The server hands columns on as they are, and so do the ports. */
  #sendRows(reply: Extract<ReaderReply, { readonly rows: RowBlock }>): void {
    this.#port.send([reply], 'columns' in reply.rows ? buffersOf(reply.rows.columns) : []);
  }

  #read({ id, sql, values }: Read, version: number): ReaderReply {
    const start = performance.now();
    try {
      const take: PartTaker = (part) => this.part(id, part);
      const { columns, rows, before } = explained(sql, values, () => this.#connection.read(sql, values, take));
      return { kind: 'rows', id, columns, rows: packed(rows), before, version, tookMs: performance.now() - start };
    } catch (error) {
      return { kind: 'failed', id, error: recordOf(error) };
    }
  }

  /** Each stream has a connection of its own, which holds its snapshot while other reads see newer ones. */
  async #stream({ id, sql, values }: Read): Promise<void> {
    const stream = new RowStream(this, id);
    this.#streams.set(id, stream);
    try {
      const engine = await this.#openSnapshot();
      this.#port.send([{ kind: 'begun', id }]);
      const names = statementsOf(sql)[0]?.parameterNames ?? [];
      stream.start(explained(sql, values, () => rowsOn(engine, sql, names, values)));
    } catch (error) {
      stream.fail(error);
    }
  }

  async #openSnapshot(): Promise<Engine> {
    let engine: Engine | undefined;
    try {
      engine = await this.#open();
      engine.exec('BEGIN; SELECT 1 FROM sqlite_schema');
      return engine;
    } catch (error) {
      engine?.close();
      throw openFailure(error);
    }
  }

  #end(): void {
    for (const stream of this.#streams.values()) stream.stop();
    this.#streams.clear();
    this.#connection.close();
    this.#port.close();
  }
}
