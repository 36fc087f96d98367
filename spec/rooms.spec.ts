/** The rooms of the sources: which may import which, held as data, and what a client must never load. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { cyclesOf, type Import, importsOf, loadedBy, type Sources, sourcesBelow } from './support/imports.ts';

interface Room {
  /** The rooms below that it may import; its own files it always may. */
  readonly rooms: readonly string[];
  /** The packages it may import; `node:` stands for every module of Node. */
  readonly packages: readonly string[];
}

/** The engine drivers, each with the one place that may import it. */
const driverHomes: Readonly<Record<string, string>> = {
  'better-sqlite3': 'engines/better-sqlite3',
  'node:sqlite': 'engines/node-sqlite',
  '@sqlite.org/sqlite-wasm': 'engines/sqlite-wasm',
};

/** The public entry, which passes on what the rooms of `lib` define. */
const entry = 'lib/index.ts';

const rooms: Readonly<Record<string, Room>> = {
  streams: { rooms: [], packages: ['rxjs'] },
  'lib/model': { rooms: [], packages: ['rxjs'] },
  'lib/wire': { rooms: ['lib/model', 'streams'], packages: ['rxjs'] },
  engines: { rooms: ['lib/model'], packages: ['node:', ...Object.keys(driverHomes)] },
  'lib/server': {
    rooms: ['engines', 'lib/wire', 'lib/model', 'streams'],
    packages: ['rxjs', 'node:', 'sqlite3-parser'],
  },
  'lib/client': { rooms: ['lib/wire', 'lib/model', 'streams'], packages: ['rxjs'] },
  'lib/hosting': {
    rooms: ['lib/client', 'lib/server', 'engines', 'lib/wire', 'lib/model', 'streams'],
    packages: ['rxjs', 'node:'],
  },
  [entry]: {
    rooms: ['lib/hosting', 'lib/client', 'lib/server', 'engines', 'lib/wire', 'lib/model', 'streams'],
    packages: [],
  },
};

/** Names that hide a concept which has a name of its own. */
const emptyNames = new Set(['utils', 'common', 'core', 'shared', 'runtime', 'helpers', 'types', 'misc']);

describe('the rooms', () => {
  const sources = sourcesBelow(join(import.meta.dirname, '..'), ['lib', 'streams', 'engines']);
  const imports = importsOf(sources);

  it('hold every source file', () => assert.deepEqual(filesOutsideRooms(sources), []));
  it('import downward only', () => assert.deepEqual(importsAgainstTheRooms(imports), []));
  it('have no import cycle', () => assert.deepEqual(cyclesOf(imports), []));
  it('import from the defining file, never from an index', () => assert.deepEqual(importsOfAnIndex(imports), []));
  it('import an engine driver in its engine alone', () => assert.deepEqual(driversOutsideTheirEngine(imports), []));
  it('have no file or folder whose name says nothing', () => assert.deepEqual(filesWithEmptyNames(sources), []));
  it('say in the first line of each file what its job is', () => assert.deepEqual(filesWithoutFirstLine(sources), []));
  it('load for a client no driver, no parser and no module of Node', () => {
    assert.ok(sources.has(entry), `${entry} is missing`);
    assert.deepEqual(importsForbiddenToClients(imports), []);
  });
});

