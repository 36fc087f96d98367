/** SQLite's result codes, against the header of SQLite itself. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { resultCode, resultCodeName } from '../../../lib/model/result-code-names.ts';
import { ownCodeName, SQLITE } from '../../../lib/model/result-codes.ts';

const codes = codesIn(headerOfSqlite());

describe('the result codes', () => {
  it('are read from the header, all of them', () => {
    assert.ok(codes.size >= 105, `only ${codes.size} codes were found`);
    assert.equal(codes.get('SQLITE_BUSY'), 5);
    assert.equal(codes.get('SQLITE_CONSTRAINT_UNIQUE'), 2067);
  });

  it("have the names of SQLite's header", () => {
    const wrong = [...codes].filter(([name, code]) => resultCodeName(code) !== name);
    assert.deepEqual(wrong, []);
  });

  it("have the numbers of SQLite's header", () => {
    const wrong = [...codes].filter(([name, code]) => resultCode(name) !== code);
    assert.deepEqual(wrong, []);
  });

  it('that the layer itself speaks of are those of the header', () => {
    for (const [name, code] of Object.entries(SQLITE)) {
      assert.equal(codes.get(`SQLITE_${name}`), code, name);
      assert.equal(ownCodeName(code), `SQLITE_${name}`);
    }
  });

  it('have the name of their primary code where SQLite is newer than this list', () => {
    assert.equal(resultCodeName(5 | (99 << 8)), 'SQLITE_BUSY');
    assert.equal(resultCodeName(250), 'SQLITE_ERROR');
    assert.equal(resultCodeName(-1), 'SQLITE_ERROR');
  });

  it('are 1 for a name that is none', () => {
    assert.equal(resultCode('SQLITE_MILK'), 1);
    assert.equal(resultCode('ERR_SQLITE_ERROR'), 1);
  });
});

function headerOfSqlite(): string {
  const driver = dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'));
  return readFileSync(join(driver, 'deps', 'sqlite3', 'sqlite3.h'), 'utf8');
}

/** Primary codes are plain numbers in one block of the header; the extended ones are written `(SQLITE_BUSY | (1<<8))`. */
function codesIn(header: string): Map<string, number> {
  const found = new Map<string, number>();
  const block = header.slice(header.indexOf('#define SQLITE_OK '), header.indexOf('#define SQLITE_ROW '));
  for (const [, name, code] of block.matchAll(/^#define (SQLITE_\w+)\s+(\d+)\b/gm)) found.set(name!, Number(code));
  const extended = /^#define (SQLITE_\w+)\s+\((SQLITE_\w+)\s*\|\s*\((\d+)<<8\)\)/gm;
  for (const [, name, primary, number] of header.matchAll(extended)) {
    // SQLITE_OK_… are no failures: flags of a file open, and a symbolic link followed.
    if (primary !== 'SQLITE_OK') found.set(name!, found.get(primary!)! | (Number(number) << 8));
  }
  return found;
}
