/** The live queries of one scope: which of them a commit concerns, and when they run again. */
import { type BoundStatement, statementKey } from '../../model/query.ts';
import type { TableUse, WatchPlan } from '../analysis/watch-plan.ts';
import type { RowsOfTable } from '../capture/changed-rows.ts';
import type { Changes } from '../changes.ts';
import type { Storage } from '../storage.ts';
import { Floods } from './floods.ts';
import { Follower, type LiveAudience } from './follower.ts';
import { LiveQuery } from './live-query.ts';
import type { RowJudge } from './maintained.ts';
import { maintainedBy } from './maintained-by.ts';
import { TableWatch } from './table-watch.ts';

/** What running live queries needs. */
export interface LiveSource {
  readonly storage: Storage;
  readonly version: number;
  /** A query ran again. */
  ran(query: LiveQuery): void;
}

export interface LiveSubscription {
  /** The last results arrived. */
  credit(): void;
  stop(): void;
}

/** All live queries of one text: they differ by their parameters alone. */
interface Shape {
  readonly sql: string;
  readonly plan: WatchPlan;
  readonly watches: ReadonlyMap<string, TableWatch<LiveQuery>>;
  readonly queries: Set<LiveQuery>;
}

let queriesMade = 0;

export class LiveQueries {
  /** Whether rows tell whom they concern. In a transaction, tables do. */
  readonly #isExact: boolean;
  readonly #queries = new Map<string, LiveQuery>();
  readonly #shapes = new Map<string, Shape>();
  readonly #shapeOf = new Map<LiveQuery, Shape>();
  readonly #byTable = new Map<string, Set<Shape>>();
  /** They read something which has no name: every write concerns them. */
  readonly #ofAnything = new Set<Shape>();
  /** Those with something to run or to send that somebody can take. */
  readonly #due = new Set<LiveQuery>();
  /** The schema for which the shapes were planned. */
  #schemaNumber = 0;
  readonly #floods = new Floods();

  constructor({ isExact }: { isExact: boolean }) {
    this.#isExact = isExact;
  }

  /** Whether a query waits to run again. */
  get areDue(): boolean {
    return this.#due.size > 0;
  }

  get isEmpty(): boolean {
    return this.#queries.size === 0;
  }

  get all(): Iterable<LiveQuery> {
    return this.#queries.values();
  }

  /**
   * Follows queries whose results belong together; equal queries share one run. The first results are sent at once, all of
   * one version. Throws where a query is refused.
   */
  follow(
    statements: readonly BoundStatement[],
    audience: LiveAudience,
    id: number,
    source: LiveSource,
  ): LiveSubscription {
    const queries = this.#shared(statements, source);
    const follower = new Follower<LiveQuery>(audience, id, queries);
    for (const query of queries) query.followers.add(follower);
    follower.deliver(source.version);
    return {
      credit: () => {
        follower.arrived();
        if (follower.isBehind) for (const query of queries) this.#due.add(query);
      },
      stop: () => this.#leave(follower, source.storage),
    };
  }

