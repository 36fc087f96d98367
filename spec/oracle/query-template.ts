/** A query as parts, so that parts of it can be left out, compared and counted. */
import type { Value } from './scenario.ts';

/** In the text of a {@link Fragment}, the place of the next of its parameters. */
export const placeholder = '¤';

/** A piece of SQL with its parameters. */
export interface Fragment {
  readonly sql: string;
  readonly params: readonly Value[];
  /** Other values than these would make it fail. */
  readonly fixed?: true;
}

/**
 * What is left open of a column's values: nothing; the last bits of a sum of REALs; which one of several texts that a
 * collation holds for equal; the order of a concatenation; or which of the rows of a group it comes from.
 */
export type Comparison = 'exact' | 'real' | 'folded' | 'bag' | 'any';

export interface ResultColumn extends Fragment {
  readonly alias?: string;
  readonly comparison: Comparison;
}

export interface Source extends Fragment {
  /** How it is joined to those before it: `,`, `JOIN`, `LEFT JOIN`, … Ignored for the first. */
  readonly join: string;
  readonly on?: readonly Fragment[];
  /** What follows the table instead of an ON: a USING. */
  readonly using?: string;
  readonly reads?: TableRead;
}

/** What of a base table a query depends on, as far as it is known. */
export interface TableRead {
  /** As it is announced: `name`, or `schema.name`. */
  readonly table: string;
  /** The name by which `local` speaks of it. */
  readonly alias: string;
  /** Names of columns; `*` for all of them. Keys of rows are not listed. */
  readonly columns: readonly string[] | '*';
  /** Conjuncts that speak of this table alone, and without which no row of it counts; none where that is not known. */
  readonly local: readonly Fragment[];
}

export interface Core {
  readonly distinct: boolean;
  readonly columns: readonly ResultColumn[];
  readonly sources: readonly Source[];
  readonly where: readonly Fragment[];
  readonly group: readonly Fragment[];
  readonly having: readonly Fragment[];
}

export interface OrderTerm {
  /** As it stands in ORDER BY: an expression, an alias or a number. */
  readonly text: Fragment;
  /** The expression that it means, wherever a column may stand. */
  readonly means: Fragment;
  /** DESC, NULLS LAST, … */
  readonly direction: string;
}

export interface QueryTemplate {
  /** A WITH clause. */
  readonly prefix?: Fragment;
  /** The first has no operator; the others UNION, UNION ALL, EXCEPT, INTERSECT. */
  readonly cores: readonly { readonly operator: string; readonly core: Core }[];
  readonly order: readonly OrderTerm[];
  readonly limit?: Fragment;
  readonly offset?: Fragment;
  /** No two rows are equal in ORDER BY, unless they are equal in all. */
  readonly total: boolean;
  /** `means` speaks of result columns: the ranks are taken around the query. */
  readonly ranksOutside: boolean;
  /** How parameters are written; `shared`: equal ones have one name. */
  readonly style: 'plain' | 'numbered' | 'named' | 'shared' | 'literal';
  /** How the text is written. */
  readonly dress?: 'comment' | 'semicolon' | 'lines' | 'lower case';
  /** `LIMIT offset, limit`. */
  readonly limitByComma?: true;
  /** The base tables behind it; undefined where they are not known, and any write may concern it. */
  readonly tables?: readonly string[];
  /** Its sources tell every column that it reads of each table. */
  readonly readsAreKnown?: boolean;
  /** They tell, too, which rows cannot concern it. */
  readonly exact?: boolean;
  /** It may fail on some data, such as for a sum of large integers. */
  readonly mayFail?: true;
}

export function fragment(sql: string, ...params: Value[]): Fragment {
  return { sql, params };
}

export function joined(fragments: readonly Fragment[], separator: string): Fragment {
  return {
    sql: fragments.map(({ sql }) => sql).join(separator),
    params: fragments.flatMap(({ params }) => params),
    ...(fragments.some(({ fixed }) => fixed) ? { fixed: true } : {}),
  };
}

/** Fills a text's holes with fragments: `phrase`a = ${x}`` . */
export function phrase(texts: TemplateStringsArray, ...parts: readonly (Fragment | string)[]): Fragment {
  const all = texts.flatMap((text, index) => {
    const part = parts[index];
    return part === undefined ? [fragment(text)] : [fragment(text), typeof part === 'string' ? fragment(part) : part];
  });
  return joined(all, '');
}
