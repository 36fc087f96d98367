/** Live queries on the client: results made of patches, and equal queries shared. */
import { defer, distinctUntilChanged, filter, finalize, type Observable } from 'rxjs';
import { shareLatest } from '../../streams/share-latest.ts';
import { applyPatch, difference } from '../model/patch.ts';
import { type ArrayRows, type BoundStatement, statementKey } from '../model/query.ts';
import type { Row, SqlValue } from '../model/values.ts';
import type { LiveResult, ScopeId } from '../wire/messages.ts';
import { arraysOf, blockOf, objectsOf, type RowBlock } from '../wire/row-block.ts';
import type { Connection } from './connection.ts';
import { type Asking, requestMany } from './requests.ts';

export type RowForm = 'objects' | 'arrays';
type AnyRow = Row | SqlValue[];
type Result = readonly AnyRow[] | ArrayRows;

/** In the place of a result: the last one is from before a commit, and whoever comes now waits for the next. */
const stale = Symbol('stale');

/** The live queries of one scope that somebody follows. Those that nobody follows leave nothing behind. */
export class LiveResults {
  readonly #connection: Connection;
  readonly #scope: ScopeId;
  readonly #shared = new Map<string, Observable<Result | typeof stale>>();

  constructor(connection: Connection, scope: ScopeId) {
    this.#connection = connection;
    this.#scope = scope;
  }

  /** A late subscriber gets the latest result at once, unless a commit made it stale. */
  watch(statement: BoundStatement, form: RowForm, asked: Error | undefined): Observable<Result> {
    return defer(() => {
      const key = `${form} ${statementKey(statement)}`;
      let shared = this.#shared.get(key);
      if (shared === undefined) {
        const forget = (): void => void this.#shared.delete(key);
        shared = this.#live(statement, form, { stakes: 'stream', asked }).pipe(finalize(forget), shareLatest());
        this.#shared.set(key, shared);
      }
      return shared.pipe(filter(isResult), distinctUntilChanged());
    });
  }

  #live(statement: BoundStatement, form: RowForm, asking: Asking): Observable<Result | typeof stale> {
    return defer(() => {
      const state = new ResultState(form);
      const body = { kind: 'watch', scope: this.#scope, ...statement } as const;
      return requestMany<Result | typeof stale>(
        this.#connection,
        asking,
        () => body,
        (subscriber, reply, id) => {
          switch (reply.kind) {
            case 'live':
              subscriber.next(state.apply(reply));
              this.#connection.credit(id());
              break;
            case 'fresh':
              subscriber.next(state.result);
              break;
            case 'stale':
              subscriber.next(stale);
              break;
            default:
              subscriber.complete();
          }
        },
      );
    });
  }
}

function isResult(value: Result | typeof stale): value is Result {
  return value !== stale;
}

/** The rows of a live query as they stand. A row that did not change stays the same object. */
class ResultState {
  readonly #form: RowForm;
  #columns: readonly string[] | undefined;
  #rows: readonly AnyRow[] = [];
  result: Result = [];

  constructor(form: RowForm) {
    this.#form = form;
  }

  apply({ columns, spans, rows }: LiveResult): Result {
    if (columns === undefined) this.#rows = applyPatch(this.#rows, { spans, rows: this.#make(rows) });
    else if (columns.join('\0') === this.#columns?.join('\0')) {
      // After a restart the whole result comes once more: what is equal in it stays.
      const patch = difference(this.#values(), arraysOf(rows));
      if (patch === undefined) return this.result;
      this.#rows = applyPatch(this.#rows, {
        spans: patch.spans,
        rows: this.#make(blockOf(patch.rows, columns.length)),
      });
    } else {
      this.#columns = columns;
      this.#rows = this.#make(rows);
    }
    const isObjects = this.#form === 'objects';
    this.result = isObjects ? (this.#rows as Row[]) : { columns: this.#columns!, rows: this.#rows as SqlValue[][] };
    return this.result;
  }

  #values(): SqlValue[][] {
    return this.#rows.map((row) => (Array.isArray(row) ? row : this.#columns!.map((name) => row[name]!)));
  }

  #make(block: RowBlock): AnyRow[] {
    return this.#form === 'objects' ? objectsOf(block, this.#columns!) : arraysOf(block);
  }
}
