/** One connection that only reads: snapshots whose version is known, and the statements that are asked of them. */
import type { Engine, PreparedStatement } from '../../../engines/engine.ts';
import type { SqlValue } from '../../model/values.ts';
import type { PartialRows } from '../../wire/messages.ts';
import { type PartTaker, readInParts } from '../rows-in-parts.ts';
import { statementsOf } from '../sql-text.ts';
import type { VersionBoard } from './version-board.ts';

/** Where commits follow close on each other, one of three tries falls in between. */
const mostTries = 50;

export class ReadConnection {
  readonly #engine: Engine;
  readonly #board: VersionBoard;
  readonly #capacity: number;
  readonly #statements = new Map<string, PreparedStatement>();
  readonly #begin: PreparedStatement;
  readonly #commit: PreparedStatement;
  readonly #schemaVersion: PreparedStatement;
  #lastSchema: SqlValue | undefined;

  constructor(engine: Engine, board: VersionBoard, statementCacheSize = 500) {
    this.#engine = engine;
    this.#board = board;
    this.#capacity = statementCacheSize;
    this.#begin = engine.prepare('BEGIN', []);
    this.#commit = engine.prepare('COMMIT', []);
    this.#schemaVersion = engine.prepare('PRAGMA schema_version', []);
  }

  /** Takes a snapshot of the newest commit. Gives its version; where that cannot be told, there is none. */
  begin(): number | undefined {
    for (let tries = 0; tries < mostTries; tries++) {
      const version = this.#board.versionOf(() => this.#takeSnapshot());
      if (version !== undefined) return version;
      this.end();
      this.#board.wait();
    }
    return undefined;
  }

  end(): void {
    if (this.#engine.inTransaction) this.#commit.run([]);
  }

  /** Gives the last part of the rows, the only one where they are few; the others are taken while they are read. */
  read(sql: string, values: readonly SqlValue[], take: PartTaker): PartialRows {
    return readInParts(this.#statement(sql), values, take);
  }

  close(): void {
    for (const statement of this.#statements.values()) statement.finalize();
    for (const statement of [this.#begin, this.#commit, this.#schemaVersion]) statement.finalize();
    this.#engine.close();
  }

  #takeSnapshot(): void {
    this.#begin.run([]);
    // The first read takes it, https://sqlite.org/isolation.html; and this one tells whether columns may have other names.
    const schema = this.#schemaVersion.all([])[0]?.[0];
    if (schema === this.#lastSchema) return;
    this.#lastSchema = schema;
    // A statement is prepared by the schema that its connection knows, and this one has it read anew.
    this.#engine.exec('SELECT 1 FROM sqlite_schema LIMIT 1');
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
  }

  #statement(sql: string): PreparedStatement {
    let statement = this.#statements.get(sql);
    if (statement) this.#statements.delete(sql);
    else statement = this.#engine.prepare(sql, statementsOf(sql)[0]?.parameterNames ?? []);
    this.#statements.set(sql, statement);
    if (this.#statements.size > Math.max(1, this.#capacity)) {
      const [oldest, unused] = this.#statements.entries().next().value!;
      this.#statements.delete(oldest);
      unused.finalize();
    }
    return statement;
  }
}
