/** Triggers that cannot be made or dropped for once are made good before the next write, and fail none that is done. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betterSqlite3 } from '../../../../engines/better-sqlite3.ts';
import { type Engine, EngineError } from '../../../../engines/engine.ts';
import { Capture } from '../../../../lib/server/capture/capture.ts';
import { Schema } from '../../../../lib/server/schema.ts';
import { openEngine, rowsOf } from '../../../engines/engine-under-test.ts';

/** A capture that wants all of a table; `fail` makes the next search for triggers fail. */
async function withCapture(body: (bench: { engine: Engine; capture: Capture; fail(): void }) => void): Promise<void> {
  const engine = await openEngine(betterSqlite3({}));
  engine.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, a)');
  const columns = new Schema(engine).columnsOf('t')!;
  const capture = new Capture(engine);
  let fails = false;
  const prepare = engine.prepare.bind(engine);
  engine.prepare = (sql, names) => {
    const isFailing = fails && sql.includes("type = 'trigger'");
    if (!isFailing) return prepare(sql, names);
    fails = false;
    throw new EngineError(5, 'database is locked');
  };
  capture.want(columns, [0, 1], [0, 1]);
  body({ engine, capture, fail: () => (fails = true) });
  engine.close();
}

const changed = (capture: Capture): number | 'unknown' => {
  const rows = capture.rowsOf('t');
  return rows === 'unknown' ? rows : rows.reduce((sum, part) => sum + part.rows.length, 0);
};

const triggers = (engine: Engine): number => rowsOf(engine, 'SELECT count(*) FROM temp.sqlite_schema')[0]![0] as number;

describe('Capture', () => {
  it('makes the triggers before the next write, where that failed before one', () =>
    withCapture(({ engine, capture, fail }) => {
      capture.disarm();
      fail();
      assert.throws(() => capture.arm(), EngineError);
      capture.arm();
      capture.start();
      engine.exec('INSERT INTO t VALUES (1, 2)');
      assert.equal(changed(capture), 1);
    }));

  it('tells nothing by triggers that are to go and cannot be found, and drops them before the next write', () =>
    withCapture(({ engine, capture, fail }) => {
      capture.arm();
      capture.unwant('t');
      fail();
      assert.throws(() => capture.arm(), EngineError);
      capture.start();
      engine.exec('INSERT INTO t VALUES (1, 2)');
      assert.equal(changed(capture), 'unknown');
      capture.arm();
      assert.equal(triggers(engine), 0);
    }));

  it('fails no write that is done, where the triggers cannot be dropped behind it', () =>
    withCapture(({ engine, capture, fail }) => {
      capture.arm();
      fail();
      capture.disarm();
      assert.equal(changed(capture), 'unknown');
      capture.arm();
      assert.equal(triggers(engine), 3);
      capture.start();
      engine.exec(
        'WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 2000) INSERT INTO t (a) SELECT n FROM n',
      );
      fail();
      capture.relieve();
      assert.equal(changed(capture), 'unknown');
      capture.arm();
      capture.start();
      engine.exec('UPDATE t SET a = 0 WHERE id = 1');
      assert.equal(changed(capture), 1);
    }));
});
