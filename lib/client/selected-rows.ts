/** The rows of one select as they arrive: at once where they are few, else part by part. */
import type { ArrayRows } from '../model/query.ts';
import type { Row, SqlValue } from '../model/values.ts';
import type { RowBlock } from '../wire/row-block.ts';
import { arraysOf, objectsOf } from '../wire/rows-of-block.ts';
import { LazyRows } from './lazy-rows.ts';
import type { Hearing } from './requests.ts';
import { noteVersion } from './versions.ts';

/** So many arrays are joined at once: each is an argument of a call. `flat()` takes six times as long. */
const mostArguments = 10_000;

interface Form<Part, Result> {
  part(block: RowBlock, columns: readonly string[]): Part;
  result(parts: readonly Part[], columns: readonly string[]): Result;
}

const forms = {
  objects: { part: objectsOf, result: joined } satisfies Form<Row[], Row[]>,
  arrays: {
    part: arraysOf,
    result: (parts, columns) => ({ columns, rows: joined(parts) }),
  } satisfies Form<SqlValue[][], ArrayRows>,
  lazy: {
    part: (block) => block,
    result: (blocks, columns) => new LazyRows(columns, blocks),
  } satisfies Form<RowBlock, LazyRows>,
};

/** Gathers the rows of one subscription, and emits them once they are all there. */
export function selectedRows(form: keyof typeof forms): Hearing<readonly Row[] | ArrayRows | LazyRows> {
  const { part, result } = forms[form] as Form<unknown, Row[] | ArrayRows | LazyRows>;
  let parts: unknown[] = [];
  return (subscriber, reply) => {
    if (reply.kind !== 'part' && reply.kind !== 'rows') return;
    // A read may be begun anew.
    if (reply.before === 0) parts = [];
    parts.push(part(reply.rows, reply.columns));
    if (reply.kind === 'part') return;
    const whole = result(parts, reply.columns);
    noteVersion(whole, reply.version);
    subscriber.next(whole);
    subscriber.complete();
  };
}

/** An array that grows to a million rows is copied ever again on its way, the last time for 12 ms; joined once, it takes 7. */
function joined<T>(parts: readonly T[][]): T[] {
  if (parts.length === 1) return parts[0]!;
  let rows: T[] = [];
  for (let at = 0; at < parts.length; at += mostArguments) rows = rows.concat(...parts.slice(at, at + mostArguments));
  return rows;
}
