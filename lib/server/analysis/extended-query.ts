/** A query that gives more columns than it was asked for, in whole or for some rows alone. */
import { endOf } from './expressions.ts';
import { numberedParameters } from './row-filter.ts';
import type { SelectStructure } from './select-structure.ts';
import { edited, type TextEdit } from './text-edits.ts';

export interface ExtendedQuery {
  /** The whole result, in order. With a window it takes one more parameter, how many rows to give; else it has no LIMIT. */
  readonly whole: string;
  /** The rows for which `condition` holds too, in any order, without a LIMIT. Its parameters follow those of the query. */
  restricted(condition: string): string;
  /** The first parameter that is free. */
  readonly nextParameter: number;
}

export function extendedQuery(
  structure: SelectStructure,
  hidden: readonly string[],
  hasWindow: boolean,
): ExtendedQuery {
  const { sql, body, select } = structure;
  const bodyEnd = endOf(body);
  const resultEnd = endOf(body.columns.at(-1)!);
  const added: TextEdit = { offset: resultEnd, length: 0, text: hidden.map((column) => `, ${column}`).join('') };
  const parameters = numberedParameters(sql);
  const nextParameter = Math.max(0, ...parameters.map(({ text }) => Number(text.slice(1)))) + 1;
  const orderEnd = select.orderBy?.length ? endOf(select.orderBy.at(-1)!) : bodyEnd;
  return {
    whole: edited(sql, [added, ...parameters], 0, orderEnd) + (hasWindow ? ` LIMIT ?${nextParameter}` : ''),
    restricted: (condition) => edited(sql, [added, ...conditionEdits(structure, condition), ...parameters], 0, bodyEnd),
    nextParameter,
  };
}

function conditionEdits({ body }: SelectStructure, condition: string): TextEdit[] {
  const { whereClause, from } = body;
  if (whereClause === undefined) return [{ offset: endOf(from!), length: 0, text: ` WHERE ${condition}` }];
  return [
    { offset: whereClause.span.offset, length: 0, text: '(' },
    { offset: endOf(whereClause), length: 0, text: `) AND (${condition})` },
  ];
}
