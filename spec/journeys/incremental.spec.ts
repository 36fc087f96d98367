/** How a live result follows a commit: only what a changed row touches is read again, and what it shows is what a fresh run gives. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Row, StatementError } from '../../lib/index.ts';
import { type Bench, done, fileEngines, withServer } from '../support/databases.ts';
import { LiveCheck, together, type Watchable, type Write } from '../support/live-check.ts';

/** Enough rows that reading them all costs more than looking up those that changed. */
const library = `
  CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, city TEXT);
  CREATE TABLE book (id INTEGER PRIMARY KEY, author INTEGER, title TEXT COLLATE NOCASE, pages INTEGER, price REAL, any);
  CREATE TABLE loan (id INTEGER PRIMARY KEY, book INTEGER, reader TEXT, days INTEGER);
  CREATE INDEX book_author ON book (author);
  CREATE INDEX loan_book ON loan (book);
  INSERT INTO author WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 50)
    SELECT i, CASE i % 2 WHEN 0 THEN 'author ' ELSE 'AUTHOR ' END || i, 'city ' || i % 7 FROM c;
  INSERT INTO book WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000)
    SELECT i, i % 50 + 1, CASE i % 3 WHEN 0 THEN 'title ' ELSE 'Title ' END || (i * 7) % 1000, (i * 13) % 500, i / 8.0,
      CASE i % 6 WHEN 0 THEN NULL WHEN 1 THEN i WHEN 2 THEN i / 2.0 WHEN 3 THEN 'text ' || i WHEN 4 THEN 'TEXT ' || i ELSE CAST(i AS BLOB) END FROM c;
  INSERT INTO loan WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 2000)
    SELECT i, i * 3 % 3000, 'reader ' || i % 10, i % 30 FROM c;`;

interface Family {
  /** How their results are kept. */
  readonly kept: 'rows' | 'groups';
  readonly queries: readonly Watchable[];
  /** The first of them changes single rows, so that each query has something to follow. */
  readonly writes: readonly Write[];
}

const someBooks: readonly Write[] = [
  "UPDATE book SET title = 'TITLE 0', any = 'text 3', pages = 0 WHERE id = 100",
  'UPDATE book SET title = NULL, any = NULL, pages = NULL, price = NULL WHERE id = 200',
  'UPDATE book SET any = 100.5, pages = 499, price = -0.5 WHERE id = 5',
  "UPDATE book SET any = x'00', title = 'title 999' WHERE id = 6",
  'UPDATE book SET any = 9007199254740993, pages = -1 WHERE id = 7',
  "UPDATE book SET any = 'TEXT 3', title = 'zoë 😀' WHERE id = 8",
  "UPDATE book SET any = 'text 10', title = '\uffee' WHERE id = 9",
  "INSERT INTO book (id, author, title, pages, any) VALUES (9001, 1, 'Title 0', 0, 1), (9002, 2, '', 500, '')",
  'UPDATE book SET pages = pages + 1 WHERE id % 500 = 1',
  'DELETE FROM book WHERE id IN (100, 7, 9002)',
  'UPDATE book SET id = 9003 WHERE id = 5',
  together(
    'UPDATE book SET id = -1 WHERE id = 1',
    'UPDATE book SET id = 1 WHERE id = 2',
    'UPDATE book SET id = 2 WHERE id = -1',
  ),
  together('DELETE FROM book WHERE id = 10', "INSERT INTO book (id, author, title, pages) VALUES (10, 3, 'new', 7)"),
];

const orders = [
  'title, id',
  'title DESC, id DESC',
  'any, id',
  'any DESC NULLS LAST, id',
  'any ASC NULLS LAST, id',
  'any DESC NULLS FIRST, id',
  'any COLLATE NOCASE, id',
  'title COLLATE BINARY, id',
  'pages DESC, title, id',
  '-price, id',
  'length(title), any DESC, 1',
];

