/** Which rows of each table can concern a query: those that some SELECT in it lets in that reads the table. */
import type { CommonTableExpr, InTableExpr, SelectFrom, SelectTable } from 'sqlite3-parser';
import { asciiLower } from '../../model/ascii-case.ts';
import type { Schema } from '../schema.ts';
import { isJsonList, type Node, nodesIn } from './expressions.ts';
import { allTableNames, writtenView } from './inner-selects.ts';
import { type RowFilter, rowFilterOf } from './row-filter.ts';
import {
  type Condition,
  conditionsOn,
  coreOf,
  type InnerSelect,
  NotUnderstood,
  type SelectCore,
  type TableNames,
  type WrittenSelect,
} from './select-core.ts';
import { selectOf } from './select-structure.ts';

export type RowFilters = ReadonlyMap<string, readonly RowFilter[]>;

/**
 * The filters of each table, one for each time that the query reads it; none for a table of which any row may concern it.
 *
 * A SELECT anywhere in the query, such as a subquery, a view, a common table expression or a part of a compound, gives the
 * same rows as long as those rows of its tables are the same that meet its own conditions, whatever stands around it.
 */
export function rowFiltersOf(sql: string, schema: Schema): RowFilters {
  try {
    return new FilterSearch(schema).search({
      sql,
      select: selectOf(sql, schema),
      names: undefined,
      database: undefined,
    });
  } catch (error) {
    if (error instanceof NotUnderstood) return new Map();
    throw error;
  }
}

type Part = SelectFrom | SelectTable | InTableExpr | CommonTableExpr | (Node & { readonly type: 'anything else' });

class FilterSearch {
  readonly #schema: Schema;
  readonly #filters = new Map<string, RowFilter[]>();
  readonly #unfiltered = new Set<string>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** Errors  {@link NotUnderstood} where a table may be read unseen, such as through a virtual one. */
  search(written: WrittenSelect): RowFilters {
    this.#walk(written, new Set());
    for (const table of this.#unfiltered) this.#filters.delete(table);
    return this.#filters;
  }

  /** `known` are SELECTs and tables in it whose conditions are known from a SELECT around them. */
  #walk(written: WrittenSelect, known: Set<unknown>): void {
    const tables = allTableNames(written, this.#schema);
    const commonTables = new Set<string>();
    for (const node of nodesIn(written.select, (inner) => !isJsonList(inner)) as Iterable<Part>) {
      if (known.has(node)) continue;
      switch (node.type) {
        case 'CommonTableExpr':
          // Whether its own name or that of a table is meant depends on the place.
          if (this.#schema.hasName(node.tblName.text)) throw new NotUnderstood(`${node.tblName.text} has two meanings`);
          commonTables.add(asciiLower(node.tblName.text));
          break;
        case 'SelectFrom': {
          const core = understood(node, written.sql, tables);
          if (core) this.#take(core, known);
          break;
        }
        case 'TableSelectTable':
        case 'TableCallSelectTable':
        case 'InTableExpr': {
          const { dbName, objName } = node.type === 'InTableExpr' ? node.rhs : node.tblName;
          if (dbName !== undefined || !commonTables.has(asciiLower(objName.text)))
            this.#takeWhole(dbName?.text ?? written.database, objName.text);
        }
      }
    }
  }

  /** Any row of a table concerns the query; of a view, those that it lets in. */
  #takeWhole(database: string | undefined, name: string): void {
    const columns = this.#schema.baseTable(database, name);
    const view = this.#schema.viewNamed(database, name);
    const written = view && writtenView(view);
    if (columns) this.#unfiltered.add(columns.table);
    else if (written) this.#walk(written, new Set());
    else throw new NotUnderstood(`${name} may read others`);
  }

  #take(core: SelectCore, known: Set<unknown>): void {
    known.add(core.body);
    core.sources.forEach(({ table, columns, inner }, source) => {
      known.add(table);
      if (inner) {
        // The text of a view is walked for its subqueries; those of a subquery stand in the text around it.
        const isView = table.type === 'TableSelectTable';
        const within = isView ? new Set<unknown>() : known;
        this.#take(narrowed(inner, conditionsOn(core, source)), within);
        if (isView) this.#walk(inner.written, within);
        return;
      }
      const filter = rowFilterOf(core, source, this.#schema);
      if (filter) this.#filters.set(columns.table, [...(this.#filters.get(columns.table) ?? []), filter]);
      else this.#unfiltered.add(columns.table);
    });
  }
}

/** A SELECT with conditions of the one around it, as far as these speak of columns that it only passes on. */
function narrowed({ core, shown }: InnerSelect, outer: readonly Condition[]): SelectCore {
  const passedOn = outer.flatMap((condition): Condition[] => {
    const references = condition.references.flatMap(({ column, node }) => {
      const reference = shown[column];
      return reference ? [{ ...reference, node }] : [];
    });
    return references.length < condition.references.length ? [] : [{ ...condition, references, leftJoin: undefined }];
  });
  return { ...core, conditions: [...core.conditions, ...passedOn] };
}

function understood(body: SelectFrom, sql: string, tables: TableNames): SelectCore | undefined {
  try {
    return coreOf(body, sql, tables);
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}
