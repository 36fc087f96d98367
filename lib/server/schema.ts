/** Maps what a statement's program names, root pages and virtual tables, to the tables of the schema. */
import type { Engine } from '../../engines/engine.ts';
import type { SqlValue } from '../model/values.ts';

/** A table as the outside knows it. */
export interface TableInfo {
  /** As the schema spells it; of another database than `main` as `schema.name`. */
  readonly name: string;
  /** SQLite's own bookkeeping, such as `sqlite_sequence`: it can be watched and is never announced. */
  readonly internal: boolean;
  /** A constraint of it resolves conflicts by REPLACE: any write to it may delete other rows. */
  readonly replaces: boolean;
  readonly virtual?: { readonly module: string; readonly sql: string };
}

/** The schema at one moment. A new one is read after each change of the schema. */
export class Schema {
  readonly #engine: Engine;
  readonly #byRoot = new Map<string, TableInfo>();
  readonly #byPointer = new Map<string, TableInfo>();
  readonly #definitions = new Map<string, string>();
  /** A constraint or a trigger resolves conflicts by FAIL, which keeps what a failed statement wrote before. */
  mentionsFail = false;

  constructor(engine: Engine) {
    this.#engine = engine;
    for (const [index, database] of this.#all('PRAGMA database_list')) this.#read(Number(index), String(database));
  }

  /** The table whose b-tree, or one of whose indexes, has this root page in the database of this number. */
  tableAt(database: number, rootPage: number): TableInfo | undefined {
    return this.#byRoot.get(`${database}:${rootPage}`);
  }

  /** The virtual table that a program names by the pointer in p4. */
  virtualTable(pointer: string): TableInfo | undefined {
    return this.#byPointer.get(pointer) ?? this.#eponymous(pointer);
  }

  get tables(): Iterable<string> {
    return this.#definitions.keys();
  }

  /** The name of a table as the schema spells it, whatever the case in which it is asked for. */
  tableNamed(name: string): string | undefined {
    const wanted = name.toLowerCase();
    for (const known of this.#definitions.keys()) if (known.toLowerCase() === wanted) return known;
    return undefined;
  }

  /** The tables that differ between two schemas: made, dropped or defined anew. */
  static differences(before: Schema, after: Schema): string[] {
    const names = new Set([...before.#definitions.keys(), ...after.#definitions.keys()]);
    return [...names].filter((name) => before.#definitions.get(name) !== after.#definitions.get(name));
  }

  #read(index: number, database: string): void {
    const prefix = database === 'main' ? '' : `${database}.`;
    const quoted = `"${database.replaceAll('"', '""')}"`;
    const schemaTable = { name: `${prefix}sqlite_schema`, internal: true, replaces: false };
    this.#byRoot.set(`${index}:1`, schemaTable);
    const rows = this.#all(
      `SELECT type, name, tbl_name, rootpage, sql FROM ${quoted}.sqlite_schema WHERE type IN ('table', 'index')`,
    );
    const failing = `SELECT 1 FROM ${quoted}.sqlite_schema WHERE sql LIKE '%fail%' LIMIT 1`;
    this.mentionsFail ||= this.#all(failing).length > 0;
    const tables = new Map<string, TableInfo>();
    const shadows = new Set(
      this.#all(
        `SELECT name FROM pragma_table_list WHERE type = 'shadow' AND schema = '${database.replaceAll("'", "''")}'`,
      ).map(([name]) => String(name)),
    );
    for (const [type, name, , , sql] of rows) {
      if (type !== 'table') continue;
      const module = /^\s*CREATE\s+VIRTUAL\s+TABLE\b[\s\S]*?\bUSING\s+["'[`]?(\w+)/i.exec(String(sql))?.[1];
      const info: TableInfo = {
        name: prefix + name,
        internal: /^sqlite_/i.test(String(name)),
        replaces: /\breplace\b/i.test(String(sql)),
        ...(module ? { virtual: { module: module.toLowerCase(), sql: String(sql) } } : {}),
      };
      tables.set(String(name), info);
      if (module) this.#addPointer(`SELECT 1 FROM ${quoted}."${String(name).replaceAll('"', '""')}"`, info);
    }
    for (const [type, name, tableName, rootPage, sql] of rows) {
      const info = shadows.has(String(tableName)) ? ownerOf(tables, String(tableName)) : tables.get(String(tableName));
      if (info === undefined) continue;
      this.#byRoot.set(`${index}:${rootPage}`, info);
      if (type === 'table' && !info.internal) {
        const own = tables.get(String(name)) === info;
        if (own) this.#definitions.set(info.name, String(sql));
      }
    }
  }

  /** Table-valued functions, such as json_each, are tables that no schema lists. */
  #eponymous(pointer: string): TableInfo | undefined {
    for (const [module] of this.#all('SELECT name FROM pragma_module_list')) {
      const name = `${module}`;
      this.#addPointer(`SELECT 1 FROM "${name.replaceAll('"', '""')}"`, {
        name,
        internal: true,
        replaces: false,
        virtual: { module: name, sql: '' },
      });
    }
    return this.#byPointer.get(pointer);
  }

  /** The pointer changes from one loading of the schema to the next: a program that reads this table alone tells it. */
  #addPointer(select: string, info: TableInfo): void {
    try {
      for (const { opcode, p4 } of this.#engine.explain(select)) {
        if (opcode === 'VOpen' && p4 !== null && !this.#byPointer.has(p4)) this.#byPointer.set(p4, info);
      }
    } catch {
      // Not every module can be read by its name alone; one that is not found counts as reading everything.
    }
  }

  #all(sql: string): SqlValue[][] {
    const statement = this.#engine.prepare(sql, []);
    const rows = statement.all([]);
    statement.finalize();
    return rows;
  }
}

/** The virtual table that a shadow table is a part of. https://sqlite.org/vtab.html#xshadowname */
function ownerOf(tables: ReadonlyMap<string, TableInfo>, name: string): TableInfo | undefined {
  for (let end = name.lastIndexOf('_'); end > 0; end = name.lastIndexOf('_', end - 1)) {
    const owner = tables.get(name.slice(0, end));
    if (owner?.virtual) return owner;
  }
  return tables.get(name);
}
