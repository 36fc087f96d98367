/** Whatever a statement does to rows, and however it does it: a live query shows what a fresh one gives. */
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { ConstraintError, type Database, type Scope, spawn } from '../../lib/index.ts';
import { type Bench, done, fileEngines, withFile, withServer } from '../support/databases.ts';
import { LiveCheck, together, type Watchable, type Write } from '../support/live-check.ts';

/** Enough rows for a live query to follow its changes rather than to read them all. */
const things = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, kind TEXT, n INTEGER, name TEXT UNIQUE, changed INTEGER NOT NULL DEFAULT 0);
  CREATE INDEX t_n ON t (n);
  INSERT INTO t (kind, n, name)
    WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 2000)
    SELECT char(97 + i % 5), i, 'name ' || i FROM c;`;

/** One for each way in which a result is kept current. */
const ways: readonly Watchable[] = [
  "SELECT id, name FROM t WHERE kind = 'a' AND n < 100 ORDER BY id",
  'SELECT id, n, changed FROM t ORDER BY n DESC, id LIMIT 3',
  'SELECT kind, count(*) AS many, sum(n) AS total, min(n) AS least, max(n) AS most FROM t GROUP BY kind ORDER BY kind',
  'SELECT count(*) AS many, sum(n) AS total, sum(changed) AS changes FROM t WHERE n > 1',
  ['SELECT * FROM t WHERE id IN (?, ?) ORDER BY id', [2, 3]],
  'SELECT DISTINCT kind FROM t ORDER BY kind',
  'SELECT a.id, b.name FROM t a LEFT JOIN t b ON b.n = a.n + 1 WHERE a.id < 20 ORDER BY a.id, b.id',
  'SELECT id FROM t WHERE id < 20 AND EXISTS (SELECT 1 FROM t o WHERE o.n = t.n + 10) ORDER BY id',
];

/** A write that is refused, and may leave something behind. */
const refused =
  (write: Write, why = /^ConstraintError: /): Write =>
  async (db) => {
    const work = typeof write === 'function' ? write(db) : done(db.execute(write as string));
    await assert.rejects(work, why);
  };

/** A transaction that is taken back after these statements. */
const takenBack =
  (...writes: readonly (string | ((tx: Scope) => Promise<unknown>))[]) =>
  async (db: Scope): Promise<void> => {
    const work = db.transaction(async (tx) => {
      for (const write of writes) await (typeof write === 'string' ? done(tx.execute(write)) : write(tx));
      throw new Error('taken back');
    });
    await assert.rejects(done(work), /^Error: taken back$/);
  };

/** 3,000 rows from an id on, or back from it. */
const insertMany = (db: Scope, first: number, step = 1): Promise<unknown> => {
  const row = (_: unknown, index: number) => [first + index * step, index % 7, `many ${first + index * step}`];
  const rows = Array.from({ length: 3_000 }, row);
  return done(db.batch((b) => b.executeMany("INSERT INTO t (id, kind, n, name) VALUES (?, 'a', ?, ?)", rows)));
};

const pairs = (count: number): (readonly [number, number])[] =>
  Array.from({ length: count }, (_, index) => [1, index + 1] as const);

interface Story {
  readonly schema?: string;
  readonly queries?: readonly Watchable[];
  readonly writes: readonly Write[];
}

const stories: Readonly<Record<string, Story>> = {
  'REPLACE, which deletes what is in its way': {
    writes: [
      "REPLACE INTO t (id, kind, n, name) VALUES (5, 'a', 5, 'five')",
      "INSERT OR REPLACE INTO t (id, kind, n, name) VALUES (10, 'b', 1, 'name 11')",
      'UPDATE OR REPLACE t SET id = 2 WHERE id = 3',
      "UPDATE OR REPLACE t SET name = 'name 20' WHERE id IN (2, 25)",
      together("REPLACE INTO t (id, name, n) VALUES (1, 'name 15', 1)", 'UPDATE t SET n = n + 1 WHERE id = 1'),
    ],
  },
  'a constraint and a trigger that replace': {
    schema: `
      CREATE TABLE one (k INTEGER UNIQUE ON CONFLICT REPLACE, v INTEGER); INSERT INTO one VALUES (1, 1), (2, 2);
      CREATE TABLE source (k, v);
      CREATE TRIGGER copies AFTER INSERT ON source BEGIN INSERT OR REPLACE INTO t (id, kind, n) VALUES (NEW.k, 'a', NEW.v); END;`,
    queries: ['SELECT k, v FROM one ORDER BY k', 'SELECT count(*) AS n, sum(v) AS v FROM one'],
    writes: [
      'INSERT INTO one VALUES (1, 10)',
      'UPDATE one SET k = 2 WHERE k = 1',
      'INSERT INTO source VALUES (5, 50), (6, 3000)',
      'DELETE FROM one',
    ],
  },
  'INSERT OR IGNORE, UPDATE OR IGNORE': {
    writes: [
      "INSERT OR IGNORE INTO t (id, kind, n, name) VALUES (1, 'z', 9, 'x'), (9001, 'a', 7, 'y'), (9002, 'a', 7, 'name 1')",
      "UPDATE OR IGNORE t SET name = 'name 2', n = n + 5000 WHERE id IN (2, 3, 9001)",
    ],
  },
  'statements that fail, and those that keep what they did before they failed': {
    schema: 'CREATE TABLE few (k UNIQUE ON CONFLICT FAIL, v INTEGER)',
    queries: ['SELECT k, v FROM few ORDER BY v'],
    writes: [
      refused('INSERT INTO t (id, n) VALUES (9001, 1), (1, 1)'),
      refused("INSERT OR FAIL INTO t (id, kind, n) VALUES (9001, 'a', 1), (1, 'a', 1), (9002, 'a', 1)"),
      refused("UPDATE OR FAIL t SET name = CASE id WHEN 5 THEN 'name 100' ELSE 'new ' || id END WHERE id < 9"),
      refused('INSERT INTO few VALUES (1, 1), (2, 2), (1, 3), (4, 4)'),
      (db) =>
        done(
          db.transaction(async (tx) => {
            await done(tx.execute("UPDATE t SET kind = 'b' WHERE id = 10"));
            await assert.rejects(done(tx.execute('INSERT OR FAIL INTO t (id, n) VALUES (9003, 5000), (1, 1)')));
            await assert.rejects(done(tx.execute('INSERT OR ABORT INTO t (id, n) VALUES (9004, 6000), (1, 1)')));
            await done(tx.execute("UPDATE t SET kind = 'a' WHERE id = 11"));
          }),
        ),
    ],
  },
  'ON CONFLICT ROLLBACK, which ends the transaction': {
    writes: [
      refused('INSERT OR ROLLBACK INTO t (id, n) VALUES (9001, 5000), (1, 1)'),
      refused(together('UPDATE t SET n = 9999 WHERE id = 1', 'INSERT OR ROLLBACK INTO t (id) VALUES (1)')),
      'UPDATE t SET n = 8888 WHERE id = 1',
    ],
  },
  UPSERT: {
    writes: [
      "INSERT INTO t (id, kind, n, name) VALUES (1, 'z', 9, 'x'), (9001, 'a', 5, 'y') ON CONFLICT (id) DO UPDATE SET kind = 'a', n = excluded.n * 1000",
      "INSERT INTO t (id, kind, n) VALUES (2, 'a', 1) ON CONFLICT DO NOTHING",
      "INSERT INTO t (name, n) VALUES ('name 3', -5) ON CONFLICT (name) DO UPDATE SET n = excluded.n WHERE n > 100",
      "INSERT INTO t (name, n) VALUES ('name 3', -5) ON CONFLICT (name) DO UPDATE SET n = excluded.n, id = 9100",
    ],
  },
  'a table WITHOUT ROWID': {
    schema: `
      CREATE TABLE w (a TEXT COLLATE NOCASE, b REAL, v INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
      INSERT INTO w WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 1000) SELECT 'k' || i % 10, i, i FROM c;`,
    queries: [
      "SELECT * FROM w WHERE a = 'K1' AND v < 100 ORDER BY b",
      'SELECT v FROM w ORDER BY v DESC LIMIT 3',
      'SELECT b, count(*) AS n, sum(v) AS total FROM w GROUP BY b ORDER BY total DESC, b LIMIT 5',
    ],
    writes: [
      "UPDATE w SET a = 'K1' WHERE a = 'k1' AND b = 1",
      "UPDATE w SET b = 2000.5, v = 5000 WHERE a = 'k2' AND b = 2",
      "REPLACE INTO w VALUES ('K1', 1, 77)",
      "INSERT OR IGNORE INTO w VALUES ('k1', 11, 6000), ('k1', 0.5, 6000)",
      "INSERT INTO w VALUES ('k1', 11, 1) ON CONFLICT DO UPDATE SET v = 7000",
      "DELETE FROM w WHERE a = 'k1'",
      'DELETE FROM w',
    ],
  },
  'generated columns': {
    schema: `
      CREATE TABLE made (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, twice AS (a * 2), both TEXT AS (b || a) STORED);
      CREATE INDEX made_twice ON made (twice);
      INSERT INTO made (a, b) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 500) SELECT i, 'b' FROM c;`,
    queries: [
      'SELECT id FROM made WHERE twice = 10 ORDER BY id',
      "SELECT both FROM made WHERE both LIKE 'b1%' ORDER BY id",
      'SELECT twice, count(*) AS n FROM made GROUP BY twice ORDER BY n DESC, twice LIMIT 3',
      'SELECT max(twice) AS most, sum(twice) AS total FROM made',
    ],
    writes: [
      'UPDATE made SET a = 5 WHERE id = 7',
      "UPDATE made SET b = 'c' WHERE id = 10",
      "INSERT INTO made (a, b) VALUES (9000, 'b1')",
      'DELETE FROM made WHERE twice = 18000',
    ],
  },
  'partial indexes and those of expressions': {
    schema: `
      CREATE INDEX t_some ON t (name) WHERE n > 10; CREATE INDEX t_expr ON t (lower(name) COLLATE NOCASE);
      CREATE INDEX t_sum ON t (n + id) WHERE changed = 0;`,
    queries: [
      "SELECT name FROM t WHERE n > 10 AND name < 'name 12' ORDER BY name",
      "SELECT id FROM t WHERE lower(name) = 'name 5' AND (SELECT 1)",
      "SELECT name FROM t INDEXED BY t_some WHERE n > 10 AND name BETWEEN 'name 2' AND 'name 3' AND EXISTS (SELECT 1) ORDER BY name",
    ],
    writes: [
      'UPDATE t SET n = 1 WHERE id = 11',
      "UPDATE t SET name = 'NAME 5' WHERE id = 5",
      'UPDATE t SET n = 20000 WHERE id = 2',
      'UPDATE t SET changed = 1',
      'UPDATE t SET changed = 0, n = -id',
    ],
  },
  'cascades, SET NULL and SET DEFAULT': {
    schema: `
      CREATE TABLE node (id INTEGER PRIMARY KEY, up INTEGER REFERENCES node ON DELETE CASCADE ON UPDATE CASCADE, v INTEGER);
      CREATE TABLE leaf (id INTEGER PRIMARY KEY, node INTEGER REFERENCES node ON DELETE SET NULL ON UPDATE CASCADE);
      CREATE TABLE mark (id INTEGER PRIMARY KEY, node INTEGER DEFAULT 1 REFERENCES node ON DELETE SET DEFAULT ON UPDATE CASCADE);
      INSERT INTO node VALUES (1, NULL, 1), (2, 1, 2), (3, 2, 3), (4, 3, 4), (5, 1, 5), (6, 6, 6);
      INSERT INTO leaf VALUES (1, 4), (2, 2), (3, 5), (4, 6); INSERT INTO mark VALUES (1, 4), (2, 5);`,
    queries: [
      'SELECT id, v FROM node WHERE v > 2 ORDER BY id',
      'SELECT up, count(*) AS n, sum(v) AS total FROM node GROUP BY up ORDER BY up',
      'SELECT id FROM leaf WHERE node IS NULL ORDER BY id',
      'SELECT node, count(*) AS n FROM leaf GROUP BY node ORDER BY node',
      'SELECT id FROM mark WHERE node = 1 ORDER BY id',
      'SELECT leaf.id, node.v FROM leaf LEFT JOIN node ON node.id = leaf.node ORDER BY leaf.id',
    ],
    writes: [
      'UPDATE node SET id = 50 WHERE id = 5',
      'UPDATE node SET id = 60 WHERE id = 6',
      'DELETE FROM node WHERE id = 3',
      'DELETE FROM node WHERE id = 60',
      'DELETE FROM node WHERE id = 50',
      refused('DELETE FROM node'),
    ],
  },
  'triggers after the statement, on other tables and on the same': {
    schema: `
      CREATE TABLE log (id INTEGER PRIMARY KEY, t INTEGER, was TEXT, now TEXT);
      CREATE TABLE tally (kind TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
      CREATE TRIGGER updated AFTER UPDATE ON t BEGIN
        INSERT INTO log (t, was, now) VALUES (OLD.id, OLD.name, NEW.name);
        UPDATE t SET changed = changed + 1 WHERE id = NEW.id;
      END;
      CREATE TRIGGER inserted AFTER INSERT ON t BEGIN
        INSERT INTO tally VALUES (NEW.kind, 1) ON CONFLICT DO UPDATE SET n = n + 1;
      END;
      CREATE TRIGGER deleted AFTER DELETE ON t BEGIN DELETE FROM t WHERE id = OLD.id + 1000; END;
      CREATE VIEW shown AS SELECT id, name FROM t;
      CREATE TRIGGER renamed INSTEAD OF UPDATE ON shown BEGIN UPDATE t SET name = NEW.name || '!' WHERE id = NEW.id; END;`,
    queries: [
      "SELECT t, was, now FROM log WHERE now LIKE 'new%' ORDER BY id",
      'SELECT * FROM tally ORDER BY kind',
      'SELECT id, changed FROM t WHERE changed > 0 ORDER BY id',
    ],
    writes: [
      "UPDATE t SET name = 'new ' || id WHERE id < 4",
      "INSERT INTO t (kind, n) VALUES ('a', 1), ('h', 2)",
      "UPDATE shown SET name = 'new of a view' WHERE id = 5",
      'DELETE FROM t WHERE id = 11',
      'PRAGMA recursive_triggers = ON',
      'DELETE FROM t WHERE id < 4',
      'PRAGMA recursive_triggers = OFF',
    ],
  },
  'triggers before the statement that write the row it is about to change': {
    schema: `
      CREATE TRIGGER before_update BEFORE UPDATE OF name ON t BEGIN UPDATE t SET n = n + 1 WHERE id = OLD.id; END;
      CREATE TRIGGER before_delete BEFORE DELETE ON t BEGIN UPDATE t SET n = n + 1 WHERE id = OLD.id; END;
      CREATE TRIGGER before_insert BEFORE INSERT ON t BEGIN UPDATE t SET n = n + 1 WHERE id = 1; END;`,
    writes: [
      "UPDATE t SET name = 'new' WHERE id = 7",
      "UPDATE t SET name = 'moved', kind = 'b' WHERE id = 9",
      'DELETE FROM t WHERE id = 8',
      "INSERT INTO t (kind, n) VALUES ('a', 5)",
    ],
  },
  'triggers that do not say that they come before the statement': {
    schema: `
      CREATE TRIGGER "begin" UPDATE OF name ON t BEGIN UPDATE t SET n = n + 1 WHERE id = OLD.id; END;
      CREATE TRIGGER later BEFORE /* or after */ DELETE ON t BEGIN UPDATE t SET n = n + 1 WHERE id = OLD.id; END;`,
    writes: ["UPDATE t SET name = 'new' WHERE id = 7", 'DELETE FROM t WHERE id = 8'],
  },
  'triggers that ignore a row, or end the statement': {
    schema: `
      CREATE TRIGGER ignored BEFORE UPDATE ON t WHEN NEW.name = 'before' BEGIN SELECT RAISE(IGNORE); END;
      CREATE TRIGGER stopped AFTER UPDATE ON t WHEN NEW.name = 'after' BEGIN SELECT RAISE(IGNORE); END;
      CREATE TEMP TRIGGER hidden AFTER UPDATE ON t WHEN NEW.name = 'temp' BEGIN SELECT RAISE(IGNORE); END;
      CREATE TRIGGER failed AFTER UPDATE ON t WHEN NEW.name = 'fail' BEGIN SELECT RAISE(FAIL, 'no'); END;
      CREATE TRIGGER aborted AFTER UPDATE ON t WHEN NEW.name = 'abort' BEGIN SELECT RAISE(ABORT, 'no'); END;`,
    writes: [
      "UPDATE t SET name = 'before', n = 7000 WHERE id = 5",
      "UPDATE t SET name = 'after', n = 7000 WHERE id = 5",
      "UPDATE t SET name = 'temp', n = 8000 WHERE id = 10",
      refused("UPDATE t SET name = 'abort', n = 9000 WHERE id = 15"),
      refused("UPDATE t SET name = CASE id WHEN 25 THEN 'fail' END, n = 9000 WHERE id IN (20, 25)"),
    ],
  },
  'INSERT from SELECT, UPDATE FROM, RETURNING, and DELETE without WHERE': {
    schema: 'CREATE TABLE source (id INTEGER PRIMARY KEY, n INTEGER); INSERT INTO source VALUES (2, 9000), (4, 9001);',
    writes: [
      'UPDATE t SET n = source.n FROM source WHERE source.id = t.id',
      "INSERT INTO t (kind, n) SELECT 'a', n % 50 FROM t WHERE n < 200",
      (db) => done(db.select("UPDATE t SET kind = 'a' WHERE id < 5 RETURNING id")),
      (db) => done(db.select("INSERT INTO t (kind, n) VALUES ('a', 3) RETURNING *")),
      (db) => done(db.select('DELETE FROM t WHERE n < 20 RETURNING name')),
      'DELETE FROM t',
      "INSERT INTO t SELECT id, 'a', n, NULL, 0 FROM source",
    ],
  },
  'batches, scripts, and rows in bulk': {
    writes: [
      (db) =>
        done(
          db.batch((b) => {
            b.executeMany('UPDATE t SET n = ? WHERE id = ?', [
              [5000, 1],
              [5001, 2],
              [5000, 1],
            ]);
            b.insert('t', [
              { kind: 'a', n: 3 },
              { kind: 'b', n: 4 },
            ]);
            b.execute('DELETE FROM t WHERE id = ?', [3]);
          }),
        ),
      (db) =>
        done(
          db.executeScript(
            "UPDATE t SET kind = 'b' WHERE id = 5; DELETE FROM t WHERE id = 10; UPDATE t SET n = 0 WHERE id = 15",
          ),
        ),
      refused((db) => done(db.executeScript("UPDATE t SET kind = 'a' WHERE id = 6; INSERT INTO t (id) VALUES (1)"))),
      (db) => done(db.executeScript('DELETE FROM t; INSERT INTO t SELECT 1, NULL, 2, NULL, 0')),
    ],
  },
  'savepoints and transactions that are taken back': {
    writes: [
      takenBack('UPDATE t SET n = 9999 WHERE id = 1', 'DELETE FROM t WHERE id = 2'),
      (db) =>
        done(
          db.transaction(async (tx) => {
            await done(tx.execute("UPDATE t SET kind = 'a' WHERE id = 1"));
            await assert.rejects(
              done(
                tx.transaction(async (inner) => {
                  await done(inner.execute("UPDATE t SET kind = 'b', n = 9999 WHERE id < 50"));
                  throw new Error('taken back');
                }),
              ),
              /taken back/,
            );
            await done(tx.transaction((inner) => inner.execute('UPDATE t SET n = 5000 WHERE id = 2')));
            await done(tx.execute('DELETE FROM t WHERE id = 20'));
          }),
        ),
    ],
  },
  'more rows than are looked at one by one': {
    writes: [
      'UPDATE t SET n = n + 1',
      together('UPDATE t SET n = n - 1 WHERE id <= 600', 'UPDATE t SET n = n - 1 WHERE id > 1400'),
      'UPDATE t SET n = n + 1 WHERE id <= 1000',
      'UPDATE t SET n = n - 1 WHERE id <= 1001',
      "INSERT INTO t (kind, n) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000) SELECT 'a', i FROM c",
      "UPDATE t SET kind = 'q' WHERE id = 1",
      'DELETE FROM t WHERE id > 100',
    ],
  },
  'full-text search and R-Trees': {
    schema: `
      CREATE VIRTUAL TABLE page USING fts5(title, body);
      CREATE VIRTUAL TABLE found USING fts5(name, content='t', content_rowid='id');
      CREATE TRIGGER finds AFTER UPDATE ON t BEGIN
        INSERT INTO found(found, rowid, name) VALUES ('delete', OLD.id, OLD.name);
        INSERT INTO found(rowid, name) VALUES (NEW.id, NEW.name);
      END;
      INSERT INTO found(found) VALUES ('rebuild');
      CREATE VIRTUAL TABLE box USING rtree(id, left, right);`,
    queries: [
      "SELECT title FROM page WHERE page MATCH 'gate' ORDER BY rowid",
      "SELECT name FROM found WHERE found MATCH 'gate' ORDER BY rowid",
      "SELECT t.id, t.n FROM t JOIN found ON found.rowid = t.id WHERE found MATCH 'gate' ORDER BY t.id",
      'SELECT id FROM box WHERE left < 5',
    ],
    writes: [
      "INSERT INTO page VALUES ('the gate', 'open'), ('a wall', 'gate')",
      "UPDATE t SET name = 'a gate ' || id WHERE id IN (3, 4)",
      'UPDATE t SET n = 7000 WHERE id = 3',
      "UPDATE page SET body = 'none'",
      'INSERT INTO box VALUES (1, 1, 2), (2, 6, 7)',
      'UPDATE box SET left = 3 WHERE id = 2',
      'DELETE FROM page',
      'DELETE FROM box WHERE id = 1',
    ],
  },
  'temporary tables, also those that hide another': {
    schema: 'CREATE TEMP TABLE own (id INTEGER PRIMARY KEY, v INTEGER); INSERT INTO own VALUES (1, 1), (2, 2);',
    queries: [
      'SELECT id FROM own WHERE v = 2 ORDER BY id',
      'SELECT sum(v) AS v FROM temp.own',
      'SELECT count(*) AS n FROM main.t WHERE n > 5',
    ],
    writes: [
      'UPDATE own SET v = 2 WHERE id = 1',
      'CREATE TEMP TABLE t (id INTEGER PRIMARY KEY, kind TEXT, n INTEGER, name TEXT, changed INTEGER)',
      "INSERT INTO t VALUES (5, 'a', 6, 'hides', 1)",
      'UPDATE main.t SET n = 9000 WHERE id = 5',
      'UPDATE t SET n = 7',
      'DROP TABLE temp.t',
      "UPDATE t SET name = 'shown again' WHERE id = 5",
    ],
  },
  'changes of the schema': {
    queries: ['SELECT * FROM t WHERE id < 3 ORDER BY id'],
    writes: [
      'ALTER TABLE t ADD COLUMN more DEFAULT 5',
      'UPDATE t SET more = 6 WHERE id = 1',
      'CREATE INDEX t_more ON t (more)',
      'UPDATE t SET more = 7, n = 9000 WHERE id = 1',
      'DROP INDEX t_more',
      'UPDATE t SET more = 8 WHERE id = 2',
      'ALTER TABLE t DROP COLUMN more',
      "UPDATE t SET name = 'a' WHERE id = 5",
      'CREATE TRIGGER later AFTER UPDATE OF name ON t BEGIN UPDATE t SET n = n + 100 WHERE id = NEW.id; END',
      "UPDATE t SET name = 'b' WHERE id = 5",
      'DROP TRIGGER later',
      'VACUUM',
      "UPDATE t SET name = 'c' WHERE id = 5",
      'ANALYZE',
      "UPDATE t SET name = 'd' WHERE id = 5",
      'REINDEX',
      together(
        'ALTER TABLE t RENAME TO gone',
        'CREATE TABLE t (id INTEGER PRIMARY KEY, kind, n, name, changed)',
        "INSERT INTO t VALUES (1, 'a', 1, 'x', 0)",
      ),
      "UPDATE t SET kind = 'b' WHERE id = 1",
    ],
  },
  'changes of the schema that are taken back': {
    writes: [
      takenBack('ALTER TABLE t DROP COLUMN changed'),
      "UPDATE t SET name = 'a', changed = 1 WHERE id = 5",
      takenBack(
        'UPDATE t SET n = 1 WHERE id = 2000',
        'ALTER TABLE t RENAME COLUMN name TO label',
        "UPDATE t SET label = 'no' WHERE id = 5",
        'DROP TABLE t',
      ),
      "UPDATE t SET name = 'b', changed = 2 WHERE id = 5",
      (db) =>
        done(
          db.transaction(async (tx) => {
            await done(tx.execute('UPDATE t SET n = 5000 WHERE id = 1'));
            await assert.rejects(
              done(
                tx.transaction(async (inner) => {
                  await done(inner.execute('ALTER TABLE t RENAME COLUMN n TO number'));
                  await done(inner.execute('UPDATE t SET number = 0'));
                  throw new Error('taken back');
                }),
              ),
              /taken back/,
            );
            await done(tx.execute('UPDATE t SET n = 6000, changed = 5 WHERE id = 10'));
          }),
        ),
      "UPDATE t SET kind = 'a', changed = 3 WHERE id IN (1, 2)",
    ],
  },
  'batches of more rows than are told one by one, some of them taken back': {
    writes: [
      (db) => insertMany(db, 10_000),
      "UPDATE t SET kind = 'a', n = 1 WHERE id = 2",
      takenBack((tx) => insertMany(tx, 20_000), "UPDATE t SET kind = 'b' WHERE id = 5"),
      "UPDATE t SET kind = 'a', n = 2 WHERE id = 3",
      (db) =>
        done(
          db.transaction(async (tx) => {
            await done(tx.execute('UPDATE t SET n = 5000 WHERE id = 1'));
            await takenBack((inner) => insertMany(inner, 30_000), 'UPDATE t SET n = 3 WHERE id = 1')(tx);
            await done(tx.execute('UPDATE t SET n = 4, changed = 4 WHERE id = 10'));
          }),
        ),
      (db) =>
        done(
          db.transaction(async (tx) => {
            // The last of them is there already.
            await assert.rejects(insertMany(tx, 15_998, -1), ConstraintError);
            await done(tx.execute('UPDATE t SET n = 6, changed = 5 WHERE id = 15'));
          }),
        ),
      (db) => done(db.batch((b) => b.executeMany('UPDATE t SET changed = changed + ? WHERE id = ?', pairs(3_000)))),
      'DELETE FROM t WHERE id = 15',
    ],
  },
  'PRAGMA case_sensitive_like, which makes LIKE another function': {
    queries: ["SELECT count(*) AS n FROM t WHERE name NOT LIKE 'NAME%'"],
    writes: [
      (db) => done(db.executeScript("PRAGMA case_sensitive_like = ON; UPDATE t SET name = 'name' WHERE id = 1")),
      "UPDATE t SET name = 'NAME' WHERE id = 2",
    ],
  },
  'odd names': {
    schema: `
      CREATE TABLE "a ""table""" ("select" INTEGER PRIMARY KEY, [x y] TEXT, rowid TEXT, "number of the row" INTEGER, parameter_1 TEXT, query INTEGER);
      CREATE TABLE unnamed (rowid TEXT, oid TEXT, _rowid_ TEXT, v INTEGER);
      INSERT INTO "a ""table""" VALUES (1, 'x', 'r', 3, 'p', 4); INSERT INTO unnamed VALUES ('a', 'b', 'c', 1);`,
    queries: [
      [
        'SELECT * FROM "a ""table""" WHERE "number of the row" < ? AND parameter_1 LIKE ? AND query > 1 AND [x y] <> rowid',
        [100, 'p%'],
      ],
      'SELECT v FROM unnamed ORDER BY v',
    ],
    writes: [
      `UPDATE "a ""table""" SET "number of the row" = 30, [x y] = 'z'`,
      `INSERT INTO "a ""table""" VALUES (9007199254740993, 'y', 'r', 5, 'pp', 40)`,
      `UPDATE "a ""table""" SET [x y] = 'w' WHERE "select" > 5`,
      `UPDATE "a ""table""" SET query = 0`,
      'UPDATE unnamed SET v = 2',
      "INSERT INTO unnamed VALUES ('a', 'b', 'c', 1)",
    ],
  },
  'more columns than are looked at one by one': {
    schema: `CREATE TABLE wide (id INTEGER PRIMARY KEY, ${Array.from({ length: 100 }, (_, i) => `c${i} INTEGER`).join()}); INSERT INTO wide (id) VALUES (1), (2);`,
    queries: [
      'SELECT * FROM wide',
      'SELECT id FROM wide WHERE c90 = 7',
      'SELECT c99 FROM wide',
      `SELECT id FROM wide WHERE ${Array.from({ length: 60 }, (_, i) => `c${i} = 1`).join(' OR ')}`,
    ],
    writes: ['c90 = 7', 'c99 = 7', 'c59 = 1', 'c31 = 2', 'c90 = 8'].map((set) => `UPDATE wide SET ${set} WHERE id = 1`),
  },
};

for (const engine of fileEngines) {
  describe(`a live query on ${engine.name} shows what a fresh one gives`, () => {
    for (const [name, { schema = '', queries = [], writes }] of Object.entries(stories)) {
      it(`after ${name}`, () =>
        withServer(
          async (bench) => {
            await done(bench.db.executeScript(things));
            if (schema) await done(bench.db.executeScript(schema));
            const check = await LiveCheck.of(bench, [...ways, ...queries]);
            for (const write of writes) await check.write(write);
            check.stop();
          },
          { engine },
        ));
    }

    it('after writes to an attached database, that are seen by their rows as those of any other', () =>
      withFile(async (file) => {
        const attach = encodeURIComponent(`db.exec("ATTACH '${file}.second' AS second")`);
        const module = new URL(`data:text/javascript,export const setup = (db) => ${attach}`);
        const server = spawn(engine.spec(file), { module });
        try {
          const bench = { server, db: server.connect() };
          await done(
            bench.db.executeScript(`${things} CREATE TABLE second.s (id INTEGER PRIMARY KEY, t INTEGER, v INTEGER)`),
          );
          const check = await LiveCheck.of(bench, [
            'SELECT t.name, s.v FROM t JOIN second.s ON s.t = t.id WHERE s.v > 5 ORDER BY s.id',
            'SELECT sum(v) AS v FROM s',
          ]);
          assert.deepEqual(await check.ranBy('INSERT INTO second.s (t, v) VALUES (1, 5)'), [0, 1]);
          assert.deepEqual(await check.ranBy('UPDATE s SET v = 6'), [1, 1]);
          assert.deepEqual(await check.ranBy('UPDATE s SET t = 2'), [1, 0]);
          assert.deepEqual(await check.ranBy("UPDATE t SET changed = 1, kind = 'q'"), [0, 0]);
          await check.assertFresh('these');
          await check.write('DELETE FROM second.s');
          check.stop();
        } finally {
          await done(server.shutdown());
        }
      }));

    it('after another process took a column away that its changes are seen by', () =>
      withServer(
        async (bench) => {
          await done(bench.db.executeScript(things));
          const check = await LiveCheck.of(bench, [
            "SELECT id, n FROM t WHERE kind = 'a' AND n < 50 ORDER BY id",
            'SELECT changed FROM t WHERE id = 1',
          ]);
          check.watched[1]!.recorder.unsubscribe();
          const outside = new DatabaseSync(bench.file);
          outside.exec("ALTER TABLE t DROP COLUMN changed; UPDATE t SET kind = 'a' WHERE id < 5");
          outside.close();
          await done(bench.db.execute("UPDATE t SET kind = 'a' WHERE id < 10"));
          const fresh = await done(bench.db.select(check.watched[0]!.sql));
          await check.watched[0]!.recorder.until(({ last }) => last?.length === fresh?.length);
          assert.deepEqual(check.watched[0]!.recorder.last, fresh);
          check.stop();
        },
        { engine },
      ));
  });

  describe(`what is watched on ${engine.name} behaves as what is not`, () => {
    /** The same statements on two servers, on one of which everything is watched. */
    const compared = async (schema: string, body: (db: Database) => Promise<unknown>): Promise<void> => {
      const answers = await Promise.all(
        [ways, []].map((queries) => withServer((bench) => answered(bench, queries, schema, body), { engine })),
      );
      assert.deepEqual(answers[0], answers[1]);
    };

    const answered = async (
      bench: Bench,
      queries: readonly Watchable[],
      schema: string,
      body: (db: Database) => Promise<unknown>,
    ) => {
      await done(bench.db.executeScript(`${things}${schema}`));
      const check = await LiveCheck.of(bench, queries);
      const answer = await body(bench.db);
      const rows = await done(bench.db.select('SELECT * FROM t ORDER BY id'));
      check.stop();
      return { answer, rows };
    };

    const updatedAt = `
      CREATE TRIGGER updated_at AFTER UPDATE ON t BEGIN UPDATE t SET changed = changed + 1 WHERE id = NEW.id; END;
      CREATE TRIGGER pruned AFTER DELETE ON t BEGIN DELETE FROM t WHERE id = OLD.id + 5; END;`;

    const taken: Readonly<Record<string, (tx: Scope) => Promise<unknown>>> = {
      'many rows': (tx) => insertMany(tx, 10_000),
      'a change of the schema': (tx) => done(tx.execute('CREATE TABLE other (a)')),
    };

    for (const [what, work] of Object.entries(taken)) {
      it(`where ${what} were taken back: a column that was watched can be dropped, also by another process`, () =>
        withServer(
          async (bench) => {
            const { db, file } = bench;
            await done(db.executeScript(things));
            const check = await LiveCheck.of(bench, [
              'SELECT id FROM t WHERE changed > 1',
              'SELECT id FROM t WHERE n = 1',
            ]);
            await check.write('UPDATE t SET changed = 5 WHERE id = 1');
            await takenBack(work)(db);
            await check.write('ALTER TABLE t ADD COLUMN more INTEGER');
            await takenBack(work)(db);
            await check.write("UPDATE t SET kind = 'c' WHERE id = 1");
            check.stop();
            const again = await LiveCheck.of(bench, [
              'SELECT id FROM t WHERE more > 1',
              'SELECT id, changed FROM t WHERE n < 3',
            ]);
            await again.write('UPDATE t SET more = 5 WHERE id = 1');
            await takenBack(work)(db);
            again.stop();
            const left = await LiveCheck.of(bench, ['SELECT id FROM t WHERE n = 1']);
            await done(db.execute('ALTER TABLE t DROP COLUMN changed'));
            await takenBack(work)(db);
            left.stop();
            const outside = new DatabaseSync(file);
            outside.exec('ALTER TABLE t DROP COLUMN more');
            outside.close();
            await done(db.execute("INSERT INTO t (kind, n) VALUES ('a', 1)"));
            await done(db.transaction((tx) => tx.execute("INSERT INTO t (kind, n) VALUES ('a', 1)")));
            await done(
              db.transaction(async (tx) => {
                await takenBack(work)(tx);
                await done(tx.execute('ALTER TABLE t DROP COLUMN kind'));
              }),
            );
            assert.equal((await done(db.select('SELECT * FROM t WHERE id > 2000')))?.length, 2);
          },
          { engine },
        ));
    }

    it('in its triggers: recursive_triggers stays as the user has it', async () => {
      await compared(updatedAt, async (db) => {
        const [row] = (await done(db.select('PRAGMA recursive_triggers')))!;
        await done(db.execute("UPDATE t SET kind = 'z' WHERE id < 5"));
        await done(db.execute("UPDATE t SET kind = 'a' WHERE id = 3"));
        await done(db.execute('DELETE FROM t WHERE id = 10'));
        await done(db.execute('PRAGMA recursive_triggers = ON'));
        await done(db.execute('DELETE FROM t WHERE id = 100'));
        const recursion = await done(db.execute("UPDATE t SET kind = 'a' WHERE id = 3")).catch(
          ({ message }) => message,
        );
        await done(db.execute("REPLACE INTO t (id, name) VALUES (2000, 'name 1999')"));
        await done(db.execute('PRAGMA recursive_triggers = OFF'));
        await done(db.execute("UPDATE t SET kind = 'b' WHERE id = 4"));
        return [row, recursion];
      });
    });

    it('in what changes(), total_changes() and last_insert_rowid() say', async () => {
      await compared('', async (db) => {
        const said: unknown[] = [];
        const ask = async (): Promise<void> => {
          said.push(await done(db.select('SELECT changes() AS c, total_changes() AS t, last_insert_rowid() AS r')));
        };
        for (const write of [
          "INSERT INTO t (name) VALUES ('x'), ('y')",
          "UPDATE t SET kind = 'q' WHERE id < 8",
          'UPDATE t SET n = n WHERE id < 3',
          'DELETE FROM t WHERE id = 5',
          "REPLACE INTO t (id, name) VALUES (7, 'x')",
          "INSERT INTO t (name) VALUES ('y') ON CONFLICT DO NOTHING",
          "UPDATE t SET kind = 'none' WHERE id = -1",
        ]) {
          const { changes, lastInsertRowid } = (await done(db.execute(write)))!;
          said.push([changes, lastInsertRowid]);
          await ask();
        }
        const inside = db.transaction(async (tx) => {
          await done(tx.execute("INSERT INTO t (name) VALUES ('z')"));
          return done(tx.select('SELECT changes() AS c, last_insert_rowid() AS r'));
        });
        said.push(await done(inside));
        await ask();
        return said;
      });
    });
  });
}
