/** Live queries on the client: equal ones are shared, and those that nobody follows leave nothing behind. */
import { Observable } from 'rxjs';
import { type BoundStatement, type RowForm, statementKey } from '../model/query.ts';
import type { ScopeId } from '../wire/messages.ts';
import type { Connection } from './connection.ts';
import type { Result } from './live-result.ts';
import type { Asking } from './requests.ts';
import { SharedLive } from './shared-live.ts';

/** The live queries of one scope that somebody follows. */
export class LiveResults {
  readonly #connection: Connection;
  readonly #scope: ScopeId;
  readonly #shared = new Map<string, SharedLive>();

  constructor(connection: Connection, scope: ScopeId) {
    this.#connection = connection;
    this.#scope = scope;
  }

  /**
   * Follows queries whose results belong together: each emission is made of a result of each of them, all of one version.
   * A late subscriber gets the latest at once, unless a commit made them stale. `bind` is called at each subscription, and
   * what it throws is the error.
   */
  watch<T>(
    bind: () => readonly BoundStatement[],
    form: RowForm,
    asking: Asking,
    value: (results: readonly Result[]) => T,
  ): Observable<T> {
    return new Observable((subscriber) => this.#sharedOf(bind(), form, asking).follow(subscriber, value));
  }

  #sharedOf(queries: readonly BoundStatement[], form: RowForm, asking: Asking): SharedLive {
    const key = `${form} ${queries.map(statementKey).join()}`;
    let shared = this.#shared.get(key);
    if (shared === undefined) {
      const body = { kind: 'watch', scope: this.#scope, queries } as const;
      shared = new SharedLive(this.#connection, body, form, asking, () => this.#shared.delete(key));
      this.#shared.set(key, shared);
    }
    return shared;
  }
}
