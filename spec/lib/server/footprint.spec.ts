/** What a statement reads and writes is found from its bytecode, on every engine. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betterSqlite3 } from '../../../engines/better-sqlite3.ts';
import type { Engine } from '../../../engines/engine.ts';
import { nodeSqlite } from '../../../engines/node-sqlite.ts';
import { sqliteWasm } from '../../../engines/sqlite-wasm.ts';
import { type Footprint, footprintOf } from '../../../lib/server/footprint.ts';
import { Schema } from '../../../lib/server/schema.ts';
import { Statements } from '../../../lib/server/statements.ts';
import { openEngine, rowsOf } from '../../engines/engine-under-test.ts';

const database = `
  CREATE TABLE list (id INTEGER PRIMARY KEY, title, owner);
  CREATE INDEX list_title ON list (title);
  CREATE TABLE todo (
    id INTEGER PRIMARY KEY, list REFERENCES list ON DELETE CASCADE ON UPDATE SET NULL, text, done);
  CREATE INDEX todo_list ON todo (list);
  CREATE INDEX todo_done ON todo (done, text);
  CREATE TABLE note (id INTEGER PRIMARY KEY, todo REFERENCES todo ON DELETE CASCADE, text);
  CREATE TABLE trash (id, text);
  CREATE TRIGGER note_delete AFTER DELETE ON note BEGIN INSERT INTO trash VALUES (old.id, old.text); END;
  INSERT INTO list VALUES (1, 'a', 'x'), (2, 'b', 'y');
  INSERT INTO todo VALUES (1, 1, 'p', NULL), (2, 2, 'q', 1);
  INSERT INTO note VALUES (1, 1, 'n'), (2, 2, 'm');

  CREATE TABLE word (word TEXT PRIMARY KEY, uses, kind) WITHOUT ROWID;
  CREATE INDEX word_uses ON word (uses);
  CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, what UNIQUE);
  CREATE TABLE price (id INTEGER PRIMARY KEY, net, gross AS (net * 2), tax AS (net / 5) STORED);
  CREATE INDEX price_gross ON price (gross);
  CREATE TABLE plain (v);
  CREATE TABLE other (v);
  CREATE TABLE setting (id INTEGER PRIMARY KEY, v);
  CREATE TABLE latest (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, v);
  INSERT INTO word VALUES ('w', 1, 2); INSERT INTO event (what) VALUES ('e'), ('f'); INSERT INTO price (id, net) VALUES (1, 5);
  INSERT INTO plain VALUES (1); INSERT INTO other VALUES (1), (2);
  INSERT INTO setting VALUES (1, 1), (2, 2); INSERT INTO latest VALUES (1, 1);

  CREATE TABLE watched (v);
  CREATE TABLE audit (what, v);
  CREATE TABLE tally (n);
  CREATE TRIGGER watched_insert AFTER INSERT ON watched BEGIN INSERT INTO audit VALUES ('watched', new.v); END;
  CREATE TRIGGER audit_insert AFTER INSERT ON audit BEGIN UPDATE tally SET n = n + 1; END;
  INSERT INTO tally VALUES (0);

  CREATE VIEW open_todo AS SELECT * FROM todo WHERE done IS NULL;
  CREATE VIEW overview AS SELECT open_todo.id AS rowid, title, text FROM list JOIN open_todo ON open_todo.list = list.id;
  CREATE VIEW first AS SELECT * FROM overview LIMIT 1;
  CREATE TRIGGER overview_insert INSTEAD OF INSERT ON overview BEGIN INSERT INTO watched VALUES (new.title); END;

  CREATE VIRTUAL TABLE doc USING fts5(body);
  CREATE VIRTUAL TABLE "todo search" USING FTS5(text, content = 'todo', content_rowid = 'id');
  CREATE VIRTUAL TABLE view_search USING fts5(title, text, content = "overview");
  CREATE VIRTUAL TABLE bare USING fts5(body, content = '');
  CREATE VIRTUAL TABLE box USING rtree(id, low, high);
  CREATE VIRTUAL TABLE odd_search USING fts5(v, content = 'odd " name');
  CREATE VIEW fact AS SELECT name AS v FROM pragma_table_list;
  CREATE VIRTUAL TABLE fact_search USING fts5(v, content = fact);
  CREATE VIRTUAL TABLE terms USING fts5vocab(doc, row);
  INSERT INTO doc VALUES ('some words'); INSERT INTO box VALUES (1, 2, 3);
  CREATE TABLE doc_notes (v);
  CREATE TABLE box_data (v);

  CREATE TABLE "odd "" name" (v);
  CREATE TABLE "Mixed Case" (v PRIMARY KEY);
  CREATE TABLE größe (v);
  CREATE TABLE "a.b" (v);
  CREATE TABLE "select" (v);

  ATTACH ':memory:' AS aux;
  CREATE TABLE aux.far (id INTEGER PRIMARY KEY, v);
  CREATE TABLE aux.plain (v);
  CREATE VIRTUAL TABLE aux.far_doc USING fts5(v, content = [plain]);
  CREATE TABLE aux.shaded (v);
  CREATE TABLE shaded (v);
  CREATE TEMP TABLE shaded (v);
  CREATE TEMP TABLE seen (v);
  CREATE TEMP TRIGGER other_insert AFTER INSERT ON main.other BEGIN INSERT INTO seen VALUES (new.v); END;
  CREATE TEMP VIEW mine AS SELECT * FROM seen, main.shaded;
  CREATE VIRTUAL TABLE temp.temp_doc USING fts5(v, content = 'seen');`;

/** Queries, with the tables that they read. */
const queries: Record<string, readonly [sql: string, ...tables: string[]]> = {
  'a table': ['SELECT * FROM list', 'list'],
  'a table by its rowid': ['SELECT * FROM list WHERE id = 1', 'list'],
  'a table by an index': ['SELECT owner FROM list WHERE title = 1', 'list'],
  'a table by a covering index alone': ['SELECT text FROM todo WHERE done = 1', 'todo'],
  'a table by several indexes': [
    'SELECT owner FROM todo, list WHERE list = 1 OR done = 2 OR done IS NULL',
    'list',
    'todo',
  ],
  'a table that is only counted': ['SELECT count(*) FROM note', 'note'],
  'a table of which nothing is wanted': ['SELECT 1 FROM list WHERE 0', 'list'],
  'a table in place of its own name': ['SELECT x.title FROM list AS x, list AS y', 'list'],
  'a table without rowid': ['SELECT kind FROM word', 'word'],
  'a table without rowid by a covering index': ['SELECT word FROM word WHERE uses > 1', 'word'],
  'a virtual generated column': ['SELECT gross FROM price', 'price'],
  'a generated column by its index': ['SELECT gross FROM price INDEXED BY price_gross WHERE gross > 1', 'price'],
  'a stored generated column': ['SELECT tax FROM price', 'price'],
  'the table behind a view': ['SELECT * FROM open_todo', 'todo'],
  'the tables behind a view of a view': ['SELECT * FROM overview', 'list', 'todo'],
  'the tables behind a view of a view of a view': ['SELECT count(*) FROM first', 'list', 'todo'],
  'a join': [
    'SELECT * FROM list JOIN todo ON todo.list = list.id JOIN note ON note.todo = todo.id',
    'list',
    'note',
    'todo',
  ],
  'a join that needs an index alone': ['SELECT list.title FROM list JOIN todo ON todo.list = list.id', 'list', 'todo'],
  'an outer join': ['SELECT * FROM list LEFT JOIN todo ON todo.list = list.id', 'list', 'todo'],
  'a full join': ['SELECT * FROM plain FULL JOIN other USING (v)', 'other', 'plain'],
  'a subquery in the result': ['SELECT (SELECT max(text) FROM todo) FROM list', 'list', 'todo'],
  'a subquery in FROM': ['SELECT * FROM (SELECT * FROM (SELECT v FROM plain))', 'plain'],
  'a subquery behind IN': ['SELECT * FROM list WHERE id IN (SELECT list FROM todo)', 'list', 'todo'],
  'a table behind IN': ['SELECT * FROM list WHERE id IN plain', 'list', 'plain'],
  'a subquery behind EXISTS': ['SELECT 1 WHERE EXISTS (SELECT 1 FROM plain)', 'plain'],
  'a subquery that depends on the row': [
    'SELECT * FROM list WHERE title = (SELECT v FROM other WHERE v = owner)',
    'list',
    'other',
  ],
  'a subquery in ORDER BY': [
    'SELECT * FROM list ORDER BY (SELECT count(*) FROM todo WHERE list = list.id)',
    'list',
    'todo',
  ],
  'a subquery in LIMIT': ['SELECT * FROM list LIMIT (SELECT v FROM plain)', 'list', 'plain'],
  'a subquery in HAVING': [
    'SELECT owner FROM list GROUP BY 1 HAVING count(*) > (SELECT max(v) FROM plain)',
    'list',
    'plain',
  ],
  'a subquery in CASE': ["SELECT CASE (SELECT v FROM plain) WHEN 1 THEN 'one' END", 'plain'],
  'a window': ['SELECT sum(id) OVER (PARTITION BY owner ORDER BY (SELECT 1 FROM plain)) FROM list', 'list', 'plain'],
  'both sides of UNION': ['SELECT v FROM plain UNION SELECT v FROM other', 'other', 'plain'],
  'both sides of EXCEPT and INTERSECT': [
    'SELECT v FROM plain EXCEPT SELECT v FROM other INTERSECT SELECT n FROM tally',
    'other',
    'plain',
    'tally',
  ],
  'a subquery in VALUES': ['VALUES ((SELECT v FROM plain)), (2)', 'plain'],
  'a common table expression': ['WITH x AS (SELECT * FROM list) SELECT * FROM x', 'list'],
  'a materialized expression in a subquery': [
    'WITH x AS MATERIALIZED (SELECT id FROM todo) SELECT (SELECT count(*) FROM x)',
    'todo',
  ],
  'an expression that another one uses': [
    'WITH x AS (SELECT v FROM plain), y AS (SELECT * FROM x JOIN other USING (v)) SELECT * FROM y',
    'other',
    'plain',
  ],
  'a recursive expression': [
    'WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x, plain WHERE i < v) SELECT * FROM x',
    'plain',
  ],
  'an expression with the name of a table': ['WITH list AS (SELECT v FROM plain) SELECT * FROM list', 'plain'],
  'a full-text table': ["SELECT * FROM doc WHERE doc MATCH 'x' ORDER BY rank", 'doc'],
  'a full-text table by its shadow': ['SELECT * FROM doc_data', 'doc'],
  'a full-text table and the table of its text': [
    'SELECT text FROM "todo search" WHERE "todo search" MATCH \'x\'',
    'todo',
    'todo search',
  ],
  'a full-text table and the tables behind the view of its text': [
    'SELECT * FROM view_search',
    'list',
    'todo',
    'view_search',
  ],
  'a full-text table without text': ["SELECT rowid FROM bare('x')", 'bare'],
  'a full-text table and the table of its text, by a name with quotes': [
    'SELECT * FROM odd_search',
    'odd " name',
    'odd_search',
  ],
  'a full-text table of another database, and the table of its text there': [
    'SELECT v FROM far_doc',
    'aux.far_doc',
    'aux.plain',
  ],
  'a temporary full-text table and its text': ['SELECT * FROM temp_doc', 'temp.seen', 'temp.temp_doc'],
  'an R-Tree': ['SELECT id FROM box WHERE low > 1', 'box'],
  'an R-Tree by its shadow': ['SELECT * FROM box_node', 'box'],
  'a table of another database': ['SELECT * FROM aux.far', 'aux.far'],
  'a table of another database by its name alone': ['SELECT * FROM far', 'aux.far'],
  'tables of one name in several databases': [
    'SELECT * FROM main.shaded, aux.shaded, temp.shaded',
    'aux.shaded',
    'shaded',
    'temp.shaded',
  ],
  'a temporary table in the place of another': ['SELECT * FROM shaded', 'temp.shaded'],
  'the tables behind a temporary view': ['SELECT * FROM mine', 'shaded', 'temp.seen'],
  sqlite_sequence: ['SELECT * FROM sqlite_sequence', 'sqlite_sequence'],
  sqlite_schema: ['SELECT sql FROM sqlite_master', 'sqlite_schema'],
  'the schema of another database': ['SELECT sql FROM aux.sqlite_schema', 'aux.sqlite_schema'],
  'the table whose values a function takes apart': ['SELECT value FROM list, json_each(json_array(title))', 'list'],
  'a name with quotes and spaces': ['SELECT * FROM [odd " name]', 'odd " name'],
  'a name in another case': ['SELECT * FROM "mixed CASE"', 'Mixed Case'],
  'a name in another alphabet': ['SELECT * FROM größe', 'größe'],
  'a name with a dot': ['SELECT * FROM "a.b"', 'a.b'],
  'a name that is a keyword': ['SELECT * FROM "select"', 'select'],
  'the tables with foreign keys, for their check': ['PRAGMA foreign_key_check(todo)', 'list', 'todo'],
  'no table for a constant': ['SELECT 1, 2'],
  'no table for VALUES': ['VALUES (1), (2)'],
  'no table for json_each and json_tree': ["SELECT * FROM json_each('[1]'), json_tree('{}')"],
  'no table for a recursive expression': [
    'WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x LIMIT 9) SELECT * FROM x',
  ],
  'no table for a PRAGMA': ['PRAGMA table_info(list)'],
};

