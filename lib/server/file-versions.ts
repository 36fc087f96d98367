/** What the file counts by itself: commits of other connections, and changes of the schema. */
import type { Engine, PreparedStatement } from '../../engines/engine.ts';
import type { SqlValue } from '../model/values.ts';

export class FileVersions {
  readonly #data: PreparedStatement;
  readonly #schema: PreparedStatement;
  #knownData: SqlValue | undefined;
  #latestData: SqlValue | undefined;
  #knownSchema: SqlValue | undefined;

  constructor(engine: Engine) {
    this.#data = engine.prepare('PRAGMA data_version', []);
    this.#schema = engine.prepare('PRAGMA schema_version', []);
    this.#knownData = onlyValue(this.#data);
    this.#knownSchema = onlyValue(this.#schema);
  }

  /** Whether another connection has committed that is not noted. https://sqlite.org/pragma.html#pragma_data_version */
  hasForeignCommit(): boolean {
    this.#latestData = onlyValue(this.#data);
    return this.#latestData !== this.#knownData;
  }

  /** All commits are known that were there when {@link hasForeignCommit} was called. */
  noteForeignCommit(): void {
    this.#knownData = this.#latestData;
  }

  /** Whether the schema is another than when {@link noteSchema} was called. https://sqlite.org/pragma.html#pragma_schema_version */
  hasOtherSchema(): boolean {
    return onlyValue(this.#schema) !== this.#knownSchema;
  }

  /** The present schema is known. */
  noteSchema(): void {
    this.#knownSchema = onlyValue(this.#schema);
  }

  close(): void {
    this.#data.finalize();
    this.#schema.finalize();
  }
}

function onlyValue(statement: PreparedStatement): SqlValue | undefined {
  return statement.all([])[0]?.[0];
}
