/** Answers of writes as they are kept beside them, for a client that did not hear them. */
import type { SqlValue } from '../model/values.ts';
import type { RequestId } from '../wire/messages.ts';
import { blockOf, rowCount } from '../wire/row-block.ts';
import { arraysOf } from '../wire/rows-of-block.ts';
import type { Answer } from './statement-work.ts';
import { revived, textOf } from './value-text.ts';

/** An answer as columns of a record. `'unkept'`: it was too large, or holds what cannot be kept. */
export interface KeptAnswer {
  readonly kind: 'done' | 'rows' | 'value' | 'unkept';
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
  readonly result: string | null;
}

/** More than that would cost more than the write itself. */
const mostRows = 200;
const mostCharacters = 16_000;

const unkept: KeptAnswer = { kind: 'unkept', changes: 0, lastInsertRowid: 0, result: null };

export function keptOf(answer: Answer | undefined): KeptAnswer {
  switch (answer?.kind) {
    case 'done': {
      const { changes, lastInsertRowid } = answer;
      return { kind: 'done', changes, lastInsertRowid, result: null };
    }
    case 'rows': {
      const { columns, rows, before } = answer;
      if (before > 0 || rowCount(rows) > mostRows) return unkept;
      return withResult('rows', [columns, arraysOf(rows)]);
    }
    case 'value':
      return withResult('value', answer.value);
    default:
      return unkept;
  }
}

export function keptAnswer(id: RequestId, { kind, changes, lastInsertRowid, result }: KeptAnswer): Answer | undefined {
  switch (kind) {
    case 'done':
      return { kind, id, changes, lastInsertRowid, version: 0 };
    case 'rows': {
      const [columns, rows] = revived(result!) as [string[], SqlValue[][]];
      return { kind, id, columns, rows: blockOf(rows, columns.length), before: 0, version: 0 };
    }
    case 'value':
      return { kind, id, value: revived(result!) };
    case 'unkept':
      return undefined;
  }
}

function withResult(kind: 'rows' | 'value', value: unknown): KeptAnswer {
  const result = textOf(value);
  if (result === undefined || result.length > mostCharacters) return unkept;
  return { kind, changes: 0, lastInsertRowid: 0, result };
}