/** Writes, with the tables that they write, and the one whose rows they change in one way, if it is one. */
const writes: Record<string, readonly [sql: string, tables: readonly string[], target?: string]> = {
  INSERT: ["INSERT INTO setting VALUES (5, 'x')", ['setting'], 'inserted setting'],
  'INSERT of defaults': ['INSERT INTO plain DEFAULT VALUES', ['plain'], 'inserted plain'],
  'INSERT with RETURNING': [
    'INSERT INTO plain VALUES (7) RETURNING v, (SELECT count(*) FROM other)',
    ['plain'],
    'inserted plain',
  ],
  'INSERT from SELECT': ['INSERT INTO plain SELECT title FROM list', ['plain'], 'inserted plain'],
  'INSERT from a copy of all rows': ['INSERT INTO plain SELECT * FROM tally', ['plain'], 'inserted plain'],
  'INSERT from the table itself': ['INSERT INTO plain SELECT v FROM plain', ['plain'], 'inserted plain'],
  'INSERT behind WITH': ['WITH x(v) AS (VALUES (8)) INSERT INTO plain SELECT v FROM x', ['plain'], 'inserted plain'],
  'INSERT OR IGNORE': ["INSERT OR IGNORE INTO setting VALUES (1, 'x'), (6, 'y')", ['setting'], 'inserted setting'],
  'ON CONFLICT DO NOTHING': [
    "INSERT INTO setting VALUES (1, 'x'), (6, 'y') ON CONFLICT DO NOTHING",
    ['setting'],
    'inserted setting',
  ],
  'an UPSERT': ["INSERT INTO setting VALUES (1, 'x') ON CONFLICT DO UPDATE SET v = excluded.v", ['setting']],
  'INSERT OR REPLACE by an index': ["INSERT OR REPLACE INTO event (what) VALUES ('e')", ['event', 'sqlite_sequence']],
  'INSERT with AUTOINCREMENT': [
    "INSERT INTO event (what) VALUES ('g')",
    ['event', 'sqlite_sequence'],
    'inserted event',
  ],
  'INSERT without rowid': ["INSERT INTO word VALUES ('x', 1, 1)", ['word']],
  UPDATE: ["UPDATE list SET title = 'c' WHERE id = 1", ['list'], 'updated list'],
  'UPDATE of all rows': ['UPDATE plain SET v = 9', ['plain'], 'updated plain'],
  'UPDATE of an indexed column': ["UPDATE event SET what = 'h' WHERE id = 1", ['event'], 'updated event'],
  'UPDATE of a generated column’s source': ['UPDATE price SET net = 6', ['price'], 'updated price'],
  'UPDATE … FROM': ['UPDATE plain SET v = n + 4 FROM tally', ['plain'], 'updated plain'],
  'UPDATE without rowid': ['UPDATE word SET kind = 4', ['word']],
  'UPDATE OR REPLACE': ["UPDATE OR REPLACE event SET what = 'e'", ['event']],
  'UPDATE of a key that others refer to': ['UPDATE list SET id = 9 WHERE id = 1', ['list', 'todo']],
  'DELETE without rowid': ["DELETE FROM word WHERE word = 'w'", ['word']],
  DELETE: ['DELETE FROM setting WHERE id = 1', ['setting'], 'deleted setting'],
  'DELETE with RETURNING': ['DELETE FROM plain WHERE v = 1 RETURNING v', ['plain'], 'deleted plain'],
  'DELETE of all rows': ['DELETE FROM plain', ['plain'], 'deleted plain'],
  'DELETE of all rows of an indexed table': ['DELETE FROM price', ['price'], 'deleted price'],
  'DELETE of all rows without rowid': ['DELETE FROM word', ['word'], 'deleted word'],
  'DELETE with a trigger': ['DELETE FROM note WHERE id = 2', ['note', 'trash'], 'deleted note'],
  'DELETE that cascades, and fires a trigger there': [
    'DELETE FROM todo WHERE id = 1',
    ['note', 'todo', 'trash'],
    'deleted todo',
  ],
  'DELETE that cascades twice': ['DELETE FROM list', ['list', 'note', 'todo', 'trash'], 'deleted list'],
  'a trigger that fires a trigger': [
    'INSERT INTO watched VALUES (1)',
    ['audit', 'tally', 'watched'],
    'inserted watched',
  ],
  'a view with INSTEAD OF': ["INSERT INTO overview (title) VALUES ('x')", ['audit', 'tally', 'watched']],
  'a temporary trigger': ['INSERT INTO other VALUES (5)', ['other', 'temp.seen'], 'inserted other'],
  'a full-text table': ["INSERT INTO doc VALUES ('x')", ['doc']],
  'a full-text table’s rows': ["UPDATE doc SET body = 'y'", ['doc']],
  'all of a full-text table': ['DELETE FROM doc', ['doc']],
  'a full-text table with its text elsewhere': [
    'INSERT INTO "todo search" (rowid, text) VALUES (1, \'p\')',
    ['todo search'],
  ],
  'a command to a full-text table': ['INSERT INTO "todo search" ("todo search") VALUES (\'rebuild\')', ['todo search']],
  'a full-text table without text': ["INSERT INTO bare (rowid, body) VALUES (1, 'x')", ['bare']],
  'an R-Tree': ['INSERT INTO box VALUES (2, 3, 4)', ['box']],
  'an R-Tree’s rows': ['DELETE FROM box WHERE low > 1', ['box']],
  'a table of another database': ['INSERT INTO aux.far VALUES (1, 2)', ['aux.far'], 'inserted aux.far'],
  'a table of one name in another database': ['INSERT INTO aux.plain VALUES (1)', ['aux.plain'], 'inserted aux.plain'],
  'a temporary table in the place of another': [
    'INSERT INTO shaded VALUES (1)',
    ['temp.shaded'],
    'inserted temp.shaded',
  ],
  'the table that a temporary one hides': ['INSERT INTO main.shaded VALUES (1)', ['shaded'], 'inserted shaded'],
  sqlite_sequence: ['UPDATE sqlite_sequence SET seq = 99', ['sqlite_sequence'], 'updated sqlite_sequence'],
  'a name with quotes and spaces': ['INSERT INTO "odd "" name" VALUES (1)', ['odd " name'], 'inserted odd " name'],
  'a name in another case': ['INSERT INTO "MIXED case" VALUES (1)', ['Mixed Case'], 'inserted Mixed Case'],
  'a name in another alphabet': ['INSERT INTO größe VALUES (1)', ['größe'], 'inserted größe'],
  'a name with a dot': ['INSERT INTO "a.b" VALUES (1)', ['a.b'], 'inserted a.b'],
  'an index that is built anew': ['REINDEX list_title', ['list']],
};

