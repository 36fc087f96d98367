/** The virtual tables of a schema, as programs name them: by a pointer. */
import type { Engine } from '../../engines/engine.ts';
import type { SqlValue } from '../model/values.ts';
import { quoted } from './sql-text.ts';
import type { TableInfo } from './table-info.ts';

export class VirtualTables {
  readonly #engine: Engine;
  readonly #all: (sql: string) => SqlValue[][];
  /** By the statements that read one table alone. */
  readonly #bySelect = new Map<string, TableInfo>();
  /** Which of these has a pointer, as of the last time that one was asked for. */
  readonly #selects = new Map<string, string>();

  /** `all` gives the rows of a query. */
  constructor(engine: Engine, all: (sql: string) => SqlValue[][]) {
    this.#engine = engine;
    this.#all = all;
  }

  add(database: string, name: string, info: TableInfo): void {
    this.#bySelect.set(`SELECT 1 FROM ${quoted(database)}.${quoted(name)}`, info);
  }

  /**
   * The virtual table that a program names by the pointer in p4. SQLite connects to a table anew after a rollback, and may
   * give it a pointer that another one had: a program that reads the table alone tells the present one.
   */
  at(pointer: string): TableInfo | undefined {
    const known = this.#selects.get(pointer);
    if (known !== undefined && this.#pointersIn(known).includes(pointer)) return this.#bySelect.get(known);
    this.#selects.clear();
    for (const select of this.#bySelect.keys())
      for (const found of this.#pointersIn(select)) if (!this.#selects.has(found)) this.#selects.set(found, select);
    const select = this.#selects.get(pointer) ?? this.#eponymous(pointer);
    return select === undefined ? undefined : this.#bySelect.get(select);
  }

  /** Table-valued functions, such as json_each, are tables that no schema lists. */
  #eponymous(pointer: string): string | undefined {
    for (const [module] of this.#all('SELECT name FROM pragma_module_list')) {
      const name = `${module}`;
      const select = `SELECT 1 FROM ${quoted(name)}`;
      if (this.#bySelect.has(select) || !this.#pointersIn(select).includes(pointer)) continue;
      this.#bySelect.set(select, { name, internal: true, replaces: false, virtual: { module: name, sql: '' } });
      this.#selects.set(pointer, select);
      return select;
    }
    return undefined;
  }

  /** The pointers of a program. Not every module can be read by its name alone; what is not found counts as anything. */
  #pointersIn(select: string): string[] {
    try {
      const opened = this.#engine.explain(select).filter(({ opcode }) => opcode === 'VOpen');
      return opened.flatMap(({ p4 }) => (p4 === null ? [] : [p4]));
    } catch {
      return [];
    }
  }
}