const families: Readonly<Record<string, Family>> = {
  'rows in any order': {
    kept: 'rows',
    queries: orders.map((order) => `SELECT id, title FROM book ORDER BY ${order}`),
    writes: someBooks,
  },
  'windows of LIMIT in any order': {
    kept: 'rows',
    queries: orders.map(
      (order, index) => `SELECT id, title, any FROM book WHERE pages IS NOT 3 ORDER BY ${order} LIMIT ${index + 3}`,
    ),
    writes: [
      ...someBooks,
      'UPDATE book SET pages = 3 WHERE id IN (SELECT id FROM book ORDER BY title, id LIMIT 10)',
      'UPDATE book SET pages = 3 WHERE id IN (SELECT id FROM book ORDER BY any DESC NULLS LAST, id LIMIT 60)',
      'UPDATE book SET pages = 4 WHERE pages = 3',
    ],
  },
  'windows of OFFSET, of parameters, and those that reach behind the last row': {
    kept: 'rows',
    queries: [
      'SELECT id, pages FROM book ORDER BY pages, id LIMIT 4 OFFSET 2',
      'SELECT id, pages FROM book ORDER BY pages, id LIMIT 2, 4',
      ['SELECT id, pages FROM book ORDER BY pages DESC, id LIMIT ? OFFSET ?', [5, 40]],
      ['SELECT id, pages FROM book WHERE author = $author ORDER BY pages, id LIMIT $limit', { author: 3, limit: 6 }],
      ['SELECT id FROM book WHERE pages > ?2 ORDER BY abs(pages - ?1), id LIMIT ?3', [100.5, 5, 4]],
      'SELECT id, pages FROM book WHERE author = 3 ORDER BY pages, id LIMIT 100',
      'SELECT id, pages FROM book WHERE author = 3 ORDER BY pages, id LIMIT 100 OFFSET 57',
      ['SELECT id, pages FROM book WHERE author = 3 ORDER BY pages, id LIMIT ? OFFSET 55', [-1]],
    ],
    writes: [
      'UPDATE book SET pages = 1 WHERE id = 52',
      'UPDATE book SET pages = 498 WHERE id = 102',
      'UPDATE book SET pages = 100 WHERE id = 152',
      ...someBooks,
      'INSERT INTO book (author, pages) VALUES (3, 2)',
      'INSERT INTO book (author, pages) VALUES (3, 498), (3, 499), (3, 500)',
      'DELETE FROM book WHERE author = 3 AND pages < 50',
      'DELETE FROM book WHERE author = 3',
      'INSERT INTO book (author, pages) VALUES (3, 2)',
    ],
  },
  joins: {
    kept: 'rows',
    queries: [
      'SELECT book.id, author.name FROM book JOIN author ON author.id = book.author WHERE city = ? ORDER BY book.id',
      'SELECT title, name, reader FROM loan JOIN book ON book.id = loan.book JOIN author ON author.id = author ORDER BY days DESC, loan.id LIMIT 9',
      'SELECT a.id, b.id AS next FROM book a JOIN book b ON b.id = a.id + 1 AND b.pages > a.pages WHERE a.author = 4 ORDER BY a.id',
      'SELECT id, book.title, days FROM loan JOIN book USING (id) WHERE pages > 100 ORDER BY title, id',
    ].map((sql): Watchable => (sql.includes('?') ? [sql, ['city 3']] : sql)),
    writes: [
      "UPDATE author SET name = 'NEW' WHERE id = 3",
      'UPDATE loan SET days = 29 WHERE id = 9',
      'UPDATE book SET pages = 499 WHERE id = 3',
      "UPDATE book SET title = 'another' WHERE id = 87",
      'UPDATE book SET author = 3 WHERE id = 40',
      "UPDATE author SET city = 'city 3' WHERE id = 4",
      "UPDATE author SET city = 'city 9' WHERE id = 10",
      'DELETE FROM author WHERE id = 3',
      "INSERT INTO loan (book, reader, days) VALUES (40, 'reader', 30), (40, 'reader', 30)",
      together(
        "UPDATE author SET name = 'B' WHERE id = 41",
        'UPDATE loan SET days = 31 WHERE book = 40',
        'DELETE FROM book WHERE id = 87',
      ),
      'UPDATE book SET id = 9004 WHERE id = 40',
    ],
  },
  'LEFT JOINs that gain and lose their match': {
    kept: 'rows',
    queries: [
      'SELECT book.id, name, loan.id AS loan FROM book JOIN author ON author.id = author LEFT JOIN loan ON loan.book = book.id ORDER BY book.id, loan.id',
      'SELECT book.id, loan.id AS loan, reader FROM book LEFT JOIN loan ON loan.book = book.id AND days > 20 WHERE author = 4 ORDER BY book.id, loan.id',
      'SELECT book.id, reader FROM book LEFT JOIN loan ON loan.book = book.id WHERE author < 5 ORDER BY reader, book.id, loan.id',
      'SELECT author.id, book.id AS book, loan.id AS loan FROM author LEFT JOIN book ON book.author = author.id AND pages < 40 LEFT JOIN loan ON loan.book = book.id ORDER BY author.id, book.id, loan.id',
      'SELECT book.id, days FROM book LEFT JOIN loan ON loan.book = book.id WHERE author = 4 ORDER BY pages, book.id LIMIT 8',
      'SELECT author.name, book.id, loan.days FROM author JOIN book ON book.author = author.id LEFT JOIN loan ON loan.book = book.id AND loan.days = book.pages WHERE author.id = 4 ORDER BY book.id, loan.id',
    ],
    writes: [
      "UPDATE loan SET days = 25, reader = 'A' WHERE id = 1",
      'UPDATE loan SET book = 3 WHERE id = 2',
      'UPDATE loan SET book = 53, days = 29 WHERE id = 2',
      'UPDATE book SET author = 4, pages = 29 WHERE id = 53',
      'UPDATE loan SET days = 1 WHERE id = 2',
      'DELETE FROM loan WHERE id = 2',
      "INSERT INTO loan (book, reader, days) VALUES (103, 'Z', 30), (103, 'z', 22), (153, NULL, 28)",
      'UPDATE loan SET book = NULL WHERE book = 103',
      'DELETE FROM book WHERE id = 153',
      'UPDATE book SET pages = 1, author = 4 WHERE id IN (5, 6)',
      together(
        'UPDATE book SET author = 5 WHERE id = 5',
        'UPDATE loan SET book = 6 WHERE id = 3',
        'DELETE FROM author WHERE id = 9',
      ),
      'UPDATE loan SET id = 9001 WHERE id = 4',
    ],
  },
  'groups that come, go and change': {
    kept: 'groups',
    queries: [
      'SELECT author, count(*) AS books, sum(pages) AS pages, avg(pages) AS mean, min(pages) AS least, max(pages) AS most FROM book GROUP BY author ORDER BY author',
      'SELECT author, count(pages) AS n, max(title) AS last, min(any) AS first FROM book WHERE pages > 5 GROUP BY 1 ORDER BY 1',
      'SELECT author, total(price) AS total, sum(price) AS sum, avg(price) AS mean FROM book GROUP BY author ORDER BY author',
      'SELECT author, count(*) AS n FROM book GROUP BY author HAVING n > 60 OR min(pages) < 2 ORDER BY author',
      'SELECT author, count(*) AS n FROM book GROUP BY author ORDER BY n DESC, author DESC LIMIT 3 OFFSET 1',
      [
        'SELECT author, sum(pages) AS n FROM book WHERE pages < ? GROUP BY author ORDER BY n DESC, author LIMIT 4',
        [300],
      ],
      'SELECT pages % 10 AS digit, author IS NULL AS none, count(*) AS n FROM book GROUP BY digit, author IS NULL ORDER BY digit, none',
      'SELECT any, count(*) AS n FROM book GROUP BY any ORDER BY any',
      'SELECT author, count(DISTINCT pages % 7) AS n, sum(pages) FILTER (WHERE pages > 100) AS long FROM book GROUP BY author ORDER BY author',
      'SELECT author.city, count(*) AS n FROM author GROUP BY author.city ORDER BY 1',
    ],
    writes: [
      'UPDATE book SET pages = 500, any = 1, price = 1 WHERE id = 3',
      "UPDATE author SET city = 'city 1' WHERE id = 3",
      'UPDATE book SET author = 77 WHERE id = 4',
      'UPDATE book SET author = 77, pages = NULL WHERE id = 5',
      'UPDATE book SET pages = 3 WHERE id = 5',
      'UPDATE book SET pages = NULL WHERE author = 77',
      'UPDATE book SET author = NULL, any = 1.0 WHERE id = 4',
      'DELETE FROM book WHERE id = 5',
      'UPDATE book SET pages = 7.5 WHERE id = 54',
      'UPDATE book SET pages = 8 WHERE id = 54',
      "UPDATE book SET pages = 'many' WHERE id = 54",
      "UPDATE book SET any = 'text 3', title = 'TITLE 999' WHERE id = 61",
      'UPDATE book SET pages = 0 WHERE id = 54',
      'INSERT INTO book (author, pages, any, price) VALUES (99, 0, NULL, 1e300), (99, 1, 2, -1e300), (12, NULL, NULL, NULL)',
      ...someBooks,
      "UPDATE author SET city = 'new' WHERE city = 'city 1'",
      'DELETE FROM book WHERE author IN (99, 13)',
      'DELETE FROM author',
    ],
  },
  'groups of a joined key': {
    kept: 'groups',
    queries: [
      'SELECT author.id, count(*) AS n, sum(pages) AS pages FROM author JOIN book ON book.author = author.id GROUP BY author.id ORDER BY author.id',
      'SELECT author.id, name, count(book.id) AS n, max(title) AS last FROM author LEFT JOIN book ON book.author = author.id AND pages > 250 GROUP BY author.id ORDER BY n DESC, author.id LIMIT 12',
      'SELECT loan.book, count(*) AS n, max(days) AS longest FROM loan JOIN book ON book.id = loan.book WHERE pages > 100 GROUP BY loan.book ORDER BY n DESC, loan.book LIMIT 5',
    ],
    writes: [
      'UPDATE book SET pages = 499, author = 3 WHERE id = 6',
      'UPDATE loan SET days = 30 WHERE id = 5',
      "UPDATE author SET name = 'x' WHERE id = 3",
      'UPDATE book SET pages = 0 WHERE id = 6',
      'INSERT INTO loan (book, days) VALUES (9, 1), (9, 1), (9, 1)',
      'UPDATE loan SET book = 12 WHERE book = 9',
      'DELETE FROM author WHERE id = 4',
      "INSERT INTO author (id, name) VALUES (51, 'none')",
      'UPDATE book SET author = 51 WHERE author = 5',
      'UPDATE author SET id = 52 WHERE id = 51',
      together(
        'UPDATE book SET author = 52 WHERE id = 1',
        'UPDATE loan SET book = 1 WHERE id < 5',
        "UPDATE author SET name = 'y' WHERE id = 52",
      ),
    ],
  },
  'counts, sums and extremes of all rows': {
    kept: 'groups',
    queries: [
      'SELECT count(*) AS n, count(pages) AS counted, sum(pages) AS sum, avg(pages) AS mean, min(pages) AS least, max(pages) AS most FROM book',
      "SELECT count(*) AS n, min(title) AS first, max(title) AS last FROM book WHERE title > 'title 5'",
      ['SELECT sum(pages) AS sum, avg(pages) AS mean FROM book WHERE author IN (?, ?) AND pages > 10', [3, 4]],
      'SELECT min(any) AS first, max(any) AS last, count(any) AS n FROM book WHERE author = 3',
      "SELECT sum(days) AS days FROM loan WHERE reader = 'nobody'",
    ],
    writes: [
      "UPDATE book SET pages = 600, any = 'zz', title = 'title 5a' WHERE id = 2",
      "INSERT INTO loan (reader, days) VALUES ('nobody', 4)",
      'UPDATE book SET pages = NULL WHERE id = 2',
      'UPDATE book SET pages = -1, any = NULL WHERE id = 2',
      "UPDATE book SET title = 'zzz' WHERE id = 2",
      "UPDATE book SET title = 'ZZZ' WHERE id = 3",
      'DELETE FROM book WHERE id = 2',
      'UPDATE book SET pages = 9007199254740991 WHERE id = 3',
      'UPDATE book SET pages = 9007199254740993 WHERE id = 52',
      'UPDATE book SET pages = 1 WHERE id = 3',
      'UPDATE book SET pages = 9223372036854000000 WHERE id = 52',
      'UPDATE book SET pages = -9223372036854775808 WHERE id = 52',
      'UPDATE book SET pages = 1 WHERE id IN (3, 52)',
      'UPDATE book SET any = 0.5 WHERE id = 52',
      'UPDATE book SET pages = 1e300 WHERE id = 52',
      'UPDATE book SET pages = 2 WHERE id = 52',
      "DELETE FROM loan WHERE reader = 'nobody'",
      'DELETE FROM book WHERE author = 3',
      'DELETE FROM book',
      'INSERT INTO book (id, author, pages) VALUES (1, 3, 20)',
    ],
  },
};

