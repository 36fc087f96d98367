/** Makes the worker files that browsers load as they are: `dist/worker.js` with `sqlite3.wasm` beside it, and `dist/worker-inline.js`. */
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const sqlite = join(root, 'node_modules', '@sqlite.org', 'sqlite-wasm', 'dist');
const hosting = join(root, 'lib', 'hosting');

/** Bundlers take these of the driver for files to be served, though nothing here ever asks for them. */
const unused = [
  'new Worker(new URL("sqlite3-worker1.mjs", import.meta.url), { type: "module" })',
  'new URL("sqlite3-opfs-async-proxy.js", import.meta.url)',
];
const wasmBeside = 'new URL("sqlite3.wasm", import.meta.url).href';
const wasm = await readFile(join(sqlite, 'sqlite3.wasm'));

await bundle('worker', { plugins: [without(unused)] });
await bundle('worker-inline', {
  // A site's own compression makes little of what is not compressed before: 650 kB on the way, and 550 kB in this way.
  define: { sqliteWasmGzipBase64: JSON.stringify(gzipSync(wasm, { level: 9 }).toString('base64')) },
  plugins: [without([...unused, wasmBeside])],
});
await copyFile(join(sqlite, 'sqlite3.wasm'), join(dist, 'sqlite3.wasm'));
// Of this one, what the compiler wrote lacks the WebAssembly.
for (const ending of ['js', 'js.map']) await rm(join(dist, 'lib', 'hosting', `worker-inline.${ending}`));

async function bundle(name: string, options: BuildOptions): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(hosting, `${name}.ts`)],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'eof',
    logLevel: 'warning',
    write: false,
    ...options,
  });
  await writeFile(join(dist, `${name}.js`), withHints(outputFiles![0]!.text));
}

/** Tells bundlers to leave the imports alone that are of addresses known only later. Shortening lost what told them. */
function withHints(code: string): string {
  return code.replaceAll(/\bimport\((?=[\w$.]+\))/g, 'import(/* @vite-ignore */ /* webpackIgnore: true */ ');
}

/** Leaves out expressions of the driver. It is pinned: where one is not found once, it is another driver. */
function without(expressions: readonly string[]): Plugin {
  return {
    name: 'without',
    setup({ onLoad }) {
      onLoad({ filter: /sqlite-wasm[\\/]dist[\\/]index\.mjs$/ }, async ({ path }) => {
        let contents = await readFile(path, 'utf8');
        for (const expression of expressions) {
          const parts = contents.split(expression);
          if (parts.length !== 2) throw new Error(`${path} has ${parts.length - 1} times: ${expression}`);
          contents = parts.join('undefined');
        }
        return { contents, loader: 'js' };
      });
    },
  };
}
