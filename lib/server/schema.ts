/** Maps what a statement's program names, root pages and virtual tables, to the tables of the schema. */
import type { Engine } from '../../engines/engine.ts';
import { asciiLower } from '../model/ascii-case.ts';
import type { SqlValue } from '../model/values.ts';
import { knownCollations } from './analysis/collations.ts';
import { readColumns, rowidColumn, type TableColumns } from './analysis/table-columns.ts';
import { captureTriggerPrefix } from './capture/capture-triggers.ts';
import { SqlFunctions } from './sql-functions.ts';
import { mentionsReplace, quoted } from './sql-text.ts';
import type { TableInfo } from './table-info.ts';
import { TriggerHabits } from './trigger-habits.ts';
import { VirtualTables } from './virtual-tables.ts';

/** An index as a program opens it. */
export interface IndexInfo {
  readonly table: TableColumns;
  /** The table's column at each place; undefined for an expression. https://sqlite.org/pragma.html#pragma_index_xinfo */
  readonly columns: readonly (number | undefined)[];
  /** How many of them were declared; the others name the row. */
  readonly declared: number;
  /** Not every row of the table is in it. */
  readonly isPartial: boolean;
}

interface Place {
  readonly database: string;
  /** The name within its database. */
  readonly own: string;
  readonly definition: string;
}

/** A view, by the statement that made it. */
export interface View {
  readonly database: string;
  readonly sql: string;
}

/** Neither for a table that is virtual or SQLite's own. */
interface Meaning {
  readonly table?: string;
  readonly view?: View;
}

/** The schema at one moment. A new one is read after each change of the schema. */
export class Schema {
  readonly #engine: Engine;
  readonly #byRoot = new Map<string, TableInfo>();
  readonly virtualTables: VirtualTables;
  readonly #definitions = new Map<string, string>();
  readonly #places = new Map<string, Place>();
  /** Of each database, in the order in which SQLite looks a name up: what a name in lower case means. */
  readonly #names = new Map<string, Map<string, Meaning>>();
  readonly #indexes = new Map<string, { readonly table: string; readonly database: string; readonly own: string }>();
  /** Undefined too for a name that two tables share, such as `main."a.b"` and `a.b`. */
  readonly #columns = new Map<string, TableColumns | undefined>();
  readonly #indexInfos = new Map<string, IndexInfo | undefined>();
  readonly functions: SqlFunctions;
  /** Those that sort and compare as they do in any database of SQLite. */
  readonly collations: ReadonlySet<string>;
  #isUtf8: boolean | undefined;
  readonly triggers = new TriggerHabits();
  /** A view has an ORDER BY in it. */
  viewsAreOrdered = false;