/** They take the place of a row without a word in the program. */
const replacements = [
  'REPLACE INTO setting VALUES (1, 2)',
  'INSERT OR REPLACE INTO setting (v, id) SELECT v, v FROM plain',
  'INSERT INTO latest VALUES (1, 2)',
  'REPLACE INTO price (id, net) VALUES (1, 2)',
];

const schemaChanges = [
  'CREATE TABLE fresh (v)',
  'CREATE TABLE fresh AS SELECT * FROM list',
  'CREATE TABLE aux.fresh (v)',
  'CREATE TEMP TABLE fresh (v)',
  'CREATE TABLE fresh (v PRIMARY KEY) WITHOUT ROWID',
  'CREATE VIRTUAL TABLE fresh USING fts5(v)',
  'CREATE INDEX fresh ON list (owner)',
  'CREATE UNIQUE INDEX fresh ON todo (id, lower(text)) WHERE done',
  'CREATE VIEW fresh AS SELECT * FROM list',
  'CREATE TEMP VIEW fresh AS SELECT * FROM list',
  'CREATE TRIGGER fresh AFTER UPDATE ON list BEGIN SELECT 1; END',
  'CREATE TEMP TRIGGER fresh AFTER UPDATE ON list BEGIN SELECT 1; END',
  'DROP TABLE note',
  'DROP TABLE doc',
  'DROP TABLE box',
  'DROP TABLE aux.far',
  'DROP TABLE temp.shaded',
  'DROP INDEX list_title',
  'DROP VIEW first',
  'DROP TRIGGER note_delete',
  'ALTER TABLE plain RENAME TO renamed',
  'ALTER TABLE doc RENAME TO renamed',
  'ALTER TABLE plain RENAME COLUMN v TO w',
  'ALTER TABLE plain ADD COLUMN w',
  'ALTER TABLE trash DROP COLUMN text',
  'ANALYZE',
  'ANALYZE list',
  'VACUUM',
  "ATTACH ':memory:' AS more",
  'DETACH aux',
];

