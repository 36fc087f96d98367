/** Live queries on the client: results made of patches, and equal queries shared. */
import { defer, distinctUntilChanged, filter, finalize, type Observable } from 'rxjs';
import { noteSpans } from '../../streams/known-spans.ts';
import { shareLatest } from '../../streams/share-latest.ts';
import { applyPatch, difference, type Patch } from '../model/patch.ts';
import { type ArrayRows, type BoundStatement, statementKey } from '../model/query.ts';
import type { Row, SqlValue } from '../model/values.ts';
import type { LivePart, LiveStep, ScopeId } from '../wire/messages.ts';
import { blockOf, type RowBlock } from '../wire/row-block.ts';
import { addArrays, addObjects, arraysOf } from '../wire/rows-of-block.ts';
import type { Connection } from './connection.ts';
import { type Asking, requestMany } from './requests.ts';
import { noteVersion } from './versions.ts';

export type RowForm = 'objects' | 'arrays';
type AnyRow = Row | SqlValue[];
export type Result = readonly AnyRow[] | ArrayRows;

/** In the place of results: the last ones are from before a commit, and whoever comes now waits for the next. */
const stale = Symbol('stale');
type Emission = readonly Result[] | typeof stale;

/** The live queries of one scope that somebody follows. Those that nobody follows leave nothing behind. */
export class LiveResults {
  readonly #connection: Connection;
  readonly #scope: ScopeId;
  readonly #shared = new Map<string, Observable<Emission>>();

  constructor(connection: Connection, scope: ScopeId) {
    this.#connection = connection;
    this.#scope = scope;
  }

  /**
   * Follows queries whose results belong together: each emission has a result for each of them, all of one version. A late
   * subscriber gets the latest at once, unless a commit made them stale.
   */
  watch(statements: readonly BoundStatement[], form: RowForm, asked: Error | undefined): Observable<readonly Result[]> {
    return defer(() => {
      const key = `${form} ${statements.map(statementKey).join()}`;
      let shared = this.#shared.get(key);
      if (shared === undefined) {
        const forget = (): void => void this.#shared.delete(key);
        shared = this.#live(statements, form, { stakes: 'stream', asked }).pipe(finalize(forget), shareLatest());
        this.#shared.set(key, shared);
      }
      return shared.pipe(filter(isResults), distinctUntilChanged());
    });
  }

  #live(queries: readonly BoundStatement[], form: RowForm, asking: Asking): Observable<Emission> {
    return defer(() => {
      const states = queries.map(() => new ResultState(form));
      let results: readonly Result[] = [];
      const body = { kind: 'watch', scope: this.#scope, queries } as const;
      return requestMany<Emission>(
        this.#connection,
        asking,
        () => body,
        (subscriber, reply, id) => {
          switch (reply.kind) {
            case 'livePart':
              states[reply.index]!.gather(reply);
              this.#connection.credit(id());
              break;
            case 'live': {
              let isChanged = false;
              reply.results.forEach((step, index) => {
                if (states[index]!.apply(step)) isChanged = true;
              });
              if (isChanged) results = states.map((state) => state.result);
              for (const { result } of states) noteVersion(result, reply.version);
              subscriber.next(results);
              this.#connection.credit(id());
              break;
            }
            case 'fresh':
              for (const state of states) state.apply(null);
              subscriber.next(results);
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

function isResults(value: Emission): value is readonly Result[] {
  return value !== stale;
}

/** The rows of a live query as they stand. A row that did not change stays the same object. */
class ResultState {
  readonly #form: RowForm;
  #columns: readonly string[] | undefined;
  #rows: readonly AnyRow[] = [];
  result: Result = [];
  /** Rows of the next step that went ahead of it. */
  #gathered: AnyRow[] = [];

  constructor(form: RowForm) {
    this.#form = form;
  }

  /** Takes rows of the next step. */
  gather({ columns, rows, before }: LivePart): void {
    this.#gathered.length = Math.min(this.#gathered.length, before);
    if (columns && this.#hasColumns(columns)) addArrays(rows, this.#gathered as SqlValue[][]);
    else this.#add(rows, columns ?? this.#columns!);
  }

  /** Takes the next step, or that there is none. Gives whether the result differs. */
  apply(step: LiveStep | null): boolean {
    // What else went ahead was of a result that was superseded, or of a server that was lost.
    this.#gathered.length = Math.min(this.#gathered.length, step?.ahead ?? 0);
    if (step === null) return false;
    const { columns, spans, rows } = step;
    const isObjects = this.#form === 'objects';
    if (columns === undefined) this.#patch(spans, rows);
    else if (this.#hasColumns(columns)) {
      // After a restart the whole result comes once more: what is equal in it stays.
      const patch = difference(this.#values(), [...(this.#takeGathered() as SqlValue[][]), ...arraysOf(rows)]);
      if (patch === undefined) return false;
      this.#patch(patch.spans, blockOf(patch.rows, columns.length));
    } else {
      // Without rows, objects do not show that the columns are others.
      const isSame = isObjects && this.#columns !== undefined && this.#rows.length === 0 && spans.length === 0;
      this.#columns = columns;
      if (isSame) return false;
      this.#follow(this.#make(rows), spans);
    }
    this.result = isObjects ? (this.#rows as Row[]) : { columns: this.#columns!, rows: this.#rows as SqlValue[][] };
    return true;
  }

  #patch(spans: Patch<AnyRow>['spans'], rows: RowBlock): void {
    this.#follow(applyPatch(this.#rows, { spans, rows: this.#make(rows) }), spans);
  }

  #follow(rows: readonly AnyRow[], spans: Patch<AnyRow>['spans']): void {
    // Whoever compares the two, as `rowChanges` does, need not look for what is known here.
    noteSpans(this.#rows, rows, spans);
    this.#rows = rows;
  }

  #hasColumns(columns: readonly string[]): boolean {
    const known = this.#columns;
    return known?.length === columns.length && columns.every((name, index) => name === known[index]);
  }

  #values(): SqlValue[][] {
    return this.#rows.map((row) => (Array.isArray(row) ? row : this.#columns!.map((name) => row[name]!)));
  }

  #make(block: RowBlock): AnyRow[] {
    this.#add(block, this.#columns!);
    return this.#takeGathered();
  }

  #add(block: RowBlock, columns: readonly string[]): void {
    if (this.#form === 'objects') addObjects(block, columns, this.#gathered as Row[]);
    else addArrays(block, this.#gathered as SqlValue[][]);
  }

  #takeGathered(): AnyRow[] {
    const rows = this.#gathered;
    this.#gathered = [];
    return rows;
  }
}
