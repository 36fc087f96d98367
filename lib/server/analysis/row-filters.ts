/** Which rows of each table can concern a query: those that some SELECT in it lets in that reads the table. */
import type { CommonTableExpr, InTableExpr, SelectFrom, SelectTable } from 'sqlite3-parser';
import type { Schema } from '../schema.ts';
import { asciiLower } from './ascii-case.ts';
import { isJsonList, type Node, nodesIn } from './expressions.ts';
import { type RowFilter, rowFilterOf } from './row-filter.ts';
import { coreOf, NotUnderstood, type SelectCore } from './select-core.ts';
import { selectOf } from './select-structure.ts';

export type RowFilters = ReadonlyMap<string, readonly RowFilter[]>;

/**
 * The filters of each table, one for each time that the query reads it; none for a table of which any row may concern it.
 *
 * A SELECT anywhere in the query, such as a subquery, a common table expression or a part of a compound, gives the same rows
 * as long as those rows of its tables are the same that meet its own conditions, whatever stands around it.
 */
export function rowFiltersOf(sql: string, schema: Schema): RowFilters {
  try {
    return filtersIn(sql, schema);
  } catch (error) {
    if (error instanceof NotUnderstood) return new Map();
    throw error;
  }
}

/** Errors  {@link NotUnderstood} where a table may be read through something else, such as a view. */
function filtersIn(sql: string, schema: Schema): RowFilters {
  const filters = new Map<string, RowFilter[]>();
  const unfiltered = new Set<string>();
  const inCores = new Set<unknown>();
  const commonTables = new Set<string>();
  for (const node of nodesIn(selectOf(sql, schema), (inner) => !isJsonList(inner)) as Iterable<Part>) {
    switch (node.type) {
      case 'CommonTableExpr':
        // Whether its own name or that of a table is meant depends on the place.
        if (schema.hasName(node.tblName.text)) throw new NotUnderstood(`${node.tblName.text} has two meanings`);
        commonTables.add(asciiLower(node.tblName.text));
        break;
      case 'SelectFrom': {
        const core = understood(node, schema);
        core?.sources.forEach(({ table, columns }, source) => {
          inCores.add(table);
          const filter = rowFilterOf(core, source, sql, schema);
          if (filter) filters.set(columns.table, [...(filters.get(columns.table) ?? []), filter]);
          else unfiltered.add(columns.table);
        });
        break;
      }
      case 'TableSelectTable':
      case 'TableCallSelectTable':
      case 'InTableExpr': {
        const { dbName, objName } = node.type === 'InTableExpr' ? node.rhs : node.tblName;
        if (inCores.has(node) || (dbName === undefined && commonTables.has(asciiLower(objName.text)))) break;
        const columns = schema.baseTable(dbName?.text, objName.text);
        if (columns === undefined) throw new NotUnderstood(`${objName.text} may read others`);
        unfiltered.add(columns.table);
      }
    }
  }
  for (const table of unfiltered) filters.delete(table);
  return filters;
}

type Part = SelectFrom | SelectTable | InTableExpr | CommonTableExpr | (Node & { readonly type: 'anything else' });

function understood(body: SelectFrom, schema: Schema): SelectCore | undefined {
  try {
    return coreOf(body, schema);
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}