const transactionControls = [
  'BEGIN',
  'BEGIN IMMEDIATE',
  'COMMIT',
  'END',
  'ROLLBACK',
  'SAVEPOINT s',
  'RELEASE s',
  'ROLLBACK TO s',
];

/** Nobody can tell which tables these read. */
const unclear = [
  "SELECT * FROM pragma_table_info('list')",
  'SELECT * FROM pragma_foreign_keys, list',
  'SELECT * FROM dbstat',
  'SELECT * FROM terms',
  'SELECT * FROM fact_search',
];

/** They change how the connection works, or tell about it. */
const harmless = [
  'PRAGMA user_version',
  'PRAGMA foreign_keys = ON',
  'PRAGMA cache_size = -3000',
  'PRAGMA data_version',
  'PRAGMA table_list',
  'PRAGMA integrity_check',
];

/** They change no row, and yet the file. */
const changesOfTheFile = [
  'PRAGMA user_version = 3',
  'PRAGMA journal_mode = DELETE',
  'PRAGMA wal_checkpoint',
  'PRAGMA incremental_vacuum',
  'CREATE TABLE IF NOT EXISTS list (id)',
];

/** In memory, since programs are the same there. */
const engines = { 'better-sqlite3': betterSqlite3({}), 'node:sqlite': nodeSqlite({}), 'sqlite-wasm': sqliteWasm() };