for (const engine of fileEngines) {
  const onLibrary = (body: (bench: Bench) => Promise<void>) => () =>
    withServer(
      async (bench) => {
        await done(bench.db.executeScript(library));
        await body(bench);
      },
      { engine },
    );

  /** The rows of a result by their ids. */
  const byId = (rows: readonly Row[] | undefined): Map<unknown, Row> => new Map(rows?.map((row) => [row.id, row]));

  describe(`a live result on ${engine.name} follows what changed`, () => {
    for (const [name, { kept, queries, writes }] of Object.entries(families)) {
      it(
        `in ${name}, and reads no more than that`,
        onLibrary(async (bench) => {
          const check = await LiveCheck.of(bench, queries);
          for (const { sql, params } of check.watched) {
            const explained = await done(bench.db.explainWatch(sql, params));
            assert.equal(explained?.result, kept, explained?.text);
          }
          for (const write of writes) await check.write(write);
          for (const [index, { partialRuns, runs }] of (await check.counts()).entries())
            assert.ok(partialRuns > 0, `${partialRuns} of ${runs} runs of ${check.watched[index]!.sql}`);
          check.stop();
        }),
      );

      it(
        `in ${name}, where several commits are merged before it is run again`,
        onLibrary(async (bench) => {
          const check = await LiveCheck.of(bench, queries);
          const { db } = bench;
          for (let first = 0; first < writes.length; first += 5) {
            const some = writes.slice(first, first + 5);
            await Promise.all(
              some.map((write) => (typeof write === 'function' ? write(db) : done(db.execute(write as string)))),
            );
            await check.assertFresh(`${some.filter((write) => typeof write === 'string').join('; ')}`);
          }
          check.stop();
        }),
      );
    }

    it(
      'and keeps every row that did not change as the object that it was, wherever it goes',
      onLibrary(async (bench) => {
        const check = await LiveCheck.of(bench, [
          'SELECT id, title FROM book ORDER BY pages, id',
          'SELECT id, title FROM book ORDER BY pages, id LIMIT 10',
          'SELECT book.id, name FROM book JOIN author ON author.id = book.author ORDER BY book.id',
          'SELECT author AS id, count(*) AS n FROM book GROUP BY author ORDER BY author',
        ]);
        const changed = async (write: Write): Promise<number[][]> => {
          const before = check.watched.map(({ recorder }) => byId(recorder.last));
          await check.write(write);
          return check.watched.map(({ recorder }, index) =>
            [...byId(recorder.last)].filter(([id, row]) => before[index]!.get(id) !== row).map(([id]) => Number(id)),
          );
        };
        assert.deepEqual(await changed("UPDATE book SET title = 'new' WHERE id = 500"), [[500], [500], [], []]);
        assert.deepEqual(await changed('UPDATE book SET pages = 499 WHERE id = 500'), [[], [2077], [], []]);
        assert.deepEqual(await changed('UPDATE book SET pages = 0 WHERE id = 500'), [[], [500], [], []]);
        assert.deepEqual(await changed('UPDATE book SET author = 2 WHERE id = 500'), [[], [], [500], [1, 2]]);
        const [, , books] = await changed("UPDATE author SET name = 'new' WHERE id = 2");
        assert.equal(books?.length, 61);
        check.stop();
      }),
    );

    it(
      'by a window that takes the next rows in where it loses some, from its spare ones and from the table',
      onLibrary(async (bench) => {
        const check = await LiveCheck.of(bench, [
          'SELECT id, pages FROM book ORDER BY pages, id LIMIT 5',
          'SELECT id, pages FROM book ORDER BY pages DESC, id LIMIT 5 OFFSET 3',
        ]);
        // One by one, so that they are followed: more than the window and all that is spare behind it.
        for (let lost = 0; lost < 60; lost++) {
          const direction = lost % 2 === 0 ? 'ASC' : 'DESC';
          await check.write(
            `DELETE FROM book WHERE id = (SELECT id FROM book ORDER BY pages ${direction}, id LIMIT 1)`,
          );
          for (const { recorder } of check.watched) assert.equal(recorder.last?.length, 5);
        }
        for (const { partialRuns, runs } of await check.counts())
          assert.ok(partialRuns > 0 && partialRuns < runs, `${partialRuns} of ${runs}`);
        await check.write('DELETE FROM book WHERE id < 2998');
        await check.write('INSERT INTO book (id, pages) VALUES (1, 1), (9000, 2)');
        await check.write('INSERT INTO book (id, pages) VALUES (2, -1)');
        await check.write('DELETE FROM book');
        check.stop();
      }),
    );

    it(
      'where rows tie in their order: it shows them in an order, and as many as there are',
      onLibrary(async ({ db, server }) => {
        const check = await LiveCheck.of({ db, server }, []);
        const queries = [
          'SELECT id, pages FROM book ORDER BY pages',
          'SELECT id, pages FROM book ORDER BY pages DESC LIMIT 20',
        ];
        const tied = await LiveCheck.of({ db, server }, queries);
        for (const write of [
          'UPDATE book SET pages = 499 WHERE id < 30',
          'UPDATE book SET pages = 499 WHERE id = 100',
          'UPDATE book SET pages = 0 WHERE id = 5',
          'DELETE FROM book WHERE id < 15',
          'INSERT INTO book (pages) VALUES (499), (0)',
        ]) {
          await done(db.execute(write));
          await check.settle();
          for (const { sql, recorder } of tied.watched) {
            const [shown, fresh] = [recorder.last!, (await done(db.select(sql)))!];
            assert.deepEqual(
              shown.map(({ pages }) => pages),
              fresh.map(({ pages }) => pages),
              `${sql} after ${write}`,
            );
            assert.equal(new Set(shown.map(({ id }) => id)).size, shown.length);
            const rows = await done(
              db.select(`SELECT id, pages FROM book WHERE id IN (${shown.map(({ id }) => id)}) ORDER BY id`),
            );
            assert.deepEqual(
              shown.toSorted((a, b) => Number(a.id) - Number(b.id)),
              rows,
              `${sql} after ${write}`,
            );
          }
        }
        tied.stop();
        check.stop();
      }),
    );

    it(
      'with parameters of every kind, and with texts of every form',
      onLibrary(async (bench) => {
        const values = [null, 3, 2.5, 9007199254740993n, 'text 3', new Uint8Array([49]), true];
        const check = await LiveCheck.of(bench, [
          ...values.map(
            (value): Watchable => ['SELECT id, any FROM book WHERE any IS ? OR pages = ? ORDER BY id', [value, 7]],
          ),
          ['SELECT id, ?2 AS "what?", pages FROM book WHERE pages > ?1 ORDER BY id', [490, 'é😀']],
          [
            "SELECT id, 'é😀?' FROM book WHERE title = 'Zoë😀' AND pages > $least ORDER BY id LIMIT $n",
            { least: 5, n: 3 },
          ],
          '/* 😀 */ SELECT id, -- a comment?\n pages FROM book -- of\n WHERE pages < 3 /* ? */ ORDER BY pages, id -- and\n LIMIT 2 -- end',
        ]);
        for (const write of [
          'UPDATE book SET any = NULL WHERE id = 1',
          'UPDATE book SET any = 3 WHERE id = 1',
          'UPDATE book SET any = 2.5 WHERE id = 1',
          'UPDATE book SET any = 9007199254740993 WHERE id = 1',
          "UPDATE book SET any = 'text 3' WHERE id = 1",
          "UPDATE book SET any = x'31' WHERE id = 1",
          'UPDATE book SET any = 1 WHERE id = 1',
          'UPDATE book SET pages = 7 WHERE id = 1',
          'UPDATE book SET pages = 495 WHERE id = 1',
          "UPDATE book SET title = 'Zoë😀' WHERE id = 1",
          'UPDATE book SET pages = 0 WHERE id = 1',
        ])
          await check.write(write);
        check.stop();
      }),
    );

    it(
      'under the names that the columns of the query have, also where these are expressions of its parameters',
      onLibrary(async (bench) => {
        const check = await LiveCheck.of(bench, [
          ['SELECT id, pages + ? FROM book WHERE pages > ? ORDER BY id', [1, 490]],
          ['SELECT id, pages + :more, :more FROM book WHERE pages > :least ORDER BY id', { more: 2, least: 490 }],
          ['SELECT author, sum(pages) > ? FROM book GROUP BY author HAVING count(*) > 3 ORDER BY author', [100]],
        ]);
        await check.assertFresh('no write');
        await check.write('UPDATE book SET pages = 495 WHERE id = 1');
        check.stop();
      }),
    );

    const mostInteger = 2n ** 63n - 1n;

    /** Every live sum fails where a fresh one does. */
    const assertOverflows = async ({ db, server }: Bench, writes: readonly Write[]): Promise<void> => {
      await done(db.execute('UPDATE book SET pages = 0'));
      await done(db.execute('UPDATE book SET pages = ? WHERE id = 1', [mostInteger]));
      const check = await LiveCheck.of({ db, server }, [
        'SELECT sum(pages) AS sum FROM book',
        'SELECT author, sum(pages) AS sum FROM book WHERE author = 2 GROUP BY author',
        'SELECT sum(pages) AS sum FROM book GROUP BY author HAVING count(*) > 1 ORDER BY sum LIMIT 3',
      ]);
      for (const write of writes) {
        await done(db.execute(write as string));
        await check.settle();
      }
      for (const { sql, recorder } of check.watched) {
        await assert.rejects(done(db.select(sql)), /integer overflow/);
        await recorder.until(({ isOver }) => isOver).catch(() => undefined);
        assert.ok(recorder.error instanceof StatementError, `${sql} shows ${recorder.last?.map(({ sum }) => sum)}`);
        assert.match(recorder.error.message, /integer overflow/);
      }
      check.stop();
    };

    it(
      'to an error where a fresh run fails: a sum that is too large',
      onLibrary((bench) => assertOverflows(bench, ['UPDATE book SET pages = 1 WHERE id = 51'])),
    );

    it(
      'to an error where a fresh run fails: a sum that is too large on the way for what was there before',
      onLibrary(async ({ db, server }) => {
        await done(db.executeScript('CREATE TABLE large (id INTEGER PRIMARY KEY, g INTEGER, n INTEGER)'));
        await done(db.execute('INSERT INTO large (g, n) VALUES (1, ?), (1, ?), (2, 5)', [mostInteger, -mostInteger]));
        const check = await LiveCheck.of({ db, server }, [
          'SELECT sum(n) AS sum FROM large',
          'SELECT g, sum(n) AS sum FROM large GROUP BY g',
        ]);
        await done(db.execute('INSERT INTO large VALUES (-5, 1, 5)'));
        for (const { sql, recorder } of check.watched) {
          await assert.rejects(done(db.select(sql)), /integer overflow/);
          await recorder.until(({ isOver }) => isOver).catch(() => undefined);
          assert.match(`${recorder.error}`, /integer overflow/, sql);
        }
        check.stop();
      }),
    );

    it(
      'to an error where a fresh run fails: a sum that is too large on the way, and would not be in the end',
      onLibrary((bench) =>
        assertOverflows(bench, [
          'UPDATE book SET pages = -1 WHERE id = 151',
          'UPDATE book SET pages = 1 WHERE id = 51',
        ]),
      ),
    );

    it(
      'in place, where few of many rows hold what changed, whatever they are sorted by',
      onLibrary(async (bench) => {
        await done(
          bench.db.executeScript(`
            CREATE TABLE shelf (id INTEGER PRIMARY KEY, name TEXT);
            CREATE TABLE place (id INTEGER PRIMARY KEY, shelf INTEGER, rank INTEGER);
            WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
            INSERT INTO place SELECT i, i % 250, (i * 7919) % 600 FROM n;
            INSERT INTO shelf SELECT id - 1, 'shelf ' || id FROM place WHERE id <= 250;`),
        );
        const joined = 'SELECT place.id, place.rank, shelf.name FROM place JOIN shelf ON shelf.id = place.shelf';
        const orders = ['place.id', 'place.rank DESC, place.id', 'place.shelf, place.id'];
        const check = await LiveCheck.of(
          bench,
          orders.map((order) => `${joined} ORDER BY ${order}`),
        );
        for (let shelf = 0; shelf < 250; shelf += 83)
          await check.write(["UPDATE shelf SET name = name || '!' WHERE id = ?", [shelf]]);
        await check.write('UPDATE place SET rank = rank + 3 WHERE shelf = 7');
        await check.write("UPDATE shelf SET name = 'moved' WHERE id = 7");
        for (const { partialRuns } of await check.counts()) assert.ok(partialRuns > 0);
        check.stop();
      }),
    );

    it(
      'as SQLite sorts, joins and groups texts that are no UTF-8, though they look alike here',
      onLibrary(async (bench) => {
        await done(
          bench.db.executeScript(`
            CREATE TABLE word (w TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;
            INSERT INTO word VALUES (CAST(x'61ff' AS TEXT), 1), (CAST(x'61fe' AS TEXT), 1), ('a🙂', 1), ('b', 2);`),
        );
        const check = await LiveCheck.of(bench, [
          'SELECT book.id, word.n FROM book JOIN word ON word.n = book.id WHERE book.id < 4 ORDER BY book.id, word.w',
          'SELECT n, w FROM word ORDER BY w',
          "SELECT id FROM book WHERE id < 40 ORDER BY CAST(iif(id % 2, x'ff', x'f09f9982') AS TEXT), pages, id",
          'SELECT count(*) AS many, sum(n) AS n FROM word GROUP BY w ORDER BY w',
          "SELECT count(*) AS many FROM book GROUP BY CAST(iif(id % 2, x'ff', x'fe') AS TEXT) ORDER BY 1",
        ]);
        for (const write of [
          "UPDATE book SET title = 'other', pages = 3 WHERE id = 1",
          "UPDATE word SET n = 2 WHERE w = 'a🙂'",
          "UPDATE word SET n = 3 WHERE w = CAST(x'61fe' AS TEXT)",
          "INSERT INTO word VALUES (CAST(x'61fd' AS TEXT), 1)",
          'UPDATE book SET pages = 1 WHERE id IN (2, 3)',
          "DELETE FROM word WHERE w = CAST(x'61ff' AS TEXT)",
          'DELETE FROM book WHERE id IN (5, 6, 7)',
        ])
          await check.write(write);
        check.stop();
      }),
    );

    it(
      'and runs whole what it could not follow, and says why',
      onLibrary(async (bench) => {
        const reasons: Readonly<Record<string, RegExp>> = {
          'SELECT DISTINCT author FROM book ORDER BY author': /it is DISTINCT/,
          'SELECT id FROM book LIMIT 3': /LIMIT, and no ORDER BY/,
          'SELECT id, row_number() OVER (ORDER BY id) AS place FROM book WHERE id < 5': /depend on the order/,
          'SELECT id FROM book WHERE author IN (SELECT id FROM author WHERE id < 3) ORDER BY id': /subquery/,
          'WITH few AS (SELECT id FROM book WHERE id < 9) SELECT id FROM few ORDER BY id': /common table expressions/,
          'SELECT id FROM author UNION SELECT author FROM book ORDER BY 1': /compound/,
          'SELECT book.id FROM book LEFT JOIN loan ON loan.book = book.id WHERE loan.id IS NULL ORDER BY book.id':
            /right side of a LEFT JOIN/,
          'SELECT book.id FROM book LEFT JOIN loan ON loan.book = book.id ORDER BY loan.days, book.id, loan.id LIMIT 3':
            /ordered by the right side/,
          'SELECT author, title FROM book WHERE id < 9 GROUP BY author ORDER BY author': /its groups do not fix/,
          'SELECT author, group_concat(title) AS titles FROM book WHERE id < 9 GROUP BY author ORDER BY author':
            /group_concat\(\) may depend on the order/,
          'SELECT author, rank() OVER (ORDER BY author) AS place FROM book WHERE id < 9 GROUP BY author ORDER BY author':
            /depend on the order/,
          'SELECT author, sum(count(*)) OVER (ORDER BY author) AS so_far FROM book GROUP BY author ORDER BY author':
            /window function/,
          'SELECT id FROM book ORDER BY id LIMIT 3 OFFSET 20000': /reach too far/,
          "SELECT id, date('now') > '' AS past FROM book WHERE id < 9 ORDER BY id": /not known to give the same/,
          'SELECT sum(price) AS sum FROM book WHERE id % 2 = (SELECT 1)': /subquery/,
        };
        const queries = Object.keys(reasons);
        const check = await LiveCheck.of(bench, queries);
        for (const sql of queries) {
          const explained = (await done(bench.db.explainWatch(sql)))!;
          assert.equal(explained.result, 'whole', sql);
          assert.match(explained.why, reasons[sql]!);
          assert.ok(explained.text.startsWith(`Run whole, and compared: ${explained.why}.`));
        }
        for (const write of [
          "UPDATE book SET title = 'x', author = 2 WHERE id = 4",
          'INSERT INTO loan (book, days) VALUES (2, -1)',
          'DELETE FROM book WHERE id = 3',
          'UPDATE book SET price = 3 WHERE id = 1',
        ])
          await check.write(write);
        for (const { partialRuns } of await check.counts()) assert.equal(partialRuns, 0);
        check.stop();
      }),
    );
  });
}
