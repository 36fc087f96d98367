/** What an engine owes to the file that it keeps, and to others who open it. */
import assert from 'node:assert/strict';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { EngineSpec } from '../../engines/engine.ts';
import { withFile } from '../support/databases.ts';
import { openEngine, refusal, rowsOf } from './engine-under-test.ts';

export function fileConformance(name: string, spec: (file: string) => EngineSpec): void {
  describe(`${name}: the file`, () => {
    it('is made where there is none, holds what was committed, and no more', () =>
      withFile(async (file) => {
        const first = await openEngine(spec(file));
        first.exec('CREATE TABLE t (v)');
        first.exec('INSERT INTO t VALUES (1)');
        first.exec('BEGIN');
        first.exec('INSERT INTO t VALUES (2)');
        first.close();
        const second = await openEngine(spec(file));
        assert.deepEqual(rowsOf(second, 'SELECT v FROM t'), [[1]]);
        second.close();
      }));

    it('is free once the engine is closed, with no log beside it', () =>
      withFile(async (file) => {
        const engine = await openEngine(spec(file));
        engine.exec('CREATE TABLE t (v)');
        const select = engine.prepare('SELECT * FROM t', []);
        select.all([]);
        assert.ok(existsSync(`${file}-wal`));
        engine.close();
        assert.deepEqual([existsSync(`${file}-wal`), existsSync(`${file}-shm`)], [false, false]);
        renameSync(file, `${file}.moved`);
        const moved = await openEngine(spec(`${file}.moved`));
        assert.deepEqual(rowsOf(moved, 'SELECT count(*) FROM t'), [[0]]);
        moved.close();
      }));

    it('reports a file that cannot be opened with code 14, and one that is no database with code 26', () =>
      withFile(async (file) => {
        const broken = `${file}.txt`;
        writeFileSync(broken, 'This is a letter, and not a database. '.repeat(100));
        await assert.rejects(
          openEngine(spec(join(dirname(file), 'missing', 'test.db'))),
          refusal(14, /open|directory/),
        );
        await assert.rejects(openEngine(spec(dirname(file))), refusal(14, /open/));
        await assert.rejects(openEngine(spec(broken)), refusal(26, /not a database/));
      }));

    it('waits for a lock no longer than it is told, and then reports code 5', () =>
      withFile(async (file) => {
        const holder = await openEngine(spec(file));
        const waiting = await openEngine(spec(file), { busyTimeoutMs: 40 });
        holder.exec('CREATE TABLE t (v)');
        holder.exec('BEGIN IMMEDIATE');
        const start = performance.now();
        assert.throws(() => waiting.exec('BEGIN IMMEDIATE'), refusal(5, /locked/));
        const waitedMs = performance.now() - start;
        assert.ok(waitedMs >= 30 && waitedMs < 4000, `waited ${waitedMs} ms`);
        holder.exec('COMMIT');
        waiting.exec('BEGIN IMMEDIATE');
        waiting.close();
        holder.close();
      }));

    it('reports a write from an old snapshot with code 517', () =>
      withFile(async (file) => {
        const [writer, reader] = [await openEngine(spec(file)), await openEngine(spec(file), { busyTimeoutMs: 0 })];
        writer.exec('CREATE TABLE t (v)');
        reader.exec('BEGIN');
        rowsOf(reader, 'SELECT * FROM t');
        writer.exec('INSERT INTO t VALUES (1)');
        assert.throws(() => reader.exec('INSERT INTO t VALUES (2)'), refusal(517, /locked/));
        reader.close();
        writer.close();
      }));
  });
}

/** In place of a file. */
export function memoryConformance(name: string, spec: (file: string) => EngineSpec): void {
  describe(`${name}: the database`, () => {
    it('is empty each time, and leaves no file', () =>
      withFile(async (file) => {
        for (let run = 0; run < 2; run++) {
          const engine = await openEngine(spec(file));
          engine.exec('CREATE TABLE t (v)');
          engine.close();
        }
        assert.equal(existsSync(file), false);
      }));
  });
}