for (const [name, spec] of Object.entries(engines)) {
  const withDatabase = async (body: (engine: Engine) => void): Promise<void> => {
    const engine = await openEngine(spec);
    try {
      engine.exec(database);
      body(engine);
    } finally {
      engine.close();
    }
  };
  const finds = (sql: string, check: (footprint: Footprint, engine: Engine) => void): Promise<void> =>
    withDatabase((engine) => check(footprintOf(engine, new Schema(engine), sql), engine));

  describe(`footprintOf, by ${name}, finds that a query reads`, () => {
    for (const [what, [sql, ...tables]] of Object.entries(queries)) {
      it(what, () =>
        finds(sql, (footprint, engine) => {
          assert.deepEqual(summaryOf(footprint), { reads: tables, readOnly: true });
          for (const table of ordinaryTables(engine).filter(({ name }) => !tables.includes(name))) {
            assert.ok(isIndependentOf(engine, table, sql), `${sql} depends on ${table.name}`);
          }
        }),
      );
    }

    for (const sql of unclear) {
      it(`anything: ${sql}`, () =>
        finds(sql, ({ readsAnything, readOnly, writes }) => {
          assert.deepEqual([readsAnything, readOnly, writes.size], [true, true, 0]);
        }));
    }

    it('an older full-text table and its text', (t) =>
      withDatabase((engine) => {
        const [fts4] = rowsOf(engine, "SELECT 1 FROM pragma_module_list WHERE name = 'fts4'");
        if (fts4 === undefined) return t.skip('this build has no FTS4');
        engine.exec("CREATE VIRTUAL TABLE old_doc USING fts4(text, content='todo')");
        const footprint = footprintOf(engine, new Schema(engine), "SELECT * FROM old_doc WHERE text MATCH 'x'");
        assert.deepEqual(summaryOf(footprint), { reads: ['old_doc', 'todo'], readOnly: true });
        const write = footprintOf(engine, new Schema(engine), "INSERT INTO old_doc(docid, text) VALUES (1, 'x')");
        assert.deepEqual(summaryOf(write), { writes: ['old_doc'] });
      }));

    it('anything, where the table of a full-text table’s text is missing', () =>
      withDatabase((engine) => {
        engine.exec("CREATE VIRTUAL TABLE lost USING fts5(v, content = 'nowhere')");
        const footprint = footprintOf(engine, new Schema(engine), 'SELECT rowid FROM lost');
        assert.deepEqual(summaryOf(footprint), { reads: ['lost'], readsAnything: true, readOnly: true });
      }));

    it('a table whose name only begins like that of a virtual one', () =>
      withDatabase((engine) => {
        for (const table of ['doc_notes', 'box_data']) {
          const footprint = footprintOf(engine, new Schema(engine), `SELECT * FROM ${table}`);
          assert.deepEqual(summaryOf(footprint), { reads: [table], readOnly: true });
        }
      }));

    it('nothing where it only shows a plan', () =>
      withDatabase((engine) => {
        const statements = new Statements(engine, () => new Schema(engine), 10);
        for (const sql of [
          'EXPLAIN DELETE FROM list',
          '/* a */ EXPLAIN QUERY PLAN SELECT * FROM list',
          'explain BEGIN',
        ]) {
          assert.deepEqual(summaryOf(statements.get(sql).footprint), { reads: [], readOnly: true }, sql);
        }
        statements.clear();
      }));
  });

  describe(`footprintOf, by ${name}, finds that a write changes`, () => {
    for (const [what, [sql, tables, target]] of Object.entries(writes)) {
      it(what, () =>
        finds(sql, (footprint, engine) => {
          assert.deepEqual(summaryOf(footprint), { writes: tables, ...(target ? { target } : {}) });
          const changed = tablesChangedBy(engine, () => rowsOf(engine, sql));
          assert.deepEqual(
            changed.filter((table) => !tables.includes(table)),
            [],
          );
        }),
      );
    }

    for (const [sql, mayReplace] of [
      ["INSERT INTO setting VALUES (3, replace('a', 'b', 'c'))", false],
      ["REPLACE INTO setting VALUES (1, 'again')", true],
      ["INSERT INTO setting VALUES (1, 'x') ON CONFLICT DO UPDATE SET v = excluded.v", false],
      ['UPDATE OR REPLACE setting SET id = 2', true],
      ["INSERT INTO latest VALUES (1, 'again')", true],
    ] as const) {
      it(`${mayReplace ? 'perhaps by' : 'not by'} deleting rows without a trigger: ${sql}`, () =>
        finds(sql, (footprint) => assert.equal(footprint.mayReplace, mayReplace)));
    }

    it('the tables that its SELECT reads, as read', () =>
      finds('INSERT INTO plain SELECT title FROM overview', ({ reads }) => {
        assert.deepEqual([...reads].sort(), ['list', 'todo']);
      }));

    it('sqlite_sequence as SQLite’s own, and the table as the user’s', () =>
      finds("INSERT INTO event (what) VALUES ('g')", ({ writes }) => {
        assert.equal(writes.get('sqlite_sequence')?.internal, true);
        assert.equal(writes.get('event')?.internal, false);
      }));

    for (const sql of replacements) {
      it(`a table, in which way nobody knows: ${sql}`, () =>
        finds(sql, ({ writes, target }) => assert.deepEqual([writes.size, target], [1, undefined])));
    }

    it('a value that PRAGMA user_version reads', () =>
      finds('PRAGMA user_version = 3', ({ changesSchema, writesAnything }) => {
        assert.ok(changesSchema || writesAnything);
      }));

    for (const sql of changesOfTheFile) {
      it(`no row, and yet is no mere reading: ${sql}`, () =>
        finds(sql, ({ readOnly, controlsTransaction }) => {
          assert.deepEqual([readOnly, controlsTransaction], [false, false]);
        }));
    }

    for (const sql of harmless) {
      it(`nothing: ${sql}`, () =>
        finds(sql, ({ readOnly, changesSchema, controlsTransaction, writes }) => {
          assert.deepEqual([readOnly, changesSchema, controlsTransaction, writes.size], [true, false, false, 0]);
        }));
    }

    for (const sql of schemaChanges) {
      it(`the schema: ${sql}`, () =>
        finds(sql, ({ changesSchema, controlsTransaction, readOnly }) => {
          assert.deepEqual([changesSchema, controlsTransaction, readOnly], [true, false, false]);
        }));
    }

    for (const sql of ['CREATE TABLE fresh AS SELECT * FROM list', 'CREATE INDEX fresh ON list (owner)']) {
      it(`no other table where it fills what it makes: ${sql}`, () =>
        finds(sql, (footprint) => {
          assert.deepEqual(summaryOf(footprint), { writes: ['sqlite_schema'], changesSchema: true });
          assert.deepEqual([...footprint.reads], ['list']);
        }));
    }

    it('the schema, where it is written by hand', (t) =>
      withDatabase((engine) => {
        engine.exec('PRAGMA writable_schema = ON');
        const sql = "UPDATE sqlite_schema SET sql = sql || ' ' WHERE name = 'plain'";
        try {
          engine.explain(sql);
        } catch {
          return t.skip('this build refuses to');
        }
        const { changesSchema } = footprintOf(engine, new Schema(engine), sql);
        assert.equal(changesSchema, true);
      }));

    for (const sql of transactionControls) {
      it(`the transaction: ${sql}`, () =>
        finds(sql, ({ controlsTransaction, changesSchema, readOnly }) => {
          assert.deepEqual([controlsTransaction, changesSchema, readOnly], [true, false, false]);
        }));
    }
  });

  describe(`footprintOf, by ${name}, after the schema changed`, () => {
    it('finds tables by their new names, and those in their place by theirs', () =>
      withDatabase((engine) => {
        engine.exec('ALTER TABLE plain RENAME TO simple');
        engine.exec('DROP TABLE note');
        engine.exec('CREATE TABLE later (v)');
        engine.exec('VACUUM');
        const schema = new Schema(engine);
        for (const [sql, table] of [
          ['SELECT * FROM simple', 'simple'],
          ['SELECT * FROM later', 'later'],
          ['SELECT title FROM list', 'list'],
        ] as const) {
          assert.deepEqual([...footprintOf(engine, schema, sql).reads], [table]);
        }
      }));

    it('tells virtual tables apart that were dropped and made anew', () =>
      withDatabase((engine) => {
        engine.exec('DROP TABLE doc; DROP TABLE bare; CREATE VIRTUAL TABLE bare USING fts5(v)');
        engine.exec('CREATE VIRTUAL TABLE doc USING fts5(v)');
        const schema = new Schema(engine);
        for (const table of ['doc', 'bare', 'box']) {
          assert.deepEqual([...footprintOf(engine, schema, `SELECT * FROM ${table}`).reads], [table]);
          assert.deepEqual([...footprintOf(engine, schema, `DELETE FROM ${table}`).writes.keys()], [table]);
        }
      }));
  });
}

