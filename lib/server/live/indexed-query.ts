/** One live query as an index knows it. */
import type { SqlValue } from '../../model/values.ts';

export interface IndexedQuery {
  readonly number: number;
  /** Its parameters, in the order of the statement. */
  readonly values: readonly SqlValue[];
}
