/** What a page downloads to use sluice: nothing of Node, of an engine or of the server, and how much it is. */
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { assertBuilt, root } from '../support/typescript.ts';

describe('the bundle of a page', () => {
  before(assertBuilt);

  it('has nothing of the server and no engine in what it loads at once, and nothing of Node at all', async (test) => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: "export { spawn, sql } from 'sluice'", resolveDir: root },
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      external: ['rxjs'],
      outdir: '/',
      write: false,
      metafile: true,
    });
    const atOnce = filesAtOnce(metafile);
    const inputs = Object.entries(metafile.outputs)
      .filter(([path]) => atOnce.has(path))
      .flatMap(([, { inputs }]) => Object.keys(inputs));
    assert.deepEqual(
      inputs.filter((path) => /dist\/(engines|lib\/server)\/|node_modules/.test(path)),
      [],
    );
    const external = Object.values(metafile.outputs).flatMap(({ imports }) =>
      imports.filter((found) => found.external),
    );
    assert.deepEqual([...new Set(external.map(({ path }) => path))], ['rxjs']);
    const names = new Set([...atOnce].map((path) => basename(path)));
    const code = outputFiles.filter(({ path }) => names.has(basename(path))).map(({ text }) => text);
    const bytes = gzipSync(code.join('\n'), { level: 9 }).length;
    test.diagnostic(`${(bytes / 1000).toFixed(1)} kB compressed, without RxJS`);
    assert.ok(bytes > 5_000 && bytes < 18_000);
  });
});

/** The outputs that the entry imports, and what these import. */
function filesAtOnce({ outputs }: Metafile): ReadonlySet<string> {
  const found = new Set(Object.keys(outputs).filter((path) => outputs[path]!.entryPoint === '<stdin>'));
  // A Set's iteration also reaches what is added while it goes on.
  for (const path of found) {
    for (const { kind, path: imported } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && outputs[imported]) found.add(imported);
    }
  }
  return found;
}
