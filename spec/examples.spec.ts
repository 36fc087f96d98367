/** The examples of Node: each runs from start to end as a user starts it, and prints what it is expected to print. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { assertNothing, type Run, reportOf, runNode } from './support/run-node.ts';
import { firstUnprinted } from './support/snippets.ts';
import { assertBuilt, root, withFolder } from './support/typescript.ts';

describe('the examples', () => {
  // One with a package of its own is an application of a browser, and has a spec in packaging/.
  const examples = readdirSync(join(root, 'examples')).filter(
    (name) => /^\d\d-/.test(name) && !existsSync(join(root, 'examples', name, 'package.json')),
  );
  before(assertBuilt);

  it('are there', () => assert.notEqual(examples.length, 0));
  for (const name of examples) {
    it(`run ${name} to its end`, async () => {
      const folder = join(root, 'examples', name);
      assertNothing(failureOf(await run(folder), expectedLines(folder)));
    });
  }
});

describe('the check of the examples', () => {
  const failureOfExample = (files: Readonly<Record<string, string>>, timeoutMs?: number): Promise<string> =>
    withFolder(files, async (folder) => failureOf(await run(folder, timeoutMs), expectedLines(folder)));
  const main = "console.log('3 cities');\nconsole.log('took 12 ms');";

  it('accepts an example that prints its expected lines in order', async () => {
    assertNothing(await failureOfExample({ 'main.ts': main }));
    assertNothing(await failureOfExample({ 'main.ts': main, 'expected.txt': 'cities$\n^took \\d+ ms$\n' }));
  });

  it('starts an example in an empty folder and at full size', async () => {
    const looking =
      "import { readdirSync } from 'node:fs';\nconsole.log(readdirSync('.').length, process.env.SLUICE_EXAMPLE_QUICK);";
    process.env.SLUICE_EXAMPLE_QUICK = '1';
    try {
      assertNothing(await failureOfExample({ 'main.ts': looking, 'expected.txt': '^0 undefined$' }));
    } finally {
      delete process.env.SLUICE_EXAMPLE_QUICK;
    }
  });

  it('refuses an example that prints other lines, or in another order', async () => {
    assert.match(await failureOfExample({ 'main.ts': main, 'expected.txt': 'towns' }), /^prints no line \/towns\//);
    assert.match(
      await failureOfExample({ 'main.ts': main, 'expected.txt': 'took\ncities' }),
      /^prints no line \/cities/,
    );
  });

  it('refuses an example that fails, warns, is silent or does not end', async () => {
    assert.match(await failureOfExample({ 'main.ts': `${main}\nprocess.exitCode = 3;` }), /^ended with exit code 3/);
    assert.match(await failureOfExample({ 'main.ts': `${main}\nconsole.error('a warning');` }), /^writes to stderr/);
    assert.match(await failureOfExample({ 'main.ts': 'export {};' }), /^prints nothing/);
    assert.match(await failureOfExample({ 'main.ts': `${main}\nsetInterval(() => {}, 1000);` }, 1_000), /^did not end/);
  });
});

function run(folder: string, timeoutMs = 120_000): Promise<Run> {
  return runNode([join(folder, 'main.ts')], { timeoutMs, env: { SLUICE_EXAMPLE_QUICK: undefined } });
}

/** The lines of `expected.txt`, each a regular expression; none where there is no such file. */
function expectedLines(folder: string): readonly RegExp[] {
  const path = join(folder, 'expected.txt');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split(/\r?\n/) : [];
  return lines.filter((line) => line !== '').map((line) => new RegExp(line));
}

/** What is wrong with a run; empty if nothing is. */
function failureOf(ended: Run, expected: readonly RegExp[]): string {
  if (ended.exitCode !== 0) return reportOf(ended);
  if (ended.stderr !== '') return `writes to stderr; ${reportOf(ended)}`;
  if (ended.stdout.trim() === '') return `prints nothing; ${reportOf(ended)}`;
  const unprinted = firstUnprinted(expected, ended.stdout);
  return unprinted === undefined ? '' : `prints no line ${unprinted} where expected; ${reportOf(ended)}`;
}
