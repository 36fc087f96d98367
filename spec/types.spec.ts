/** The types as users meet them: the built declarations, and the type specs written against them, in both compilers. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { before, describe, it } from 'node:test';
import { assertNothing } from './support/run-node.ts';
import { assertBuilt, compile, compilers, root, strictProject, withFolder } from './support/typescript.ts';

const declarations = join(root, 'spec', 'types', 'tsconfig.declarations.json');

for (const compiler of Object.keys(compilers) as (keyof typeof compilers)[]) {
  describe(`the types, read by ${compiler}`, () => {
    before(assertBuilt);

    it('are declared without an error', async () => assertNothing(await compile(compiler, declarations)));
    it('are as the type specs say', async () => assertNothing(await compile(compiler, strictProject)));
    it('are the same to a bundler', async () => {
      const bundler = ['--module', 'esnext', '--moduleResolution', 'bundler'];
      assertNothing(await compile(compiler, strictProject, ...bundler));
    });
    it('come to the type specs from what is built, never from the sources', async () => {
      const files = await compile(compiler, strictProject, '--listFilesOnly');
      assert.ok(filesRead(files).includes('dist/lib/index.d.ts'), `reads no dist/lib/index.d.ts, but:\n${files}`);
      assert.deepEqual(
        filesRead(files).filter((path) => /^(lib|streams|engines)\//.test(path)),
        [],
      );
    });
  });

  describe(`the check of the types by ${compiler}`, () => {
    const errorsIn = (text: string, project = strictProject, name = 'made-up.type-spec.ts'): Promise<string> =>
      withFolder({ [name]: text, 'tsconfig.json': JSON.stringify({ extends: project, include: ['*.ts'] }) }, (folder) =>
        compile(compiler, join(folder, 'tsconfig.json')),
      );

    it('accepts types that are right', async () => {
      const right = "import { of, type Observable } from 'rxjs';\nof(1) satisfies Observable<number>;";
      assertNothing(await errorsIn(right));
    });

    it('prints a type that is wrong', async () => {
      const wrong = "import { of, type Observable } from 'rxjs';\nof('one') satisfies Observable<number>;";
      assert.match(await errorsIn(wrong), /made-up\.type-spec\.ts\(2,11\): error TS1360/);
    });

    it('prints an expected error that is none', async () => {
      const idle = '// @ts-expect-error 3 is a number\nexport const count: number = 3;';
      assert.match(await errorsIn(idle), /made-up\.type-spec\.ts\(1,1\): error TS2578/);
    });

    it('prints a declaration that is broken', async () => {
      const broken = 'export declare const port: NoSuchPort;';
      assert.match(await errorsIn(broken, declarations, 'made-up.d.ts'), /made-up\.d\.ts\(1,28\): error TS2304/);
    });

    it('prints a package entry that does not exist', async () => {
      assert.match(
        await errorsIn("import { none } from 'sluice/none';"),
        /made-up\.type-spec\.ts\(1,22\): error TS2307/,
      );
    });
  });
}

describe('the type specs', () => {
  it('end in .type-spec.ts, so that the compilers read them all', () => {
    const sources = readdirSync(join(root, 'spec', 'types')).filter((name) => name.endsWith('.ts'));
    assert.deepEqual(
      sources.filter((name) => !name.endsWith('.type-spec.ts')),
      [],
    );
  });
});

/** Paths from the root of the checkout, of a compiler's list of the files it reads. */
function filesRead(list: string): readonly string[] {
  return list
    .split(/\r?\n/)
    .filter((path) => existsSync(path))
    .map((path) => relative(root, path).replaceAll('\\', '/'));
}