  /** Marks the queries that these changes concern, or may concern. */
  concern(changes: Changes): void {
    if (changes.everything) {
      for (const query of this.#queries.values()) this.#mark(query, 'schema', 'unknown');
      return;
    }
    if (this.#isExact) this.#floods.note(changes);
    for (const table of new Set([...changes.tables.keys(), ...changes.internal])) {
      const rows = this.#isExact ? changes.rowsOf(table) : 'unknown';
      for (const shape of this.#byTable.get(table) ?? []) this.#concernShape(shape, table, rows);
      for (const { queries } of this.#ofAnything) for (const query of queries) this.#mark(query, table, 'unknown');
    }
  }

  /**
   * Runs the queries that are due, and sends what differs, until `isTimeUp`. One follower at least is served, so that writes
   * never starve them; queries that belong together are run together.
   */
  refresh(source: LiveSource, isTimeUp: () => boolean): void {
    if (this.#schemaNumber !== source.storage.schemaNumber) this.#planAgain(source.storage);
    if (this.#isExact) this.#floods.judge(source.storage.capture, (table) => this.#runWhole(table));
    for (const query of this.#due) {
      for (const follower of query.followers) if (!follower.awaitsCredit) this.#serve(follower, source);
      this.#due.delete(query);
      if (isTimeUp()) return;
    }
  }

  /** The scope is over: every stream of it completes. */
  end(): void {
    const followers = new Set([...this.#queries.values()].flatMap((query) => [...query.followers]));
    for (const { audience, id } of followers) audience.ended(id);
    this.#queries.clear();
    this.#shapeOf.clear();
    this.#forgetShapes();
    this.#due.clear();
  }

  /** The queries of these statements, found or made, none of them dirty. */
  #shared(statements: readonly BoundStatement[], source: LiveSource): LiveQuery[] {
    const queries = statements.map((statement) => {
      const key = statementKey(statement);
      const query = this.#queries.get(key) ?? new LiveQuery(statement, key, ++queriesMade);
      this.#queries.set(key, query);
      return query;
    });
    try {
      for (const query of queries) if (query.isDirty) this.#run(query, source);
    } catch (error) {
      for (const query of queries) if (query.followers.size === 0) this.#forget(query, source.storage);
      throw error;
    }
    return queries;
  }

  #serve(follower: Follower<LiveQuery>, source: LiveSource): void {
    try {
      for (const query of follower.queries) {
        if (!query.isDirty) continue;
        this.#run(query, source);
        // Others follow it too.
        this.#due.add(query);
      }
      follower.deliver(source.version);
    } catch (error) {
      follower.audience.failed(follower.id, error);
      this.#leave(follower, source.storage);
    }
  }

  #concernShape(shape: Shape, table: string, rows: RowsOfTable): void {
    if (rows === 'unknown') for (const query of shape.queries) this.#mark(query, table, rows);
    else {
      const concerned = new Set<LiveQuery>();
      for (const part of rows) shape.watches.get(table)?.concerned(part, (query) => concerned.add(query));
      for (const query of concerned) this.#mark(query, table, rows);
    }
  }

  #mark(query: LiveQuery, table: string, rows: RowsOfTable): void {
    query.markDirty(table, rows);
    if (query.isAwaited) this.#due.add(query);
  }

  /** Whether all queries of a table are about to run, none of them by the rows that changed. */
  #runWhole(table: string): boolean {
    for (const { queries } of this.#byTable.get(table) ?? [])
      for (const query of queries) if (!query.isDirty || query.knowsChanges) return false;
    return true;
  }

  #run(query: LiveQuery, source: LiveSource): void {
    if (this.#schemaNumber !== source.storage.schemaNumber) this.#planAgain(source.storage);
    if (!this.#shapeOf.has(query)) this.#plan(query, source.storage);
    query.run(source.storage, judgeOf(query, this.#shapeOf.get(query)!));
    source.ran(query);
    query.causes.clear();
  }

  /** The schema is another: nothing that was planned counts any more. */
  #planAgain(storage: Storage): void {
    this.#schemaNumber = storage.schemaNumber;
    const queries = [...this.#shapeOf.keys()];
    this.#shapeOf.clear();
    this.#forgetShapes();
    for (const query of queries) {
      try {
        this.#plan(query, storage);
      } catch {
        // It fails when it is run, and says so to those who follow it.
        query.maintain(undefined, []);
      }
    }
    this.#schemaNumber = storage.schemaNumber;
  }

  #plan(query: LiveQuery, storage: Storage): void {
    const { sql } = query.statement;
    const values = storage.valuesOf(query.statement);
    let shape = this.#shapes.get(sql);
    if (shape === undefined) {
      const plan = storage.planOf(sql);
      shape = { sql, plan, watches: this.#watches(plan, storage), queries: new Set() };
      this.#shapes.set(sql, shape);
      for (const table of plan.tables.keys()) this.#shapesOf(table).add(shape);
      if (plan.footprint.readsAnything) this.#ofAnything.add(shape);
    }
    shape.queries.add(query);
    this.#shapeOf.set(query, shape);
    query.maintain(this.#isExact ? maintainedBy(shape.plan, values) : undefined, values);
    for (const [table, watch] of shape.watches) {
      watch.add(query);
      storage.capture.resume(table);
    }
  }

  #watches(plan: WatchPlan, storage: Storage): Map<string, TableWatch<LiveQuery>> {
    const watches = new Map<string, TableWatch<LiveQuery>>();
    if (!this.#isExact) return watches;
    for (const [table, use] of plan.tables) {
      if (use.columns === undefined) continue;
      storage.capture.want(use.columns, neededValues(use, plan), comparedColumns(use));
      watches.set(table, new TableWatch(use, storage.probe));
    }
    return watches;
  }

  #shapesOf(table: string): Set<Shape> {
    const shapes = this.#byTable.get(table) ?? new Set();
    this.#byTable.set(table, shapes);
    return shapes;
  }

  #leave(follower: Follower<LiveQuery>, storage: Storage): void {
    for (const query of follower.queries) {
      query.followers.delete(follower);
      if (query.followers.size === 0) this.#forget(query, storage);
    }
  }

  #forget(query: LiveQuery, storage: Storage): void {
    this.#queries.delete(query.key);
    this.#due.delete(query);
    const shape = this.#shapeOf.get(query);
    if (shape === undefined) return;
    this.#shapeOf.delete(query);
    shape.queries.delete(query);
    for (const watch of shape.watches.values()) watch.remove(query);
    if (shape.queries.size > 0) return;
    this.#shapes.delete(shape.sql);
    this.#ofAnything.delete(shape);
    for (const watch of shape.watches.values()) watch.close();
    for (const table of shape.plan.tables.keys()) {
      const shapes = this.#byTable.get(table);
      shapes?.delete(shape);
      if (shapes?.size !== 0) continue;
      this.#byTable.delete(table);
      if (this.#isExact) storage.capture.unwant(table);
    }
  }

  #forgetShapes(): void {
    for (const { watches } of this.#shapes.values()) for (const watch of watches.values()) watch.close();
    this.#shapes.clear();
    this.#byTable.clear();
    this.#ofAnything.clear();
  }
}

function judgeOf(query: LiveQuery, { watches }: Shape): RowJudge {
  return (table, changed, index, image) => watches.get(table)?.meets(changed, index, image, query);
}

/** The columns whose values decide: those of the conditions, and of the groups. */
function neededValues({ columns, filters }: TableUse, { result }: WatchPlan): number[] {
  const filtered = filters?.flatMap((filter) => filter.columns) ?? [];
  const groups =
    result.kind === 'groups'
      ? result.sources.filter(({ table }) => table === columns!.table).flatMap(({ values }) => values ?? [])
      : [];
  const totalled = result.kind === 'groups' ? (result.totals?.columns.map(({ column }) => column) ?? []) : [];
  const grouped = groups.flatMap((value) => ('sql' in value ? value.columns : [value.column]));
  return [...filtered, ...grouped, ...totalled];
}

function comparedColumns({ columns, read, filters }: TableUse): Iterable<number> {
  const filtered = filters?.flatMap((filter) => filter.columns) ?? [];
  return read === 'all' ? columns!.columns.map((_, index) => index) : [...read, ...filtered];
}