describe('the check of the rooms', () => {
  const header = '/** A made-up file. */\n';

  it('prints the line of an import that goes up', () => {
    const imports = importsOf(
      new Map([
        ['lib/client/watch.ts', `${header}import type { Session } from '../server/session.ts';`],
        ['lib/client/database.ts', `${header}import { open } from '../../engines/engine.ts';`],
        ['lib/wire/port.ts', `${header}\nexport const later = () => import('../client/watch.ts');`],
        ['lib/model/row.ts', `${header}export * from '../../streams/merge.ts';`],
        ['lib/server/answer.ts', `${header}export type Client = import('../client/database.ts').Database;`],
        ['engines/better-sqlite3.ts', `${header}import '../lib/wire/port.ts';`],
        ['lib/hosting/spawn.ts', `${header}import { one } from '../client/one.ts';`],
        ['lib/index.ts', `${header}export { spawn } from './hosting/spawn.ts';`],
      ]),
    );
    assert.deepEqual(importsAgainstTheRooms(imports), [
      'lib/client/watch.ts:2 → lib/server/session.ts',
      'lib/client/database.ts:2 → engines/engine.ts',
      'lib/wire/port.ts:3 → lib/client/watch.ts',
      'lib/model/row.ts:2 → streams/merge.ts',
      'lib/server/answer.ts:2 → lib/client/database.ts',
      'engines/better-sqlite3.ts:2 → lib/wire/port.ts',
    ]);
  });

  it('prints a package that a room may not have', () => {
    const imports = importsOf(
      new Map([
        ['streams/merge.ts', "import { map } from 'rxjs';\nimport { fromFetch } from 'rxjs/fetch';\nimport 'kysely';"],
        ['lib/client/watch.ts', "import { inspect } from 'node:util';\nimport { spawn } from 'sluice';"],
        ['lib/server/parse.ts', "import { parse } from 'sqlite3-parser';\nimport { join } from 'node:path';"],
        ['lib/wire/encode.ts', "import type { Transferable } from 'node:worker_threads';"],
      ]),
    );
    assert.deepEqual(importsAgainstTheRooms(imports), [
      'streams/merge.ts:3 → kysely',
      'lib/client/watch.ts:1 → node:util',
      'lib/client/watch.ts:2 → sluice',
      'lib/wire/encode.ts:1 → node:worker_threads',
    ]);
  });

  it('reads neither comments nor text as imports', () => {
    const text = "/** import { a } from './a.ts'; */\n// import './b.ts'\nexport const code = `\nimport './c.ts'`;";
    assert.deepEqual(importsOf(new Map([['lib/model/row.ts', text]])), []);
  });

  it('prints a file in no room', () => {
    assert.deepEqual(filesOutsideRooms(new Map([['lib/cache/row.ts', header]])), ['lib/cache/row.ts']);
  });

  it('prints an import cycle from file to file', () => {
    const imports = importsOf(
      new Map([
        ['lib/model/a.ts', "import './b.ts';"],
        ['lib/model/b.ts', "import type { C } from './c.ts';\nimport './d.ts';"],
        ['lib/model/c.ts', "import './b.ts';"],
        ['lib/model/d.ts', header],
      ]),
    );
    assert.deepEqual(cyclesOf(imports), ['lib/model/b.ts → lib/model/c.ts → lib/model/b.ts']);
  });

  it('prints an import of an index', () => {
    const imports = importsOf(new Map([['lib/server/session.ts', "import { map } from '../../streams/index.ts';"]]));
    assert.deepEqual(importsOfAnIndex(imports), ['lib/server/session.ts:1 → streams/index.ts']);
  });

  it('prints a driver that another file than its engine imports', () => {
    const driver = "import Database from 'better-sqlite3';";
    const imports = importsOf(
      new Map([
        ['engines/better-sqlite3.ts', driver],
        ['engines/better-sqlite3/open.ts', driver],
        ['engines/better-sqlite3-cache.ts', driver],
        ['lib/server/open.ts', "export const open = () => import('node:sqlite');"],
      ]),
    );
    assert.deepEqual(driversOutsideTheirEngine(imports), [
      'engines/better-sqlite3-cache.ts:1 → better-sqlite3',
      'lib/server/open.ts:1 → node:sqlite',
    ]);
  });

  it('prints what a client loads and must not, however far away', () => {
    const imports = importsOf(
      new Map([
        ['lib/index.ts', "export { host } from './hosting/host.ts';\nexport type { Port } from './wire/port.ts';"],
        ['lib/hosting/host.ts', "import '../server/answer.ts';\nexport const later = () => import('./worker.ts');"],
        ['lib/hosting/worker.ts', "import { parentPort } from 'node:worker_threads';"],
        ['lib/server/answer.ts', "import { parse } from 'sqlite3-parser';\nimport '../../engines/node-sqlite.ts';"],
        ['lib/wire/port.ts', "import { inspect } from 'node:util';"],
        ['engines/node-sqlite.ts', "import { DatabaseSync } from 'node:sqlite';"],
      ]),
    );
    assert.deepEqual(importsForbiddenToClients(imports), [
      'lib/server/answer.ts:1 → sqlite3-parser',
      'lib/server/answer.ts:2 → engines/node-sqlite.ts',
      'engines/node-sqlite.ts:1 → node:sqlite',
    ]);
  });

  it('prints an empty name of a file or a folder', () => {
    const paths = ['lib/wire/utils.ts', 'lib/core/row.ts', 'lib/wire/row.types.ts', 'lib/hosting/shared-worker.ts'];
    assert.deepEqual(filesWithEmptyNames(new Map(paths.map((path) => [path, header]))), paths.slice(0, 3));
  });

  it('prints a file that begins without a word on its job', () => {
    const sources = new Map([
      ['lib/model/row.ts', header],
      ['lib/model/value.ts', '// SQL values.\n'],
      ['lib/model/query.ts', "import { map } from 'rxjs';\n"],
      ['lib/model/empty.ts', ''],
    ]);
    assert.deepEqual(filesWithoutFirstLine(sources), ['lib/model/query.ts', 'lib/model/empty.ts']);
  });
});

