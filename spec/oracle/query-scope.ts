/** Makes the FROM of a query: tables, how they are joined, and what is read of each. */
import { quoted } from './literal.ts';
import { type ColumnReference, parameter, predicate } from './predicate-generator.ts';
import { type Fragment, fragment, type QueryTemplate, type Source, type TableRead } from './query-template.ts';
import type { Random } from './random.ts';
import { type Column, keyExpressions, type Schema, type Table, tableReference, tablesOf } from './schema-model.ts';

/** How large queries may become. */
export interface QueryLimits {
  readonly mostSources: number;
}

/** A table in the FROM. */
export interface Member {
  readonly table: Table;
  readonly alias: string;
  readonly join: string;
  readonly on: Fragment[];
  using?: string;
  /** What of `on` and of WHERE speaks of it alone. */
  readonly local: Fragment[];
  readonly reads: Set<string>;
  /** An outer join may put NULLs in the place of its rows: what WHERE says of it then says nothing of its rows. */
  isNullable: boolean;
}

export class QueryScope {
  readonly members: Member[] = [];
  /** Conditions that belong into WHERE. */
  readonly where: Fragment[] = [];
  /** Everything is read of every table. */
  readsAll = false;
  /** Tables that subqueries read. */
  readonly extraTables: string[] = [];
  /** What is known of conjuncts cannot be trusted. */
  isOpaque = false;
  #isOuterOnBothSides = false;
  readonly #random: Random;
  /** Columns are named without their table where there is one table. */
  readonly #bare: boolean;

