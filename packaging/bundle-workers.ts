/** Makes the worker files that browsers load as they are: `dist/worker.js` with `sqlite3.wasm` beside it, and `dist/worker-inline.js`. */
import { copyFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const sqlite = join(root, 'node_modules', '@sqlite.org', 'sqlite-wasm', 'dist');
const hosting = join(root, 'lib', 'hosting');

/** By file, what bundlers would take for something to load, though nothing here ever does. Found once, or it is another driver. */
const unused: Record<string, string[]> = {
  'index.mjs': [
    'new Worker(new URL("sqlite3-worker1.mjs", import.meta.url), { type: "module" })',
    'new URL("sqlite3-opfs-async-proxy.js", import.meta.url)',
  ],
  'keeper.ts': ['import(/* @vite-ignore */ /* webpackIgnore: true */ module)'],
};
const wasmBeside = 'new URL("sqlite3.wasm", import.meta.url).href';
const wasm = await readFile(join(sqlite, 'sqlite3.wasm'));

await bundle('worker', {});
await bundle('worker-inline', {
  // A site's own compression makes little of what is not compressed before: 650 kB on the way, and 550 kB in this way.
  define: { sqliteWasmGzipBase64: JSON.stringify(gzipSync(wasm, { level: 9 }).toString('base64')) },
  plugins: [without({ ...unused, 'index.mjs': [...unused['index.mjs']!, wasmBeside] })],
});
await copyFile(join(sqlite, 'sqlite3.wasm'), join(dist, 'sqlite3.wasm'));
// Of this one, what the compiler wrote lacks the WebAssembly.
for (const ending of ['js', 'js.map']) await rm(join(dist, 'lib', 'hosting', `worker-inline.${ending}`));

async function bundle(name: string, options: BuildOptions): Promise<void> {
  await build({
    entryPoints: [join(hosting, `${name}.ts`)],
    outfile: join(dist, `${name}.js`),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'eof',
    logLevel: 'warning',
    plugins: [without(unused)],
    ...options,
  });
}

function without(expressionsByFile: Record<string, string[]>): Plugin {
  return {
    name: 'without',
    setup({ onLoad }) {
      for (const [file, expressions] of Object.entries(expressionsByFile)) {
        onLoad(
          { filter: new RegExp(`(sqlite-wasm[\\\\/]dist|hosting)[\\\\/]${file.replace('.', '\\.')}$`) },
          async ({ path }) => {
            let contents = await readFile(path, 'utf8');
            for (const expression of expressions) {
              const parts = contents.split(expression);
              if (parts.length !== 2) throw new Error(`${path} has ${parts.length - 1} times: ${expression}`);
              contents = parts.join('undefined');
            }
            return { contents, loader: file.endsWith('.ts') ? 'ts' : 'js' };
          },
        );
      }
    },
  };
}