function filesOutsideRooms(sources: Sources): readonly string[] {
  return [...sources.keys()].filter((path) => roomOf(path) === undefined);
}

function importsAgainstTheRooms(imports: readonly Import[]): readonly string[] {
  return imports.filter((found) => !isAllowed(found)).map(printed);
}

function importsOfAnIndex(imports: readonly Import[]): readonly string[] {
  return imports.filter(({ to }) => /(^|\/)index\.ts$/.test(to)).map(printed);
}

function driversOutsideTheirEngine(imports: readonly Import[]): readonly string[] {
  return imports
    .filter(({ from, to }) => driverHomes[to] !== undefined && !isAtOrBelow(driverHomes[to], from))
    .map(printed);
}

function importsForbiddenToClients(imports: readonly Import[]): readonly string[] {
  return loadedBy(entry, imports)
    .filter(({ to }) => /^node:|^sqlite3-parser(\/|$)/.test(to) || isDriver(to))
    .map(printed);
}

function filesWithEmptyNames(sources: Sources): readonly string[] {
  return [...sources.keys()].filter((path) => path.split(/[/.]/).some((name) => emptyNames.has(name)));
}

function filesWithoutFirstLine(sources: Sources): readonly string[] {
  return [...sources].filter(([, text]) => !/^\/(\*\*|\/)/.test(text)).map(([path]) => path);
}

function isAllowed({ from, to }: Import): boolean {
  const home = roomOf(from);
  if (home === undefined) return false;
  const target = roomOf(to);
  const { rooms: below, packages } = rooms[home]!;
  if (target !== undefined) return target === home || below.includes(target);
  return packages.some((name) => to === name || to.startsWith(name.endsWith(':') ? name : `${name}/`));
}

function isDriver(target: string): boolean {
  return Object.entries(driverHomes).some(([driver, home]) => target === driver || isAtOrBelow(home, target));
}

/** `home` is a path without its ending: either the file of that name, or the folder. */
function isAtOrBelow(home: string, path: string): boolean {
  return path === `${home}.ts` || path.startsWith(`${home}/`);
}

function roomOf(path: string): string | undefined {
  return Object.keys(rooms).find((room) => path === room || path.startsWith(`${room}/`));
}

function printed({ from, line, to }: Import): string {
  return `${from}:${line} → ${to}`;
}
