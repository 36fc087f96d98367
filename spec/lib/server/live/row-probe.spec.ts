/** What the probe keeps of the expressions that it is asked. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { betterSqlite3 } from '../../../../engines/better-sqlite3.ts';
import { numberOf, RowProbe } from '../../../../lib/server/live/row-probe.ts';
import { Schema } from '../../../../lib/server/schema.ts';
import { openEngine } from '../../../engines/engine-under-test.ts';

describe('RowProbe', () => {
  it('evaluates any number of expressions over a row, and keeps few of them prepared', async () => {
    const [source, engine] = [await openEngine(betterSqlite3({})), await openEngine(betterSqlite3({}))];
    source.exec('CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER)');
    const columns = new Schema(source).columnsOf('t')!;
    let prepared = 0;
    const prepare = engine.prepare.bind(engine);
    engine.prepare = (sql, names) => {
      const statement = prepare(sql, names);
      const finalize = statement.finalize.bind(statement);
      prepared++;
      statement.finalize = () => {
        prepared--;
        finalize();
      };
      return statement;
    };
    const probe = new RowProbe(engine);
    const layout = { columns, kept: [0, 1], compared: [0, 1] };
    const changed = { layout, rows: [{ mask: 1, before: undefined, after: [1, 10] }] };
    const sumWith = (n: number) => probe.valueOf(changed, numberOf(0, 'after'), `changed_row.a + ${n}`);
    for (let n = 0; n < 1000; n++) assert.equal(sumWith(n), 10 + n);
    assert.ok(prepared < 300, `${prepared} are kept`);
    assert.equal(sumWith(0), 10);
    probe.clear();
    assert.equal(prepared, 0);
    source.close();
    probe.close();
  });
});
