/** The rows of one select as they arrive: at once where they are few, else part by part. */
import type { ArrayRows } from '../model/query.ts';
import type { Row, SqlValue } from '../model/values.ts';
import type { PartialRows } from '../wire/messages.ts';
import { addArrays, addObjects } from '../wire/rows-of-block.ts';
import type { Hearing } from './requests.ts';
import { noteVersion } from './versions.ts';

export type RowForm = 'objects' | 'arrays';

/** Gathers the rows of one subscription, and emits them once they are all there. */
export function selectedRows(form: RowForm): Hearing<readonly Row[] | ArrayRows> {
  const rows: Row[] = [];
  const arrays: SqlValue[][] = [];
  const add = ({ rows: block, columns, before }: PartialRows): void => {
    const all = form === 'objects' ? rows : arrays;
    // A read that was begun anew.
    if (all.length > before) all.length = before;
    if (form === 'objects') addObjects(block, columns, rows);
    else addArrays(block, arrays);
  };
  return (subscriber, reply) => {
    if (reply.kind !== 'part' && reply.kind !== 'rows') return;
    add(reply);
    if (reply.kind === 'rows') {
      const result = form === 'objects' ? rows : { columns: reply.columns, rows: arrays };
      noteVersion(result, reply.version);
      subscriber.next(result);
      subscriber.complete();
    }
  };
}
