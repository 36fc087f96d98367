/** What every engine does: the contract of `engines/engine.ts`, held against the real module of each. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EngineError } from '../../engines/engine.ts';
import { blockConformance } from './block-conformance.ts';
import { refusal, valueFrom, type WithEngine } from './engine-under-test.ts';
import { explainConformance, refusalConformance, statementConformance } from './statement-conformance.ts';
import { parameterConformance, valueConformance } from './value-conformance.ts';

/** What an engine has, of that which not every engine has. */
export interface EngineFlags {
  /** It takes `:a` beside `@a` in one statement; an engine that cannot refuses to prepare it. */
  readonly tellsPrefixesApart: boolean;
  /** https://sqlite.org/pragma.html#pragma_journal_mode */
  readonly journalMode: 'wal' | 'delete' | 'memory';
}

/** Holds an engine to its contract, wherever it runs. */
export function engineConformance(name: string, withEngine: WithEngine, flags: EngineFlags): void {
  valueConformance(name, withEngine);
  parameterConformance(name, withEngine, flags.tellsPrefixesApart);
  statementConformance(name, withEngine);
  refusalConformance(name, withEngine);
  explainConformance(name, withEngine);
  blockConformance(name, withEngine);
  transactionConformance(name, withEngine);
  connectionConformance(name, withEngine, flags.journalMode);
}

export function transactionConformance(name: string, withEngine: WithEngine): void {
  describe(`${name}: transactions`, () => {
    it('knows whether one is open', () =>
      withEngine((engine) => {
        assert.equal(engine.inTransaction, false);
        const steps = { BEGIN: true, 'SAVEPOINT s': true, 'RELEASE s': true, COMMIT: false };
        for (const [sql, open] of Object.entries(steps)) {
          engine.exec(sql);
          assert.equal(engine.inTransaction, open, sql);
        }
        engine.exec('SAVEPOINT s');
        assert.equal(engine.inTransaction, true);
        engine.prepare('RELEASE s', []).run([]);
        assert.equal(engine.inTransaction, false);
      }));

    it('knows that SQLite rolled one back by itself', () =>
      withEngine((engine) => {
        engine.exec('CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)');
        engine.exec('BEGIN');
        engine.exec('INSERT INTO t VALUES (2)');
        assert.throws(() => engine.exec('INSERT OR ROLLBACK INTO t VALUES (1)'), refusal(1555, /UNIQUE/));
        assert.equal(engine.inTransaction, false);
        assert.equal(valueFrom(engine, 'SELECT count(*) FROM t'), 1);
      }));

    it('reports a deferred foreign key at COMMIT with code 787, and keeps the transaction open', () =>
      withEngine((engine) => {
        engine.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY);
          CREATE TABLE later (t REFERENCES t DEFERRABLE INITIALLY DEFERRED)`);
        engine.exec('BEGIN');
        engine.exec('INSERT INTO later VALUES (9)');
        assert.throws(() => engine.prepare('COMMIT', []).run([]), refusal(787, /FOREIGN KEY/));
        assert.equal(engine.inTransaction, true);
        engine.exec('ROLLBACK');
        assert.equal(engine.inTransaction, false);
      }));
  });
}

export function connectionConformance(
  name: string,
  withEngine: WithEngine,
  journalMode: EngineFlags['journalMode'],
): void {
  describe(`${name}: the connection`, () => {
    it('keeps foreign keys, waits five seconds for a lock, and leaves recursive_triggers off', () =>
      withEngine((engine) => {
        assert.equal(valueFrom(engine, 'PRAGMA foreign_keys'), 1);
        assert.equal(valueFrom(engine, 'PRAGMA busy_timeout'), 5000);
        assert.equal(valueFrom(engine, 'PRAGMA recursive_triggers'), 0);
        assert.equal(valueFrom(engine, 'PRAGMA journal_mode'), journalMode);
      }));

    // A rollback journal keeps the file whole through a loss of power only where it waits for the disk.
    const normal = journalMode === 'delete' ? 2 : 1;
    for (const [durability, synchronous] of [
      [undefined, normal],
      ['normal', normal],
      ['full', 2],
    ] as const) {
      it(`has synchronous = ${synchronous} where durability is ${durability ?? 'not given'}`, () =>
        withEngine(
          (engine) => assert.equal(valueFrom(engine, 'PRAGMA synchronous'), synchronous),
          durability && { durability },
        ));
    }

    it('is of no use once it is closed, and closing it again is harmless', () =>
      withEngine((engine) => {
        const select = engine.prepare('SELECT 1', []);
        engine.exec('BEGIN');
        engine.close();
        engine.close();
        assert.equal(engine.inTransaction, false);
        for (const use of [
          () => engine.prepare('SELECT 1', []),
          () => engine.explain('SELECT 1'),
          () => engine.exec('SELECT 1'),
          () => select.all([]),
        ]) {
          assert.throws(use, EngineError);
        }
      }));
  });
}