  constructor(engine: Engine, ownCollations: Iterable<string> = []) {
    this.#engine = engine;
    this.collations = knownCollations(ownCollations);
    const all = (sql: string): SqlValue[][] => this.#all(sql);
    this.functions = new SqlFunctions(all);
    this.virtualTables = new VirtualTables(engine, all);
    const databases = this.#all('PRAGMA database_list').map(([index, name]) => ({
      index: Number(index),
      name: String(name),
    }));
    // https://sqlite.org/lang_naming.html: temp, main, then the others as they were attached.
    for (const name of ['temp', 'main', ...databases.map((database) => database.name)])
      this.#names.set(name, new Map());
    for (const { index, name } of databases) this.#read(index, name);
  }

  /** The table whose b-tree, or one of whose indexes, has this root page in the database of this number. */
  tableAt(database: number, rootPage: number): TableInfo | undefined {
    return this.#byRoot.get(`${database}:${rootPage}`);
  }

  /** The columns of a table; undefined for a virtual or internal table, and where its definition is not understood. */
  columnsOf(table: string): TableColumns | undefined {
    const place = this.#places.get(table);
    if (place !== undefined && !this.#columns.has(table)) {
      this.#columns.set(
        table,
        readColumns((sql) => this.#all(sql), { name: table, ...place }),
      );
    }
    return this.#columns.get(table);
  }

  /** The table that a name means, where it is a table whose columns are known. */
  baseTable(database: string | undefined, name: string): TableColumns | undefined {
    const table = this.#meaningOf(database, name)?.table;
    return table === undefined ? undefined : this.columnsOf(table);
  }

  /** The view that a name means; undefined where it means anything else. */
  viewNamed(database: string | undefined, name: string): View | undefined {
    return this.#meaningOf(database, name)?.view;
  }

  /** Whether a table or view of any kind has this name. */
  hasName(name: string): boolean {
    return this.#meaningOf(undefined, name) !== undefined;
  }

  /** The index that has this root page; undefined for a table's own b-tree, one WITHOUT ROWID included. */
  indexAt(database: number, rootPage: number): IndexInfo | undefined {
    const root = `${database}:${rootPage}`;
    const index = this.#indexes.get(root);
    if (index !== undefined && !this.#indexInfos.has(root)) this.#indexInfos.set(root, this.#indexInfo(index));
    return this.#indexInfos.get(root);
  }

  /** Whether a root page is that of an index. */
  isIndex(database: number, rootPage: number): boolean {
    return this.#indexes.has(`${database}:${rootPage}`);
  }

  /** Whether texts are held as UTF-8, so that their bytes sort as their code points do. */
  get isUtf8(): boolean {
    // A build without UTF-16 has no such PRAGMA. https://sqlite.org/compile.html#omit_utf16
    this.#isUtf8 ??= (this.#all('PRAGMA encoding')[0]?.[0] ?? 'UTF-8') === 'UTF-8';
    return this.#isUtf8;
  }

  get tables(): Iterable<string> {
    return this.#definitions.keys();
  }

  /** The name of a table as the schema spells it, whatever the case in which it is asked for. */
  tableNamed(name: string): string | undefined {
    const wanted = asciiLower(name);
    for (const known of this.#definitions.keys()) if (asciiLower(known) === wanted) return known;
    return undefined;
  }

  /** The tables that differ between two schemas: made, dropped or defined anew. */
  static differences(before: Schema, after: Schema): string[] {
    const names = new Set([...before.#definitions.keys(), ...after.#definitions.keys()]);
    return [...names].filter((name) => before.#definitions.get(name) !== after.#definitions.get(name));
  }

  #meaningOf(database: string | undefined, name: string): Meaning | undefined {
    const wanted = asciiLower(name);
    for (const [known, names] of this.#names) {
      if (database === undefined || asciiLower(known) === asciiLower(database)) {
        const meaning = names.get(wanted);
        if (meaning) return meaning;
      }
    }
    return undefined;
  }

  #read(index: number, database: string): void {
    const prefix = database === 'main' ? '' : `${database}.`;
    const inSql = quoted(database);
    const schemaTable = { name: `${prefix}sqlite_schema`, internal: true, replaces: false };
    this.#byRoot.set(`${index}:1`, schemaTable);
    const rows = this.#all(
      `SELECT type, name, tbl_name, rootpage, sql FROM ${inSql}.sqlite_schema WHERE type IN ('table', 'index', 'view')`,
    );
    for (const [name, sql] of this.#all(`SELECT name, sql FROM ${inSql}.sqlite_schema WHERE type = 'trigger'`))
      if (!String(name).startsWith(captureTriggerPrefix)) this.triggers.add(database, String(sql));
    const tables = new Map<string, TableInfo>();
    const shadows = new Set(
      this.#all(
        `SELECT name FROM pragma_table_list WHERE type = 'shadow' AND schema = '${database.replaceAll("'", "''")}'`,
      ).map(([name]) => String(name)),
    );
    const names = this.#names.get(database)!;
    for (const [type, name, , , sql] of rows) {
      if (type === 'table') names.set(asciiLower(String(name)), {});
      if (type === 'view') {
        names.set(asciiLower(String(name)), { view: { database, sql: String(sql) } });
        this.viewsAreOrdered ||= /\border\b/i.test(String(sql));
      }
      if (type !== 'table') continue;
      const module = /^\s*CREATE\s+VIRTUAL\s+TABLE\b[\s\S]*?\bUSING\s+["'[`]?(\w+)/i.exec(String(sql))?.[1];
      const info: TableInfo = {
        name: prefix + name,
        internal: /^(?:sqlite|_sluice)_/i.test(String(name)),
        replaces: mentionsReplace(String(sql)),
        ...(module ? { virtual: { module: module.toLowerCase(), sql: String(sql) } } : {}),
      };
      tables.set(String(name), info);
      if (!module && !info.internal && !shadows.has(String(name))) {
        if (this.#places.has(info.name)) this.#columns.set(info.name, undefined);
        this.#places.set(info.name, { database, own: String(name), definition: String(sql) });
        names.set(asciiLower(String(name)), { table: info.name });
      }
      if (module) this.virtualTables.add(database, String(name), info);
    }
    for (const [type, name, tableName, rootPage, sql] of rows) {
      const info = shadows.has(String(tableName)) ? ownerOf(tables, String(tableName)) : tables.get(String(tableName));
      if (info === undefined) continue;
      this.#byRoot.set(`${index}:${rootPage}`, info);
      if (type === 'index')
        this.#indexes.set(`${index}:${rootPage}`, { table: info.name, database, own: String(name) });
      if (type === 'table' && !info.internal) {
        const own = tables.get(String(name)) === info;
        if (own) this.#definitions.set(info.name, String(sql));
      }
    }
  }

  #indexInfo({ table, database, own }: { table: string; database: string; own: string }): IndexInfo | undefined {
    const columns = this.columnsOf(table);
    if (columns === undefined) return undefined;
    const rows = this.#all(`PRAGMA ${quoted(database)}.index_xinfo(${quoted(own)})`);
    const { rowidAlias = rowidColumn } = columns;
    const numberOf = (cid: number): number | undefined => (cid >= 0 ? cid : cid === -1 ? rowidAlias : undefined);
    const lists = this.#all(`PRAGMA ${quoted(database)}.index_list(${quoted(this.#places.get(table)!.own)})`);
    return {
      table: columns,
      columns: rows.map(([, cid]) => numberOf(Number(cid))),
      declared: rows.filter((row) => row[5] === 1).length,
      isPartial: lists.some((list) => list[1] === own && list[4] === 1),
    };
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