/** What is to be seen of a footprint; what is empty or false is left out. `reads` is of interest where it only reads. */
function summaryOf({ reads, writes, target, readOnly, mayReplace: _, hasTriggers: __, ...flags }: Footprint): unknown {
  const set = Object.entries(flags).filter(([, value]) => value === true);
  return {
    ...(readOnly ? { reads: [...reads].sort() } : {}),
    ...(writes.size > 0 ? { writes: [...writes.keys()].sort() } : {}),
    ...(target ? { target: `${target.kind} ${target.table}` } : {}),
    ...(readOnly ? { readOnly } : {}),
    ...Object.fromEntries(set),
  };
}

/** A table as {@link Footprint} names it, and as SQL does. */
interface Table {
  readonly name: string;
  readonly sql: string;
}

function ordinaryTables(engine: Engine): Table[] {
  return rowsOf(engine, "SELECT schema, name FROM pragma_table_list WHERE type = 'table'")
    .filter(([, table]) => !/^sqlite_(temp_)?(schema|master)$/.test(String(table)))
    .map(([schema, table]) => ({
      name: schema === 'main' ? String(table) : `${schema}.${table}`,
      sql: `"${schema}"."${String(table).replaceAll('"', '""')}"`,
    }));
}

/** Compares the contents of all ordinary tables before and after. */
function tablesChangedBy(engine: Engine, work: () => void): string[] {
  const tables = ordinaryTables(engine);
  const contents = () => tables.map(({ sql }) => JSON.stringify(rowsOf(engine, `SELECT * FROM ${sql}`)));
  const before = contents();
  work();
  const after = contents();
  return tables.filter((_, index) => before[index] !== after[index]).map(({ name }) => name);
}

/** Whether a query gives the same where the table has no rows. */
function isIndependentOf(engine: Engine, table: Table, query: string): boolean {
  const rows = () => JSON.stringify(rowsOf(engine, query));
  const before = rows();
  engine.exec('PRAGMA foreign_keys = OFF; BEGIN');
  engine.exec(`DELETE FROM ${table.sql}`);
  const after = rows();
  engine.exec('ROLLBACK; PRAGMA foreign_keys = ON');
  return before === after;
}
