/** What files count by themselves, those of attached databases too: commits of other connections, and changes of the schema. */
import type { Engine, PreparedStatement } from '../../engines/engine.ts';
import type { SqlValue } from '../model/values.ts';
import { quoted } from './sql-text.ts';

interface CountedFile {
  readonly database: string;
  readonly path: string;
  readonly data: PreparedStatement;
  readonly schema: PreparedStatement;
  knownData: SqlValue | undefined;
  latestData: SqlValue | undefined;
  knownSchema: SqlValue | undefined;
}

export class FileVersions {
  readonly #engine: Engine;
  /** That of `main` comes first, also where it lives in memory. */
  #files: CountedFile[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
    this.noteSchema();
  }

  /** Whether a database is attached that has a file. */
  get areSeveral(): boolean {
    return this.#files.length > 1;
  }

  /** Whether another connection has committed that is not noted. https://sqlite.org/pragma.html#pragma_data_version */
  hasForeignCommit(): boolean {
    let isForeign = false;
    for (const file of this.#files) {
      file.latestData = onlyValue(file.data);
      isForeign ||= file.latestData !== file.knownData;
    }
    return isForeign;
  }

  /** All commits are known that were there when {@link hasForeignCommit} was called. */
  noteForeignCommit(): void {
    for (const file of this.#files) file.knownData = file.latestData;
  }

  /** Whether the schema is another than when {@link noteSchema} was called. https://sqlite.org/pragma.html#pragma_schema_version */
  hasOtherSchema(): boolean {
    for (const { schema, knownSchema } of this.#files) if (onlyValue(schema) !== knownSchema) return true;
    return false;
  }

  /** The present schema is known, and which databases are attached. */
  noteSchema(): void {
    this.#findFiles();
    for (const file of this.#files) file.knownSchema = onlyValue(file.schema);
  }

  close(): void {
    for (const file of this.#files) finalize(file);
  }

  #findFiles(): void {
    const list = this.#engine.prepare('PRAGMA database_list', []);
    const databases = list.all([]).map(([, name, path]) => [String(name), String(path ?? '')] as const);
    list.finalize();
    const before = this.#files;
    this.#files = databases
      .filter(([database, path]) => database === 'main' || (database !== 'temp' && path !== ''))
      .map(
        ([database, path]) =>
          before.find((file) => file.database === database && file.path === path) ?? this.#counted(database, path),
      );
    for (const file of before) if (!this.#files.includes(file)) finalize(file);
  }

  #counted(database: string, path: string): CountedFile {
    const data = this.#engine.prepare(`PRAGMA ${quoted(database)}.data_version`, []);
    const schema = this.#engine.prepare(`PRAGMA ${quoted(database)}.schema_version`, []);
    const now = onlyValue(data);
    return { database, path, data, schema, knownData: now, latestData: now, knownSchema: undefined };
  }
}

function finalize({ data, schema }: CountedFile): void {
  data.finalize();
  schema.finalize();
}

function onlyValue(statement: PreparedStatement): SqlValue | undefined {
  return statement.all([])[0]?.[0];
}
