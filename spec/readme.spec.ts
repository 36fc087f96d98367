/** The README's code: every block runs as written, or is type-checked against what is built. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { assertNothing, type Run, reportOf, runNode } from './support/run-node.ts';
import { firstUnprinted, promisedLines, type Snippet, snippetsOf } from './support/snippets.ts';
import { assertBuilt, compile, root, strictProject, withFolder } from './support/typescript.ts';

describe('the README', () => {
  const snippets = snippetsOf(readFileSync(join(root, 'README.md'), 'utf8'));
  before(assertBuilt);

  it('shows code', () => assert.notEqual(snippets.length, 0));
  it('shows code whose types are right', async () =>
    assertNothing(await typeErrors(snippets.filter(({ use }) => use !== 'angular'))));
  for (const snippet of snippets.filter(({ use }) => use === 'run')) {
    it(`shows code in line ${snippet.line} that runs, ends by itself and prints what it promises`, async () => {
      assertNothing(failureOf(snippet, await run(snippet)));
    });
  }
});

describe('the check of the README', () => {
  const page = [
    '```ts',
    "console.log('one');",
    '```',
    '```sh',
    'npm start',
    '```',
    '<!-- types only -->',
    '```ts',
    'const two = 2;',
    '',
    '```',
    'Text.',
    '',
    '<!-- browser -->',
    '',
    '```ts',
    'three();',
    '```',
    '- an item',
    '',
    '  ```ts',
    '  if (true) {',
    '    four();',
    '  }',
    '  ```',
    '<!-- a note -->',
    '```ts',
    '```',
  ].join('\n');
  const snippet = (code: string): Snippet => ({ line: 1, use: 'run', code });

  for (const [newline, text] of Object.entries({ LF: page, CRLF: page.replaceAll('\n', '\r\n') })) {
    it(`finds every ts block with its line and its use, lines ending in ${newline}`, () => {
      assert.deepEqual(snippetsOf(text), [
        { line: 1, use: 'run', code: "console.log('one');\n" },
        { line: 8, use: 'types only', code: 'const two = 2;\n\n' },
        { line: 16, use: 'browser', code: 'three();\n' },
        { line: 21, use: 'run', code: 'if (true) {\n  four();\n}\n' },
        { line: 27, use: 'run', code: '' },
      ]);
    });
  }

  it('accepts code that ends by itself and prints what it promises, in that order', async () => {
    const code = [
      "import { of } from 'rxjs';",
      "import { existsSync } from 'node:fs';",
      "of('a (1)', 'b', 'took 12 ms').subscribe((line: string) => console.log(line)); // prints: a (1)",
      '// prints: took … ms',
      "console.log(existsSync('package.json')); // prints: false",
    ].join('\n');
    assertNothing(failureOf(snippet(code), await run(snippet(code))));
  });

  it('refuses code that prints something else, or in another order', async () => {
    const ended: Run = { exitCode: 0, stdout: 'one\ntwo\n', stderr: '' };
    assert.match(failureOf(snippet('// prints: on'), ended), /^line 1 prints no line .*\^on\$/);
    assert.match(failureOf(snippet('// prints: two\n// prints: one'), ended), /^line 1 prints no line .*\^one\$/);
    assert.match(failureOf(snippet('// prints: one\n// prints: one'), ended), /^line 1 prints no line .*\^one\$/);
  });

  it('refuses code that throws or does not end', async () => {
    const throwing = snippet("throw new Error('a made-up error');");
    assert.match(failureOf(throwing, await run(throwing)), /^line 1 ended with exit code 1\n.*a made-up error/s);
    const endless = snippet("console.log('begun');\nsetInterval(() => {}, 1000);");
    assert.match(failureOf(endless, await run(endless, 1_000)), /^line 1 did not end in time\n.*begun/s);
  });

  it('refuses code whose types are wrong, and names its line in the README', async () => {
    const wrong: Snippet = { line: 7, use: 'types only', code: "export const count: number = 'three';\n" };
    assert.match(
      await typeErrors([snippet('const right: number = 3;'), wrong]),
      /README-line-7\.ts\(1,14\): error TS2322/,
    );
  });
});

/** Runs the snippet as a user does: a file beside installed packages, started in a folder that is empty. */
function run({ line, code }: Snippet, timeoutMs = 30_000): Promise<Run> {
  return withFolder({ [fileName(line)]: code }, (folder) => runNode([join(folder, fileName(line))], { timeoutMs }));
}

/** What is wrong with a run of the snippet; empty if nothing is. */
function failureOf({ line, code }: Snippet, ended: Run): string {
  if (ended.exitCode !== 0) return `line ${line} ${reportOf(ended)}`;
  const unprinted = firstUnprinted(promisedLines(code), ended.stdout);
  return unprinted === undefined ? '' : `line ${line} prints no line ${unprinted} where promised; ${reportOf(ended)}`;
}

/** What TypeScript says against the snippets, all in one run. */
function typeErrors(snippets: readonly Snippet[]): Promise<string> {
  const files = Object.fromEntries(snippets.map(({ line, code }) => [fileName(line), code]));
  const project = JSON.stringify({ extends: strictProject, include: ['*.ts'] });
  return withFolder({ ...files, 'tsconfig.json': project }, (folder) =>
    compile('TypeScript 7', join(folder, 'tsconfig.json')),
  );
}

function fileName(line: number): string {
  return `README-line-${line}.ts`;
}