  constructor(random: Random, schema: Schema, { mostSources }: QueryLimits, wanted?: number) {
    this.#random = random;
    const count =
      wanted ??
      Math.min(
        mostSources,
        random.weighted([
          [6, 1],
          [4, 2],
          [1.2, 3],
          [0.3, 4],
        ]),
      );
    this.#bare = count === 1 && random.chance(0.5);
    for (let i = 0; i < count; i++) {
      // Four times a table of a hundred rows can be more rows than fit into memory.
      const few = candidates(random, schema).filter((table) => this.#usesOf(table) < 2);
      if (few.length > 0) this.#add(random.pick(few), i);
    }
  }

  /** A column of some table, or of this one. */
  column(
    member = this.#random.pick(this.members),
    suitable: (column: Column) => boolean = () => true,
  ): ColumnReference & { readonly column: Column } {
    const fitting = member.table.columns.filter(suitable);
    return this.reference(member, this.#random.pick(fitting.length > 0 ? fitting : member.table.columns));
  }

  reference(member: Member, column: Column): ColumnReference & { readonly column: Column } {
    member.reads.add(column.name);
    // Names are the same in either case.
    const name = this.#random.chance(0.03) && /^\w+$/.test(column.name) ? column.name.toUpperCase() : column.name;
    return { sql: this.#bare ? quoted(name) : qualified(member, name), column };
  }

  /** A column with its table's name: no alias of a result comes before it. */
  qualifiedColumn(
    member = this.#random.pick(this.members),
    suitable: (column: Column) => boolean = () => true,
  ): ColumnReference & { readonly column: Column } {
    const { column } = this.column(member, suitable);
    return { sql: qualified(member, column.name), column };
  }

  /** A condition on one table, added to WHERE. */
  addLocalCondition(): void {
    const inner = this.members.filter(({ isNullable }) => !isNullable);
    const member = this.#random.pick(inner.length > 0 && this.#random.chance(0.8) ? inner : this.members);
    const condition = this.#localCondition(member);
    this.where.push(condition);
    if (!member.isNullable) member.local.push(condition);
  }

  /** A condition on all tables, added to WHERE. */
  addCondition(): void {
    if (this.#random.chance(0.05)) {
      this.where.push(parameter(this.#random, this.#random.pick([0, 1, 1, null, 'a'])));
      return;
    }
    this.where.push(
      predicate(
        this.#random,
        this.members.map((member) => this.column(member)),
      ),
    );
  }

  /** What tells the rows apart; undefined where that is not known. */
  keys(): string[] | undefined {
    const keys = this.members.map(({ table, alias }) =>
      keyExpressions(table).map((key) => `${alias}.${key === 'rowid' && this.#random.chance(0.2) ? '_rowid_' : key}`),
    );
    return keys.every((key) => key.length > 0) ? keys.flat() : undefined;
  }

  get sources(): Source[] {
    return this.members.map((member) => {
      const { table, alias, join, on, using } = member;
      const own = quoted(table.name) === alias;
      const text = own ? tableReference(table) : `${tableReference(table)} AS ${alias}`;
      const reads = this.#read(member);
      return { ...fragment(text), join, on, ...(using ? { using } : {}), ...(reads ? { reads } : {}) };
    });
  }

  get tables(): string[] {
    return [...new Set([...this.members.flatMap(({ table }) => table.bases), ...this.extraTables])];
  }

  /** What a template says of its reads. */
  get known(): Pick<QueryTemplate, 'tables' | 'readsAreKnown' | 'exact'> {
    const isPlain = this.extraTables.length === 0 && this.members.every(({ table }) => table.kind === 'table');
    // Whose generated columns are read is read whole by an automatic index, and the columns of a NATURAL JOIN are seen in the program alone.
    const isWide =
      this.members.some(({ join }) => join === 'NATURAL JOIN') &&
      this.members.some(({ table }) => table.columns.some(({ writable }) => !writable));
    const readsAreKnown = isPlain && !this.#isOuterOnBothSides && !isWide;
    const exact = readsAreKnown && !this.isOpaque;
    return { tables: this.tables, readsAreKnown, exact };
  }

  #read({ table, alias, reads, local }: Member): TableRead | undefined {
    if (table.kind !== 'table') return undefined;
    return { table: table.bases[0]!, alias, columns: this.readsAll ? '*' : [...reads], local };
  }

  #localCondition(member: Member): Fragment {
    return predicate(
      this.#random,
      member.table.columns.map((column) => ({
        column,
        sql: this.#bare ? quoted(column.name) : qualified(member, column.name),
      })),
      0,
      (column) => member.reads.add(column),
    );
  }

  #usesOf(table: Table): number {
    return this.members.filter((member) => member.table === table).length;
  }

  #add(table: Table, index: number): void {
    const random = this.#random;
    const alias = index === 0 && random.chance(0.25) ? quoted(table.name) : 'pqrs'[index]!;
    const earlier = [...this.members];
    const join = random.weighted([
      [2, ','],
      [5, 'JOIN'],
      [1, 'INNER JOIN'],
      [1, 'CROSS JOIN'],
      [5, 'LEFT JOIN'],
      [0.4, 'RIGHT JOIN'],
      [0.4, 'FULL JOIN'],
      [0.4, 'NATURAL JOIN'],
      [0.8, 'USING'],
    ] as const);
    const member: Member = { table, alias, join, on: [], local: [], reads: new Set(), isNullable: false };
    this.members.push(member);
    if (index === 0) return;
    const common = table.columns.filter(({ name }) =>
      earlier.some((other) => other.table.columns.some((column) => column.name === name)),
    );
    if (join === 'NATURAL JOIN' || (join === 'USING' && common.length > 0)) {
      this.#joinByNames(member, common, earlier);
      return;
    }
    const kind = join === 'USING' ? 'JOIN' : join;
    const joined = { ...member, join: kind };
    this.members[index] = joined;
    const condition = this.#equality(joined, earlier);
    if (kind === ',' || kind === 'CROSS JOIN') this.where.push(condition);
    else joined.on.push(condition);
    if (kind === 'LEFT JOIN' || kind === 'FULL JOIN') joined.isNullable = true;
    if (kind === 'RIGHT JOIN' || kind === 'FULL JOIN') {
      for (const other of this.members) other.isNullable = true;
      // Their programs may copy whole rows.
      this.#isOuterOnBothSides = true;
      this.isOpaque = true;
    } else if (joined.on.length > 0 && random.chance(0.3)) {
      const local = this.#localCondition(joined);
      joined.on.push(local);
      joined.local.push(local);
    }
  }

  #joinByNames(member: Member, common: readonly Column[], earlier: readonly Member[]): void {
    this.isOpaque = true;
    const named = member.join === 'USING' ? this.#random.some(common, 1, 1) : common;
    const index = this.members.indexOf(member);
    this.members[index] = {
      ...member,
      join: member.join === 'USING' ? this.#random.pick(['JOIN', 'LEFT JOIN']) : member.join,
    };
    if (member.join === 'USING')
      this.members[index]!.using = `USING (${named.map(({ name }) => quoted(name)).join(', ')})`;
    for (const { name } of named) for (const other of [this.members[index]!, ...earlier]) other.reads.add(name);
  }

  #equality(member: Member, earlier: readonly Member[]): Fragment {
    const random = this.#random;
    const other = this.column(random.pick(earlier));
    const own = this.column(member, ({ kind }) => kind === other.column.kind);
    return fragment(`${own.sql} ${random.chance(0.93) ? '=' : 'IS'} ${other.sql}`);
  }
}

function qualified({ alias }: Member, column: string): string {
  return `${alias}.${quoted(column)}`;
}

/** Mostly tables. */
function candidates(random: Random, schema: Schema): readonly Table[] {
  const others = schema.tables.filter(({ kind }) => kind !== 'table');
  return others.length > 0 && random.chance(schema.isPlain ? 0.04 : 0.2) ? others : tablesOf(schema);
}
