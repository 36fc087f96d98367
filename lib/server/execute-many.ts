/** Runs a statement once for each row of parameters, many rows at a time where nobody can tell the difference. */
import type { Engine } from '../../engines/engine.ts';
import type { SqlValue } from '../model/values.ts';
import { valuesTogether } from '../wire/block-parts.ts';
import { type RowBlock, rowCount } from '../wire/row-block.ts';
import { type InsertOfMany, insertOfMany } from './insert-of-many.ts';
import { explained } from './statement-failure.ts';
import type { Statement } from './statements.ts';

/** What statements did to rows. */
export interface Written {
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
}

/** The transaction in which it runs. */
export interface OpenTransaction {
  readonly inTransaction: boolean;
  control(step: 'savepoint' | 'release'): void;
  /** Takes back what the statement did since `savepoint`. */
  undoStatement(): void;
  /** The statement has run for one more row, or for several. */
  ranOnce(): void;
}

/** Fewer rows are not worth another statement, and the look at the program of the first: some 100 µs. */
const fewest = 200;

/**
 * Runs a statement that gives no rows and leaves the schema as it is.
 *
 * Errors  `StatementError` and its kinds, as of the row that was refused.
 */
export function executeMany(
  engine: Engine,
  transaction: OpenTransaction,
  statement: Statement,
  blocks: readonly RowBlock[],
): Written {
  const count = blocks.reduce((sum, block) => sum + rowCount(block), 0);
  const many = count < fewest ? undefined : insertOfMany(engine, statement.sql);
  if (many === undefined) return oneByOne(transaction, statement, valuesTogether(blocks, 1));
  transaction.control('savepoint');
  try {
    const written = together(engine, transaction, statement, many, blocks);
    transaction.control('release');
    return written;
  } catch (error) {
    if (!transaction.inTransaction) throw error;
    // Once more, so that the error is that of the row that is refused.
    transaction.undoStatement();
    return oneByOne(transaction, statement, valuesTogether(blocks, 1));
  }
}

function together(
  engine: Engine,
  transaction: OpenTransaction,
  statement: Statement,
  { sql, rows }: InsertOfMany,
  blocks: readonly RowBlock[],
): Written {
  const total = { changes: 0, lastInsertRowid: 0 as number | bigint };
  const width = statement.parameterNames.length;
  const size = rows * width;
  const prepared = engine.prepare(sql, Array(size).fill(null));
  try {
    for (const values of valuesTogether(blocks, rows)) {
      if (values.length < size) {
        addTo(total, oneByOne(transaction, statement, valuesTogether([{ width, values }], 1)));
        break;
      }
      addTo(
        total,
        explained(statement.sql, [], () => prepared.run(values)),
      );
      transaction.ranOnce();
    }
  } finally {
    prepared.finalize();
  }
  return total;
}

function oneByOne(transaction: OpenTransaction, { sql, prepared }: Statement, rows: Iterable<SqlValue[]>): Written {
  const total = { changes: 0, lastInsertRowid: 0 as number | bigint };
  for (const row of rows) {
    addTo(
      total,
      explained(sql, row, () => prepared.run(row)),
    );
    transaction.ranOnce();
  }
  return total;
}

export function addTo(total: { changes: number; lastInsertRowid: number | bigint }, written: Written): void {
  total.changes += written.changes;
  total.lastInsertRowid = written.lastInsertRowid;
}
